/* ctest: labels=threads timeout=240 */
#include "pipeline/processor.h"

#include "base/alloc.h"
#include "base/thread.h"
#include "broker/broker_sqlite.h"
#include "pipeline/intake.h"
#include "pipeline/translated.h"
#include "unit/pipeline/policy_help.h"

#define RULE(name, match, summary)                                                         \
    "{metadata: {name: " name "}, spec: {resource: {kind: ConfigMap}, "                    \
    "auditRules: [{name: a, match: \"" match "\", summary: \"" summary "\"}]}}"

static const char good[] = RULE("maps", "true", "{{ actor }} made a map");
static const char bad_summary[] = RULE("maps", "true", "{{ string(audit.no.such) }}");
static const char bad_match[] =
    RULE("maps", "int(audit.verb) > 1", "{{ actor }} made a map");

static test_policies t;

static int setup(void **state)
{
    (void)state;
    policies_start(&t);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    policies_stop(&t);
    return 0;
}

/* ---- helpers ----------------------------------------------------------------------- */

static act_processor *start(act_retry_schedule retry)
{
    act_processor *p;
    act_processor_options o = { .broker = t.log.broker,
                                .policies = t.source,
                                .env = t.env,
                                .workers = 2,
                                .retry = retry,
                                .clock = policies_clock(&t),
                                .metrics = t.log.metrics };
    assert_ok(act_processor_start(&o, &p, NULL));
    return p;
}

static act_processor *start_default(void)
{
    return start((act_retry_schedule){ 0 });
}

static void drain(act_processor *p)
{
    assert_ok(act_processor_drain(p, PATIENCE_NS));
}

/* Start, wait until all is through, stop. */
static void run_once(void)
{
    act_processor *p = start_default();
    drain(p);
    act_processor_free(p);
}

static void publish(const char *stream, const char *subject, const char *id,
                    act_str payload)
{
    act_message m = { act_str_cstr(subject), act_str_cstr(id), payload };
    assert_ok(act_broker_publish(t.log.broker, act_str_cstr(stream), &m, 1, NULL, NULL));
}

static act_str map_event(const char *audit_id, act_str more)
{
    act_str text;
    assert_ok(act_arena_printf(
        t.log.arena, &text,
        "{\"auditID\":\"%s\",\"stage\":\"ResponseComplete\",\"verb\":\"create\","
        "\"user\":{\"username\":\"ann\"},\"objectRef\":{\"resource\":\"configmaps\","
        "\"namespace\":\"shop\",\"name\":\"m\",\"apiVersion\":\"v1\"},%.*s"
        "\"requestReceivedTimestamp\":\"2026-11-24T02:56:54.368386Z\"}",
        audit_id, ACT_STR_ARG(more)));
    return text;
}

static void publish_map_event(const char *audit_id)
{
    publish(ACT_STREAM_AUDIT, "audit.k8s.activity", audit_id,
            map_event(audit_id, ACT_STR("")));
}

static uint64_t take_samples(void)
{
    act_intake *in;
    act_intake_result got;
    act_intake_options o = { .broker = t.log.broker, .clock = act_clock_system() };
    assert_ok(act_intake_new(&o, &in));
    uint64_t all = 0;
    for (act_str rest = log_data(&t.log, "audit.jsonl"), line; rest.len;) {
        rest = act_str_split(rest, '\n', &line);
        assert_ok(act_intake_take(in, line, ACT_BATCH_ANY, &got, NULL));
        all += got.accepted;
    }
    assert_ok(act_intake_take(in, log_data(&t.log, "events-k8sio.json"), ACT_BATCH_ANY,
                              &got, NULL));
    act_intake_free(in);
    return all + got.accepted;
}

static size_t activities(void)
{
    return log_count(&t.log, ACT_STREAM_ACTIVITIES);
}

static size_t audit_activities(void)
{
    size_t n, audit = 0;
    const act_delivery *all = log_read(&t.log, ACT_STREAM_ACTIVITIES, &n);
    for (size_t i = 0; i < n; i++)
        audit += act_subject_matches(ACT_STR("activities.*.*.*.audit.>"), all[i].subject);
    return audit;
}

