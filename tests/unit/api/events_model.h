/** @file
 *  Random writes to Events through two servers beside a model of what must be: lists of
 *  both APIs and both servers, pages, and what a watch of everything adds up to. */
#ifndef ACT_TEST_EVENTS_MODEL_H
#define ACT_TEST_EVENTS_MODEL_H

#include "unit/api/api_help.h"

/** @replica: URL of a second server over the backends of @server. @settle, now and then,
 * sees to it that the store has everything; NULL: nothing does. */
void events_model_run(test_api *server, const char *replica, void (*settle)(void));

#endif
