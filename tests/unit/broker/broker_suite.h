/** @file
 *  What every broker must do, whatever its backend. */
#ifndef ACT_BROKER_SUITE_H
#define ACT_BROKER_SUITE_H

#include "broker/broker.h"

/** A backend under test. @state is made anew, and empty, for each test. */
typedef struct {
    const char *name;
    void *(*start)(void);
    void (*finish)(void *state);
    /** A broker on what the state holds; the test frees it, and may then open again. */
    act_broker *(*open)(void *state);
    /** Let @ns pass for windows, ack waits and ages. */
    void (*advance)(void *state, int64_t ns);
    /** As the broker's metrics show it, over all labels. */
    uint64_t (*metric)(void *state, const char *name);
} broker_backend;

/** Run the suite; the number of failed tests. */
int broker_suite_run(const broker_backend *backend);

#endif