static size_t letters(void)
{
    return log_count(&t.log, ACT_STREAM_DEAD_LETTERS);
}

static act_str text_at(const act_json *v, const char *a, const char *b)
{
    return act_json_string(act_json_path(v, a, b, (const char *)NULL));
}

static int64_t number_at(const act_json *v, const char *key)
{
    const act_json *n = act_json_get(v, act_str_cstr(key));
    assert_non_null(n);
    return n->as.i64;
}

/* The only dead letter. */
static const act_json *letter(void)
{
    size_t n;
    const act_delivery *all = log_read(&t.log, ACT_STREAM_DEAD_LETTERS, &n);
    assert_int_equal(n, 1);
    return log_json(&t.log, all[0].payload);
}

#define assert_str(got, want)                                                              \
    do {                                                                                   \
        act_str got_ = (got);                                                              \
        if (!act_str_eq_cstr(got_, want))                                                  \
            fail_msg("got \"%.*s\", want \"%s\"", ACT_STR_ARG(got_), want);                \
    } while (0)

/* ---- records ----------------------------------------------------------------------- */

static int by_id(const void *a, const void *b)
{
    return act_str_cmp(((const act_delivery *)a)->id, ((const act_delivery *)b)->id);
}

static void check_activities(void)
{
    size_t n;
    act_delivery *all =
        (act_delivery *)(uintptr_t)log_read(&t.log, ACT_STREAM_ACTIVITIES, &n);
    qsort(all, n, sizeof *all, by_id);
    for (size_t i = 0; i < n; i++) {
        const act_json *v = log_json(&t.log, all[i].payload);
        assert_true(act_json_is(act_json_get(v, ACT_STR("kind")), ACT_STR("Activity")));
        assert_true(act_str_eq(text_at(v, "metadata", "name"), all[i].id));
        assert_true(text_at(v, "spec", "summary").len > 0);
        assert_true(
            act_subject_matches(ACT_STR("activities.*.*.*.*.*.*.*"), all[i].subject));
        if (i > 0)
            assert_false(act_str_eq(all[i].id, all[i - 1].id));
    }
}

static void every_record_is_accounted_for(void **state)
{
    (void)state;
    policies_put_examples(&t);
    policies_settle(&t);
    uint64_t records = take_samples();
    run_once();
    assert_int_equal(log_metric(&t.log, "activity_translate_activities_total") +
                         log_metric(&t.log, "activity_translate_skipped_total") +
                         log_metric(&t.log, "activity_translate_dead_letters_total"),
                     records);
    assert_int_equal(log_metric(&t.log, "activity_translate_activities_total"),
                     activities());
    assert_int_equal(letters(), 0);
    assert_true(activities() > 100);
    check_activities();
}

/* Whatever allocation fails, the start fails cleanly or succeeds. */
static void starting_survives_no_memory(void **state)
{
    (void)state;
    policies_put(&t, good);
    policies_settle(&t);
    publish_map_event("a1");
    act_processor *p = NULL;
    act_processor_options o = { .broker = t.log.broker,
                                .policies = t.source,
                                .env = t.env,
                                .clock = act_clock_system() };
    for (size_t n = 0; !p; n++) {
        act_fail_after(n);
        int err = act_processor_start(&o, &p, NULL);
        act_fail_after(SIZE_MAX);
        assert_true(err ? err == ACT_ENOMEM && !p : p != NULL);
    }
    drain(p);
    act_processor_free(p);
    assert_int_equal(activities(), 1);
}

static void policies_speak_about_what_comes_after_them(void **state)
{
    (void)state;
    act_processor *p = start_default();
    publish_map_event("a1");
    drain(p);
    policies_put(&t, good);
    policies_settle(&t);
    publish_map_event("a2");
    drain(p);
    act_processor_free(p);
    size_t n;
    const act_delivery *all = log_read(&t.log, ACT_STREAM_ACTIVITIES, &n);
    assert_int_equal(n, 1);
    const act_json *v = log_json(&t.log, all[0].payload);
    assert_str(
        act_json_string(act_json_path(v, "spec", "origin", "id", (const char *)NULL)),
        "a2");
}

