/** @file
 *  Short forms for tests of brokers. */
#ifndef ACT_BROKER_HELP_H
#define ACT_BROKER_HELP_H

#include "broker/broker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define assert_ok(call) assert_int_equal((call), ACT_OK)

/** Make stream @name of @subjects with a duplicate window of a minute and no limits. */
void make_stream(act_broker *b, const char *name, const char *subjects);
/** Publish one message; returns its sequence. */
uint64_t publish_one(act_broker *b, const char *stream, const char *subject, const char *id,
                     const char *payload);
/** Publish @n messages "m1", "m2", ... in one batch, without ids, on @subject. */
void publish_n(act_broker *b, const char *stream, const char *subject, size_t n);
act_consumer *open_consumer(act_broker *b, const char *stream, const char *durable,
                            const char *filter, int64_t ack_wait_ns, uint32_t pending);
/** Fetch up to @max without waiting and compare the sequences with @n expected ones. */
void expect_fetch(act_consumer *c, size_t max, const uint64_t *sequences, size_t n);
#define expect_sequences(c, max, ...)                                                      \
    expect_fetch((c), (max), (const uint64_t[]){ __VA_ARGS__ },                            \
                 sizeof((const uint64_t[]){ __VA_ARGS__ }) / sizeof(uint64_t))
#define expect_nothing(c) expect_fetch((c), 100, NULL, 0)
#define ack_sequences(c, ...)                                                              \
    assert_ok(                                                                             \
        act_consumer_ack((c), (const uint64_t[]){ __VA_ARGS__ },                           \
                         sizeof((const uint64_t[]){ __VA_ARGS__ }) / sizeof(uint64_t)))

/** A directory of its own under the system's temporary one; freed with its files by
 *  remove_directory(). */
char *new_directory(void);
void remove_directory(char *path);

#endif
