/** @file
 *  The embedded broker as a backend under test, with a clock that tests move. */
#ifndef ACT_SQLITE_BACKEND_H
#define ACT_SQLITE_BACKEND_H

#include "broker_suite.h"

extern const broker_backend sqlite_backend;

/** Where the files of a state made by sqlite_backend.start() are. */
const char *sqlite_backend_directory(void *state);
/** Open @directory with the system's clock and metrics @m (may be NULL). */
int sqlite_open(const char *directory, act_metrics *m, act_broker **ret, act_err *reterr);

#endif