/* As a worker that is killed between publishing and acknowledging. */
static void translate_without_acknowledging(void)
{
    act_consumer *c;
    act_translated *made;
    const act_delivery *got;
    size_t n;
    act_translated_options o = { .broker = t.log.broker,
                                 .env = t.env,
                                 .most = 1000,
                                 .retry = ACT_RETRY_SCHEDULE_INIT,
                                 .clock = act_clock_system() };
    assert_ok(act_translated_new(&o, &made));
    assert_ok(act_streams_consumer(t.log.broker, ACT_STREAM_AUDIT, ACT_DURABLE_PROCESSOR,
                                   &c, NULL));
    assert_ok(act_consumer_fetch(c, 1000, 0, t.log.arena, &got, &n));
    act_policy_set *set = act_policy_source_get(t.source);
    for (size_t i = 0; i < n; i++) {
        enum act_outcome outcome;
        act_translated_input in = { .kind = ACT_RULE_AUDIT,
                                    .id = got[i].id,
                                    .record = got[i].payload };
        assert_ok(act_translated_add(made, set, &in, &outcome));
    }
    assert_ok(act_translated_publish(made, NULL));
    (void)act_policy_set_unref(set);
    act_translated_free(made);
    for (size_t i = 0; i < n; i++)
        assert_ok(act_consumer_nak(c, got[i].sequence, 0)); /* as after the ack wait */
    act_consumer_close(c);
}

static void what_is_delivered_again_doubles_nothing(void **state)
{
    (void)state;
    policies_put_examples(&t);
    policies_remove(&t, "core-configmap");
    policies_put(&t, bad_summary);
    policies_settle(&t);
    take_samples();
    publish_map_event("a1");
    translate_without_acknowledging();
    size_t before = audit_activities(), dead = letters();
    assert_true(before > 50 && dead >= 1);
    run_once();
    check_activities();
    assert_int_equal(audit_activities(), before);
    assert_int_equal(letters(), dead);
    run_once();
    assert_int_equal(audit_activities(), before);
    assert_int_equal(letters(), dead);
}

static void big_records_pass(void **state)
{
    (void)state;
    policies_put(&t, good);
    policies_settle(&t);
    char *filler = act_arena_bytes(t.log.arena, 8 << 20);
    assert_non_null(filler);
    memset(filler, 'x', 8 << 20);
    act_str more;
    assert_ok(act_arena_printf(t.log.arena, &more, "\"requestObject\":{\"data\":\"%.*s\"},",
                               8 << 20, filler));
    for (int i = 0; i < 4; i++) {
        char id[16];
        (void)snprintf(id, sizeof id, "big%d", i);
        publish(ACT_STREAM_AUDIT, "audit.k8s.activity", id, map_event(id, more));
    }
    run_once();
    assert_int_equal(activities(), 4);
}

/* The ingester is behind and the activities have no room: wait, then go on. */
static void a_full_log_delays_and_loses_nothing(void **state)
{
    (void)state;
    const act_stream_config narrow = { .name = ACT_STR(ACT_STREAM_ACTIVITIES),
                                       .subjects = ACT_STR("activities.>"),
                                       .max_bytes = 2000,
                                       .duplicate_window_ns = 60 * ACT_NS_PER_S };
    assert_ok(act_broker_stream_ensure(t.log.broker, &narrow, NULL));
    policies_put(&t, good);
    policies_settle(&t);
    act_processor *p = start_default();
    publish_map_event("a1");
    drain(p);
    publish_map_event("a2");
    assert_int_equal(act_processor_drain(p, 0), ACT_EAGAIN);
    publish_map_event("a3");
    while (act_processor_drain(p, 100 * ACT_NS_PER_MS))
        log_drain(&t.log, ACT_STREAM_ACTIVITIES, ACT_DURABLE_INGEST);
    act_processor_free(p);
    const char *const made[] = { "origin", "audit", NULL };
    assert_int_equal(act_counter_value(act_metrics_counter(
                         t.log.metrics, "activity_translate_activities_total", "", made)),
                     3);
    act_stream_info info;
    assert_ok(act_broker_stream_info(t.log.broker, ACT_STR(ACT_STREAM_ACTIVITIES), &info));
    assert_int_equal(info.last_sequence, 3);
}

