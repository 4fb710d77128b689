/* From text to messages: what is gathered, refused, repeated, and out of memory. */
#include "base/alloc.h"
#include "unit/pipeline/intake_help.h"

static void texts_are_gathered_until_they_are_published(void **state)
{
    fixture *f = *state;
    act_str a = log_audit_event(&f->log, "a", "ResponseComplete");
    act_str b = log_audit_event(&f->log, "b", "ResponseStarted");
    act_str e = log_event(&f->log, "u", "1");
    assert_ok(act_intake_add(f->in, a, ACT_BATCH_AUDIT));
    assert_ok(act_intake_add(f->in, b, ACT_BATCH_AUDIT));
    assert_ok(act_intake_add(f->in, e, ACT_BATCH_EVENTS));
    assert_ok(act_intake_add(f->in, ACT_STR("junk"), ACT_BATCH_AUDIT));
    assert_int_equal(log_count(&f->log, ACT_STREAM_AUDIT), 0);
    for (int round = 0; round < 2; round++) { /* the second finds nothing to do */
        assert_ok(act_intake_publish(f->in, &f->got, NULL));
        assert_int_equal(f->got.accepted, 2);
        assert_int_equal(f->got.skipped, 1);
        assert_int_equal(f->got.refused, 1);
        assert_int_equal(log_count(&f->log, ACT_STREAM_AUDIT), 1);
        assert_int_equal(log_count(&f->log, ACT_STREAM_EVENTS), 1);
        assert_int_equal(log_count(&f->log, ACT_STREAM_DEAD_LETTERS), 1);
    }
    assert_int_equal(log_metric(&f->log, "activity_intake_accepted_total"), 2);
    assert_ok(act_intake_add(f->in, a, ACT_BATCH_AUDIT)); /* starts anew */
    assert_ok(act_intake_publish(f->in, &f->got, NULL));
    assert_int_equal(f->got.accepted, 1);
    assert_int_equal(f->got.refused, 0);
    assert_int_equal(log_count(&f->log, ACT_STREAM_AUDIT), 1);
}

static void a_body_that_fails_leaves_nothing_behind(void **state)
{
    fixture *f = *state;
    act_str a = log_audit_event(&f->log, "a", "ResponseComplete");
    act_err e = ACT_ERR_INIT;
    assert_int_equal(act_intake_take(f->in, ACT_STR("{"), ACT_BATCH_ANY, &f->got, &e),
                     ACT_EPARSE);
    assert_int_equal(act_intake_take(f->in, a, ACT_BATCH_EVENTS, &f->got, &e), ACT_EINVAL);
    assert_int_equal(f->got.refused, 1);
    assert_non_null(strstr(e.text, "not taken here"));
    act_broker_stop(f->log.broker);
    assert_int_equal(act_intake_take(f->in, a, ACT_BATCH_ANY, &f->got, &e), ACT_EAGAIN);
}

static void nothing_is_published_as_nothing(void **state)
{
    fixture *f = *state;
    assert_ok(act_intake_publish(f->in, &f->got, NULL));
    assert_int_equal(f->got.accepted, 0);
    assert_ok(act_intake_take(f->in, ACT_STR("{\"kind\":\"EventList\",\"items\":[]}"),
                              ACT_BATCH_ANY, &f->got, NULL));
    assert_int_equal(f->got.accepted + f->got.skipped + f->got.refused, 0);
}

/* Brackets alone are small to send and large to hold. */
static void a_text_that_does_not_fit_in_memory_is_refused(void **state)
{
    fixture *f = *state;
    size_t n = (9 << 20) + 1;
    char *text = malloc(n);
    memset(text, ',', n);
    text[0] = '[';
    for (size_t i = 1; i + 1 < n; i += 2)
        text[i] = '1';
    text[n - 1] = ']';
    assert_ok(
        act_intake_add(f->in, log_audit_event(&f->log, "a", "Panic"), ACT_BATCH_AUDIT));
    int r = act_intake_add(f->in, act_str_from(text, n), ACT_BATCH_AUDIT);
    assert_true(r == ACT_OK || r == ACT_ENOMEM);
    assert_ok(act_intake_publish(f->in, &f->got, NULL));
    assert_int_equal(f->got.accepted, 1); /* the neighbour stands */
    if (r == ACT_ENOMEM) {
        assert_ok(act_intake_add(f->in, act_str_from(text, n), ACT_BATCH_AUDIT));
        assert_ok(act_intake_publish(f->in, &f->got, NULL));
    }
    assert_int_equal(f->got.refused, 1);
    assert_int_equal(log_count(&f->log, ACT_STREAM_DEAD_LETTERS), 1);
    free(text);
}

