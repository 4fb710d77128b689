/** @file
 *  A real log (SQLite streams in a folder of its own) for tests of the pipeline. */
#ifndef ACT_TEST_LOG_HELP_H
#define ACT_TEST_LOG_HELP_H

#include "base/json.h"
#include "base/thread.h"
#include "broker/broker.h"
#include "patience.h"
#include "pipeline/streams.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define assert_ok(call) assert_int_equal((call), ACT_OK)

typedef struct {
    char *directory;
    act_metrics *metrics;
    act_broker *broker;
    act_arena *arena; /**< of what the functions below return */
} test_log;

/** Open a new log with the streams of streams.h, each limited to @bytes (0: the default).
 */
void log_start(test_log *l, uint64_t bytes);
void log_stop(test_log *l);

/** All messages of @stream. */
const act_delivery *log_read(test_log *l, const char *stream, size_t *ret_n);
size_t log_count(test_log *l, const char *stream);
/** Acknowledge all that durable @durable has not. */
void log_drain(test_log *l, const char *stream, const char *durable);
/** The sum of counter @name over its labels. */
uint64_t log_metric(test_log *l, const char *name);

/** File @name below tests/data, in the arena. */
act_str log_data(test_log *l, const char *name);
/** @text as JSON, in the arena. */
const act_json *log_json(test_log *l, act_str text);
/** An audit event with these values, in the arena. */
act_str log_audit_event(test_log *l, const char *audit_id, const char *stage);
/** An events.k8s.io/v1 Event. */
act_str log_event(test_log *l, const char *uid, const char *version);

#endif