/* ---- dead letters ------------------------------------------------------------------ */

static void a_failed_record_becomes_an_activity_when_its_policy_is_mended(void **state)
{
    (void)state;
    const char *const broken[] = { bad_summary, bad_match };
    const char *const types[] = { "cel_summary", "cel_match" };
    act_processor *p = start_default();
    for (size_t i = 0; i < ACT_COUNT(broken); i++) {
        policies_put(&t, broken[i]);
        policies_settle(&t);
        publish_map_event(i ? "a2" : "a1");
        drain(p);
        const act_json *v = letter();
        assert_str(act_json_string(act_json_get(v, ACT_STR("errorType"))), types[i]);
        assert_str(act_json_string(act_json_get(v, ACT_STR("policyName"))), "maps");
        assert_str(text_at(v, "resource", "kind"), "ConfigMap");
        assert_str(text_at(v, "resource", "namespace"), "shop");
        assert_str(text_at(v, "resource", "name"), "m");
        assert_str(text_at(v, "tenant", "type"), "platform");
        assert_str(text_at(v, "originalPayload", "auditID"), i ? "a2" : "a1");
        assert_int_equal(number_at(v, "ruleIndex"), 0);
        assert_int_equal(number_at(v, "retryCount"), 0);
        assert_int_equal(activities(), i);
        policies_put(&t, good);
        assert_soon(letters() == 0);
        assert_int_equal(activities(), i + 1);
    }
    act_processor_free(p);
    assert_int_equal(log_metric(&t.log, "activity_dead_letter_retries_total"), 2);
}

/* Not every change of policies is one for the letter, and a restart is none. */
static void a_letter_waits_for_its_own_policies(void **state)
{
    (void)state;
    policies_put(&t, bad_summary);
    policies_settle(&t);
    publish_map_event("a1");
    run_once();
    act_processor *p = start_default();
    policies_put(&t, "{metadata: {name: other}, spec: {resource: {kind: Pod}, auditRules: "
                     "[{name: a, match: 'true', summary: x}]}}");
    policies_settle(&t);
    act_sleep_ns(500 * ACT_NS_PER_MS, &(const atomic_bool){ false });
    assert_int_equal(log_metric(&t.log, "activity_dead_letter_retries_total"), 0);
    assert_int_equal(number_at(letter(), "retryCount"), 0);
    act_processor_free(p);
}

static void a_letter_is_mended_after_a_restart(void **state)
{
    (void)state;
    policies_put(&t, bad_summary);
    policies_settle(&t);
    publish_map_event("a1");
    run_once();
    assert_int_equal(letters(), 1);
    policies_put(&t, good);
    policies_settle(&t);
    act_processor *p = start_default();
    assert_soon(letters() == 0);
    act_processor_free(p);
    assert_int_equal(activities(), 1);
}

static void letters_survive_a_restart_of_the_log(void **state)
{
    (void)state;
    policies_put(&t, bad_summary);
    policies_settle(&t);
    for (int i = 0; i < 10; i++) {
        char id[16];
        (void)snprintf(id, sizeof id, "a%d", i);
        publish_map_event(id);
    }
    run_once();
    assert_int_equal(letters(), 10);
    act_broker_sqlite_options o = { .directory = act_str_cstr(t.log.directory),
                                    .clock = act_clock_system() };
    act_broker_free(t.log.broker);
    assert_ok(act_broker_sqlite_open(&o, &t.log.broker, NULL));
    act_processor *p = start_default();
    const act_gauge *waiting =
        act_metrics_gauge(t.log.metrics, "activity_dead_letters_waiting", "", NULL);
    assert_soon(act_gauge_value(waiting) == 10);
    assert_int_equal(log_metric(&t.log, "activity_dead_letter_retries_total"), 0);
    policies_put(&t, good);
    assert_soon(letters() == 0);
    act_processor_free(p);
    assert_int_equal(activities(), 10);
}

