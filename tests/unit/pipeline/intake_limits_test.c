/* More than the log takes at once: it goes there in parts, as a long file of short lines,
 * or of long ones, needs. */
/* ctest: timeout=180 */
#include "broker/broker_sqlite.h"
#include "unit/pipeline/intake_help.h"

enum {
    LONG_BYTES = 8 << 20,
    LONG_RECORDS = 1 + ACT_BROKER_SQLITE_BATCH_BYTES_MAX / LONG_BYTES
};

static void publish(fixture *f)
{
    act_err e = ACT_ERR_INIT;
    if (act_intake_publish(f->in, &f->got, &e))
        fail_msg("%s", e.text);
}

static void more_lines_than_a_batch_takes_are_published(void **state)
{
    enum { LINES = ACT_BROKER_SQLITE_BATCH_MAX + 1, LINE_BYTES = 8 };
    fixture *f = *state;
    char *lines = malloc((size_t)LINES * LINE_BYTES);
    assert_non_null(lines);
    for (unsigned i = 0; i < LINES; i++) {
        char *line = lines + (size_t)i * LINE_BYTES;
        int n = snprintf(line, LINE_BYTES, "x%u", i);
        assert_ok(act_intake_add(f->in, act_str_from(line, (size_t)n), ACT_BATCH_AUDIT));
    }
    for (int round = 0; round < 2; round++) { /* the second finds nothing to do */
        publish(f);
        assert_int_equal(f->got.refused, LINES);
        assert_int_equal(log_count(&f->log, ACT_STREAM_DEAD_LETTERS), LINES);
    }
    free(lines);
}

static void more_bytes_than_a_batch_takes_are_published(void **state)
{
    fixture *f = *state;
    char *texts[LONG_RECORDS];
    for (unsigned i = 0; i < LONG_RECORDS; i++) {
        size_t size = LONG_BYTES + 1024;
        texts[i] = malloc(size);
        assert_non_null(texts[i]);
        memset(texts[i], 'a', size);
        int n =
            snprintf(texts[i], size,
                     "{\"kind\":\"Event\",\"apiVersion\":\"audit.k8s.io/v1\","
                     "\"auditID\":\"%u\",\"stage\":\"ResponseComplete\",\"verb\":\"get\","
                     "\"stageTimestamp\":\"2026-11-24T02:56:54.372260Z\",\"x\":\"",
                     i);
        texts[i][n] = 'a';
        memcpy(texts[i] + LONG_BYTES, "\"}", 2);
        assert_ok(
            act_intake_add(f->in, act_str_from(texts[i], LONG_BYTES + 2), ACT_BATCH_AUDIT));
    }
    publish(f);
    assert_int_equal(f->got.accepted, LONG_RECORDS);
    assert_int_equal(log_count(&f->log, ACT_STREAM_AUDIT), LONG_RECORDS);
    for (unsigned i = 0; i < LONG_RECORDS; i++)
        free(texts[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(more_lines_than_a_batch_takes_are_published, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(more_bytes_than_a_batch_takes_are_published, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