static void memory_running_out_loses_nothing_that_was_gathered(void **state)
{
    fixture *f = *state;
    act_str good = log_audit_event(&f->log, "a", "ResponseComplete");
    act_str body = ACT_STR("{\"kind\":\"EventList\",\"items\":[{\"auditID\":\"x\"},1]}");
    bool done = false;
    for (size_t n = 0; !done; n++) {
        act_intake *in = NULL;
        const act_intake_options o = { .broker = f->log.broker,
                                       .clock = act_clock_system() };
        act_fail_after(n);
        int r = act_intake_new(&o, &in);
        if (!r)
            r = act_intake_add(in, good, ACT_BATCH_AUDIT);
        bool gathered = !r;
        if (!r)
            r = act_intake_add(in, body, ACT_BATCH_AUDIT);
        if (!r)
            r = act_intake_publish(in, &f->got, NULL);
        act_fail_after(SIZE_MAX);
        assert_true(r == ACT_OK || r == ACT_ENOMEM);
        done = r == ACT_OK;
        if (gathered) {
            assert_ok(act_intake_publish(in, &f->got, NULL));
            assert_int_equal(f->got.accepted, 1);
        }
        act_intake_free(in);
    }
    assert_int_equal(log_count(&f->log, ACT_STREAM_AUDIT), 1);
}

static void streams_are_as_their_table_says(void **state)
{
    fixture *f = *state;
    act_streams_limits limits = ACT_STREAMS_LIMITS_INIT;
    const char *const pairs[][2] = {
        { ACT_STREAM_AUDIT, ACT_DURABLE_INGEST },
        { ACT_STREAM_AUDIT, ACT_DURABLE_PROCESSOR },
        { ACT_STREAM_EVENTS, ACT_DURABLE_INGEST_EVENTS },
        { ACT_STREAM_EVENTS, ACT_DURABLE_PROCESSOR_EVENTS },
        { ACT_STREAM_ACTIVITIES, ACT_DURABLE_INGEST },
        { ACT_STREAM_DEAD_LETTERS, ACT_DURABLE_DEAD_LETTERS },
    };
    assert_ok(act_streams_ensure(f->log.broker, &limits, NULL)); /* again */
    assert_ok(act_intake_take(f->in, log_audit_event(&f->log, "a", "Panic"), ACT_BATCH_ANY,
                              &f->got, NULL));
    for (size_t i = 0; i < ACT_COUNT(pairs); i++) {
        act_consumer *c;
        act_consumer_info info;
        assert_ok(act_streams_consumer(f->log.broker, pairs[i][0], pairs[i][1], &c, NULL));
        assert_ok(act_consumer_get_info(c, &info));
        /* It was there before the record: the record waits for it. */
        assert_int_equal(info.pending, strcmp(pairs[i][0], ACT_STREAM_AUDIT) == 0);
        act_consumer_close(c);
    }
    const act_message wrong = { ACT_STR("events.x"), ACT_STR(""), ACT_STR("{}") };
    assert_int_equal(
        act_broker_publish(f->log.broker, ACT_STR(ACT_STREAM_AUDIT), &wrong, 1, NULL, NULL),
        ACT_EINVAL);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(texts_are_gathered_until_they_are_published),
        TEST(a_body_that_fails_leaves_nothing_behind),
        TEST(nothing_is_published_as_nothing),
        TEST(a_text_that_does_not_fit_in_memory_is_refused),
        TEST(memory_running_out_loses_nothing_that_was_gathered),
        TEST(streams_are_as_their_table_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
