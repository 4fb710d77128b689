/* ctest: labels=threads,chdb timeout=300 */
/* What reindexing makes of records and policies (reindex_help.h says over what). */
#include "base/json_build.h"
#include "unit/pipeline/reindex_help.h"

/* ---- sentences --------------------------------------------------------------------- */

/* No second activity: the same names, times and tenants as before. */
static void changed_sentences_replace_the_old_ones(void **state)
{
    test_house *h = *state;
    house_put(h, MADE);
    house_take_maps(h, 50);
    assert_int_equal(house_shown(h, "summary = 'ann made a map'"), 50);
    uint64_t keys = house_keys(h);
    house_put(h, MAPS("maps", "true", "{{ actor }} touched {{ audit.objectRef.name }}"));
    act_reindex_state s = job_of_the_hour(h);
    assert_int_equal(house_shown(h, "summary = 'ann touched m'"), 50);
    assert_int_equal(house_shown(h, "1"), 50);
    assert_int_equal(house_keys(h), keys);
    assert_int_equal(s.total, 50);
    assert_int_equal(s.processed, 50);
    assert_int_equal(s.generated, 50);
    assert_int_equal(s.written, 50);
    assert_int_equal(s.removed, 0);
    assert_int_equal(s.errors, 0);
    assert_int_equal(house_merged(h), 50);
}

static void what_says_the_same_is_not_written_again(void **state)
{
    test_house *h = *state;
    house_put(h, MADE);
    house_take_maps(h, 20);
    act_reindex_state s = job_of_the_hour(h);
    assert_int_equal(s.generated, 20);
    assert_int_equal(s.written, 0);
    assert_int_equal(house_rows(h), 20);
    house_put(h, MAPS("maps", "true", "other words"));
    assert_int_equal(job_of_the_hour(h).written, 20);
    assert_int_equal(job_of_the_hour(h).written, 0);
    assert_int_equal(house_rows(h), 40);
    /* And back: the newest counts, though it is an old sentence. */
    house_put(h, MADE);
    assert_int_equal(job_of_the_hour(h).written, 20);
    assert_int_equal(house_shown(h, "summary = 'ann made a map'"), 20);
}

static void records_from_before_the_policy_get_activities(void **state)
{
    test_house *h = *state;
    house_take_maps(h, 30);
    assert_int_equal(house_rows(h), 0);
    house_put(h, MAPS("maps", "audit.verb == 'create'", "{{ actor }} made a map"));
    act_reindex_state s = job_of_the_hour(h);
    assert_int_equal(s.processed, 30);
    assert_int_equal(s.generated, 15);
    assert_int_equal(house_shown(h, "tenant_type = 'project'"), 15);
}

/* Activities that the policies no longer make are gone; they come back when one does. */
static void obsolete_activities_go(void **state)
{
    test_house *h = *state;
    house_put(h, MADE);
    house_take_maps(h, 40);
    house_put(h, MAPS("maps", "audit.verb == 'create'", "{{ actor }} made a map"));
    act_reindex_state s = job_of_the_hour(h);
    assert_int_equal(s.removed, 20);
    assert_int_equal(s.written, 0);
    assert_int_equal(house_shown(h, "1"), 20);
    assert_int_equal(house_merged(h), 20);
    assert_int_equal(job_of_the_hour(h).removed, 0);
    house_put(h, MADE);
    s = job_of_the_hour(h);
    assert_int_equal(s.written, 20);
    assert_int_equal(house_shown(h, "1"), 40);
}

static void activities_of_deleted_policies_go(void **state)
{
    test_house *h = *state;
    house_put(h, MADE);
    house_put(h, PODS("pods", "x"));
    house_take_maps(h, 10);
    policies_remove(&h->p, "maps");
    policies_settle(&h->p);
    assert_int_equal(job_of_the_hour(h).removed, 10);
    assert_int_equal(house_shown(h, "1"), 0);
}

/* A rule that fails says nothing: what was said before stays. */
static void failing_rules_are_counted_and_keep_what_was(void **state)
{
    test_house *h = *state;
    house_put(h, MADE);
    house_take_maps(h, 10);
    house_put(h, MAPS("maps", "true",
                      "{{ audit.verb == 'create' ? 'made' : "
                      "string(audit.no.such) }}"));
    act_reindex_state s = job_of_the_hour(h);
    assert_int_equal(s.errors, 5);
    assert_int_equal(s.generated, 5);
    assert_int_equal(s.removed, 0);
    assert_non_null(strstr(s.first_error.text, "maps of audit event m9-"));
    assert_int_equal(house_shown(h, "summary = 'made'"), 5);
    assert_int_equal(house_shown(h, "summary = 'ann made a map'"), 5);
}

/* ---- Events ------------------------------------------------------------------------ */