static void a_letter_of_a_removed_policy_has_nothing_to_say(void **state)
{
    (void)state;
    policies_put(&t, bad_summary);
    policies_settle(&t);
    act_processor *p = start_default();
    publish_map_event("a1");
    drain(p);
    assert_int_equal(letters(), 1);
    policies_remove(&t, "maps");
    assert_soon(letters() == 0);
    act_processor_free(p);
    assert_int_equal(activities(), 0);
    const char *const skipped[] = { "outcome", "skipped", NULL };
    assert_int_equal(act_counter_value(act_metrics_counter(
                         t.log.metrics, "activity_dead_letter_retries_total", "", skipped)),
                     1);
}

static void retries_in_vain_are_counted_and_come_ever_later(void **state)
{
    (void)state;
    policies_put(&t, bad_summary);
    policies_settle(&t);
    act_processor *p = start((act_retry_schedule){
        .first_ns = 20 * ACT_NS_PER_MS, .factor = 2, .most_ns = ACT_NS_PER_S, .alarm = 3 });
    publish_map_event("a1");
    drain(p);
    assert_soon(log_metric(&t.log, "activity_dead_letters_stubborn_total") >= 2);
    act_processor_free(p);
    const act_json *v = letter();
    int64_t first, last, next;
    assert_true(number_at(v, "retryCount") >= 4);
    assert_ok(
        act_rfc3339_parse(act_json_string(act_json_get(v, ACT_STR("timestamp"))), &first));
    assert_ok(
        act_rfc3339_parse(act_json_string(act_json_get(v, ACT_STR("lastRetryAt"))), &last));
    assert_ok(act_rfc3339_parse(act_json_string(act_json_get(v, ACT_STR("nextRetryAfter"))),
                                &next));
    assert_true(first < last);
    assert_true(next - last >= 319 * ACT_NS_PER_MS);
}

static void what_is_no_record_is_kept(void **state)
{
    (void)state;
    policies_put(&t, good);
    policies_settle(&t);
    publish(ACT_STREAM_AUDIT, "audit.k8s.activity", "x", ACT_STR("{\"no\": \"\xff\"}"));
    run_once();
    const act_json *v = letter();
    assert_str(act_json_string(act_json_get(v, ACT_STR("errorType"))), "unmarshal");
    assert_str(act_json_string(act_json_get(v, ACT_STR("originalPayloadBase64"))),
               "eyJubyI6ICL/In0=");
}

static void letters_that_no_policy_mends_stay(void **state)
{
    (void)state;
    publish(
        ACT_STREAM_DEAD_LETTERS, "activity.dlq.audit.unknown.unknown", "a",
        ACT_STR("{\"type\":\"audit\",\"errorType\":\"refused\",\"originalPayload\":{}}"));
    publish(ACT_STREAM_DEAD_LETTERS, "activity.dlq.audit.unknown.unknown", "b",
            ACT_STR("not a letter"));
    act_processor *p = start_default();
    policies_put(&t, good);
    assert_soon(log_metric(&t.log, "activity_dead_letters_unreadable_total") == 1);
    act_sleep_ns(300 * ACT_NS_PER_MS, &(const atomic_bool){ false });
    act_processor_free(p);
    assert_int_equal(letters(), 2);
    assert_int_equal(log_metric(&t.log, "activity_dead_letter_retries_total"), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_record_is_accounted_for),
        TEST(starting_survives_no_memory),
        TEST(policies_speak_about_what_comes_after_them),
        TEST(what_is_delivered_again_doubles_nothing),
        TEST(big_records_pass),
        TEST(a_full_log_delays_and_loses_nothing),
        TEST(a_failed_record_becomes_an_activity_when_its_policy_is_mended),
        TEST(a_letter_waits_for_its_own_policies),
        TEST(a_letter_is_mended_after_a_restart),
        TEST(letters_survive_a_restart_of_the_log),
        TEST(a_letter_of_a_removed_policy_has_nothing_to_say),
        TEST(retries_in_vain_are_counted_and_come_ever_later),
        TEST(what_is_no_record_is_kept),
        TEST(letters_that_no_policy_mends_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
