/** @file
 *  What the tests of the suite start from: an empty broker on the backend under test. */
#ifndef ACT_BROKER_FIXTURE_H
#define ACT_BROKER_FIXTURE_H

#include "broker_help.h"
#include "broker_suite.h"

#define SECONDS(n) ((n)*ACT_NS_PER_S)

typedef struct {
    const broker_backend *backend;
    void *state;
    act_broker *b;
    act_arena *arena;
} fixture;

int broker_set_up(void **state);
int broker_tear_down(void **state);
/** A test of the suite; `backend` is the function's argument. */
#define SUITE(test)                                                                        \
    cmocka_unit_test_prestate_setup_teardown(test, broker_set_up, broker_tear_down,        \
                                             (void *)backend)

void reopen(fixture *f);
act_stream_info info_of(fixture *f, const char *stream);
/** Until retention, which runs in the background, has left @messages. */
void await_messages(fixture *f, const char *stream, uint64_t messages);

/** The part of the suite about limits; the number of failed tests. */
int broker_limits_suite_run(const broker_backend *backend);

#endif