/* An Event of the hour; @observed is minute, second and fraction of its last repetition. */
static void take_pod_event(test_house *h, const char *uid, const char *annotations,
                           int count, const char *observed)
{
    char text[900], series[120] = "";
    if (count > 1)
        (void)snprintf(series, sizeof series,
                       ",\"series\":{\"count\":%d,\"lastObservedTime\":"
                       "\"2026-01-02T%02d:%sZ\"}",
                       count, h->hour, observed);
    (void)snprintf(
        text, sizeof text,
        "{\"apiVersion\":\"events.k8s.io/v1\",\"kind\":\"Event\",\"metadata\":{"
        "\"name\":\"e-%s\",\"namespace\":\"shop\",\"uid\":\"%s\","
        "\"creationTimestamp\":\"2026-01-02T%02d:00:00Z\"%s},\"reason\":"
        "\"Started\",\"reportingController\":\"kubelet\",\"regarding\":{\"kind\":"
        "\"Pod\",\"apiVersion\":\"v1\",\"namespace\":\"shop\",\"name\":\"web\"},"
        "\"eventTime\":\"2026-01-02T%02d:04:05.123456Z\"%s}",
        uid, uid, h->hour, annotations, h->hour, series);
    house_take(h, text);
}

/* P-30, P-31: an Event's activity keeps its time and its tenant, so there is one of it. */
static void events_keep_time_and_tenant(void **state)
{
    test_house *h = *state;
    house_put(h, PODS("pods", "started"));
    take_pod_event(h, "u1",
                   ",\"annotations\":{\"platform.miloapis.com/scope.type\":\"project\","
                   "\"platform.miloapis.com/scope.name\":\"shop-1\"}",
                   1, "");
    take_pod_event(h, "u2", "", 1, "");
    /* Repeats are activities of their own. */
    take_pod_event(h, "u3", "", 2, "10:00.000000");
    take_pod_event(h, "u3", "", 3, "10:00.500000");
    house_drain(h);
    uint64_t before = house_shown(h, "1"), keys = house_keys(h);
    assert_int_equal(before, 4);
    house_put(h, PODS("pods", "{{ event.reason }} of {{ event.regarding.name }}"));
    act_reindex_state s = job_of_the_hour(h);
    assert_int_equal(s.written, before);
    assert_int_equal(s.removed, 0);
    assert_int_equal(house_shown(h, "summary = 'Started of web'"), before);
    assert_int_equal(house_shown(h, "1"), before);
    assert_int_equal(house_keys(h), keys);
    assert_int_equal(house_shown(h,
                                 "tenant_type = 'project' AND tenant_name = 'shop-1' AND "
                                 "toMinute(timestamp) = 4"),
                     1);
}

/* ---- what a job is about ------------------------------------------------------------ */

static void selected(test_house *h, test_job *j, act_json *list, const char *name)
{
    static act_json names;
    *list = act_json_of_array();
    assert_ok(act_json_insert(h->p.log.arena, list, 0, act_json_of_cstr(name), &names));
    j->o.selector.names = &names;
}

/* Two policies speak about one kind; only what the one asked for says is written. */
static void policies_not_asked_for_are_left_alone(void **state)
{
    test_house *h = *state;
    house_put(h, MAPS("creates", "audit.verb == 'create'", "old create"));
    house_put(h, MAPS("updates", "audit.verb == 'update'", "old update"));
    house_take_maps(h, 10);
    house_put(h, MAPS("creates", "audit.verb == 'create'", "new create"));
    house_put(h, MAPS("updates", "audit.verb == 'update'", "new update"));
    test_job j;
    act_json list;
    job_init(h, &j);
    selected(h, &j, &list, "creates");
    job_run_ok(h, &j);
    assert_int_equal(j.state.generated, 5);
    assert_int_equal(house_shown(h, "summary = 'new create'"), 5);
    assert_int_equal(house_shown(h, "summary = 'old update'"), 5);
    job_done(&j);
    /* By labels. */
    act_json labels = act_json_of_object(), with;
    assert_ok(act_json_with(h->p.log.arena, &labels, ACT_STR("of"),
                            act_json_of_cstr("updates"), &with));
    job_init(h, &j);
    j.o.selector.labels = &with;
    job_run_ok(h, &j);
    assert_int_equal(j.state.generated, 5);
    assert_int_equal(house_shown(h, "summary = 'new update'"), 5);
    job_done(&j);
}

/* G12: what a job asks for and is not there fails it. */
static void unknown_policies_fail_the_job(void **state)
{
    test_house *h = *state;
    test_job j;
    act_json list;
    job_init(h, &j);
    assert_int_equal(job_run(h, &j), ACT_EINVAL);
    assert_string_equal(j.e.text, "there are no ActivityPolicies");
    house_put(h, MAPS("maps", "true", "x"));
    selected(h, &j, &list, "mops");
    assert_int_equal(job_run(h, &j), ACT_EINVAL);
    assert_string_equal(j.e.text, "there is no ActivityPolicy mops");
    assert_int_equal(j.saves, 0);
    job_done(&j);
}

/* G12: policies that are not Ready are not used, and what they once said stays. */
static void policies_that_are_not_ready_are_not_used(void **state)
{
    test_house *h = *state;
    house_put(h, MADE);
    house_take_maps(h, 10);
    house_put_unready(h, MAPS("maps", "false", "x"));
    test_job j;
    job_init(h, &j);
    assert_int_equal(job_run(h, &j), ACT_EINVAL);
    assert_string_equal(j.e.text, "none of these ActivityPolicies is Ready: maps");
    house_put(h, PODS("pods", "x"));
    job_run_ok(h, &j);
    assert_string_equal(j.state.note.text, "not used, as they are not Ready: maps");
    assert_int_equal(j.state.removed, 0);
    assert_int_equal(house_shown(h, "1"), 10);
    job_done(&j);
}

/* G11: any batch size, any range. */
static void large_batches_and_long_ranges_work(void **state)
{
    test_house *h = *state;
    house_put(h, MAPS("maps", "audit.auditID.endsWith('7')", "{{ actor }} made a map"));
    house_put(h, PODS("pods", "started"));
    assert_ok(act_store_exec(
        h->real,
        ACT_STR(
            "INSERT INTO audit.audit_logs (event_json) SELECT concat('{\"auditID\":\"x',"
            "toString(number),'\",\"stage\":\"ResponseComplete\",\"verb\":\"create\","
            "\"user\":{\"username\":\"ann\"},\"objectRef\":{\"resource\":\"configmaps\","
            "\"name\":\"m\",\"apiVersion\":\"v1\"},\"requestReceivedTimestamp\":\"',"
            "formatDateTime(toDateTime('2018-01-01 00:00:00', 'UTC') + number * 60, "
            "'%Y-%m-%dT%H:%i:%SZ'),'\"}') FROM numbers(12000)"),
        NULL, 0, NULL));
    test_job j;
    job_init(h, &j);
    j.o.batch = 10000;
    j.state.start_us = at_us("2015-01-01T00:00:00Z");
    j.state.end_us = at_us("2026-01-01T00:00:00Z");
    job_run_ok(h, &j);
    assert_int_equal(j.state.total, 12000);
    assert_int_equal(j.state.processed, 12000);
    assert_int_equal(j.saves, 3);
    assert_int_equal(house_number(h, "SELECT count() FROM audit.activities WHERE "
                                     "toYear(timestamp) = 2018"),
                     1200);
    job_done(&j);
}

static void dry_runs_count_and_write_nothing(void **state)
{
    test_house *h = *state;
    house_put(h, MADE);
    house_take_maps(h, 20);
    house_put(h, MAPS("maps", "audit.verb == 'create'", "other words"));
    size_t published = log_count(&h->p.log, ACT_STREAM_ACTIVITIES);
    test_job j;
    job_init(h, &j);
    j.o.dry_run = true;
    job_run_ok(h, &j);
    assert_int_equal(j.state.generated, 10);
    assert_int_equal(j.state.written, 10);
    assert_int_equal(j.state.removed, 10);
    assert_int_equal(log_count(&h->p.log, ACT_STREAM_ACTIVITIES), published);
    assert_int_equal(house_rows(h), 20);
    job_done(&j);
}

static void the_end_of_the_range_is_outside(void **state)
{
    test_house *h = *state;
    house_take_maps(h, 10);
    house_put(h, MAPS("maps", "true", "x"));
    test_job j;
    job_init(h, &j);
    j.state.start_us = in_hour(h, 2.368386);
    j.state.end_us = in_hour(h, 6.368386);
    job_run_ok(h, &j);
    assert_int_equal(j.state.processed, 4);
    assert_int_equal(
        house_shown(h, "substring(origin_id, 1, 2) IN ('m2', 'm3', 'm4', 'm5')"), 4);
    assert_int_equal(house_shown(h, "1"), 4);
    job_done(&j);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, house_next_hour)
    const struct CMUnitTest tests[] = {
        TEST(changed_sentences_replace_the_old_ones),
        TEST(what_says_the_same_is_not_written_again),
        TEST(records_from_before_the_policy_get_activities),
        TEST(obsolete_activities_go),
        TEST(activities_of_deleted_policies_go),
        TEST(failing_rules_are_counted_and_keep_what_was),
        TEST(events_keep_time_and_tenant),
        TEST(policies_not_asked_for_are_left_alone),
        TEST(unknown_policies_fail_the_job),
        TEST(policies_that_are_not_ready_are_not_used),
        TEST(large_batches_and_long_ranges_work),
        TEST(dry_runs_count_and_write_nothing),
        TEST(the_end_of_the_range_is_outside),
    };
    return cmocka_run_group_tests(tests, house_open, house_close);
}
