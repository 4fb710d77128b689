/* ctest: labels=threads timeout=180 */
/* What a valid ReindexJob is, and what may change of it when. */
#include "unit/api/api_help.h"

static int create(const char *name, const char *spec)
{
    char text[1024];
    (void)snprintf(text, sizeof text, "{'metadata':{'name':'%s'},'spec':%s}", name, spec);
    return api_post(&api, JOBS, text);
}

static void defaults_are_filled_in(void **state)
{
    (void)state;
    assert_int_equal(create("a", "{'timeRange':{'startTime':'now-1d'}}"), 201);
    assert_at("spec.timeRange.endTime", "now");
    assert_at("spec.config.batchSize", "1000");
    assert_at("spec.config.rateLimit", "100");
    assert_at("metadata.generation", "1");
    assert_string_equal(api_header(&api, "Warning"), "");
    assert_int_equal(create("b", "{'timeRange':{'startTime':'now-8d','endTime':'now-1h'},"
                                 "'config':{'batchSize':500,'dryRun':true}}"),
                     201);
    assert_at("spec.timeRange.endTime", "now-1h");
    assert_at("spec.config.batchSize", "500");
    assert_non_null(strstr(api_header(&api, "Warning"), "longer than 7 days"));
}

static void problems_have_fields(void **state)
{
    (void)state;
    static const struct {
        const char *spec, *field, *reason;
    } cases[] = {
        { "{'timeRange':{}}", "spec.timeRange.startTime", "FieldValueRequired" },
        { "{'timeRange':{'startTime':'yesterday'}}", "spec.timeRange.startTime",
          "FieldValueInvalid" },
        { "{'timeRange':{'startTime':'2999-01-01T00:00:00Z'}}", "spec.timeRange.startTime",
          "FieldValueInvalid" },
        { "{'timeRange':{'startTime':'now-2d','endTime':'now+1d'}}",
          "spec.timeRange.endTime", "FieldValueInvalid" },
        { "{'timeRange':{'startTime':'now'}}", "spec.timeRange", "FieldValueInvalid" },
        { "{'timeRange':{'startTime':'now-1d','endTime':'now-2d'}}", "spec.timeRange",
          "FieldValueInvalid" },
        { "{'timeRange':{'startTime':'now-1d'},'policySelector':{'names':['a'],"
          "'matchLabels':{'x':'y'}}}",
          "spec.policySelector", "FieldValueInvalid" },
        { "{'timeRange':{'startTime':'now-1d'},'config':{'batchSize':99}}",
          "spec.config.batchSize", "FieldValueInvalid" },
        { "{'timeRange':{'startTime':'now-1d'},'config':{'batchSize':10001}}",
          "spec.config.batchSize", "FieldValueInvalid" },
        { "{'timeRange':{'startTime':'now-1d'},'config':{'rateLimit':9}}",
          "spec.config.rateLimit", "FieldValueInvalid" },
        { "{'timeRange':{'startTime':'now-1d'},'ttlSecondsAfterFinished':-1}",
          "spec.ttlSecondsAfterFinished", "FieldValueInvalid" },
    };
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        if (create("a", cases[i].spec) != 422)
            fail_msg("%s: %s", cases[i].spec, api_text(&api));
        assert_int_equal(api_count(&api, "details.causes"), 1);
        assert_at("details.causes.0.field", cases[i].field);
        assert_at("details.causes.0.reason", cases[i].reason);
    }
    assert_int_equal(create("a", "{'timeRange':{'startTime':'now-1d'},'config':{"
                                 "'batchSize':3000000000}}"),
                     400);
}

static int set_phase(const char *phase)
{
    char text[64];
    (void)snprintf(text, sizeof text, "{'status':{'phase':'%s'}}", phase);
    return api_merge(&api, JOBS "/a/status", text);
}

static void a_job_that_runs_stays_as_it_is(void **state)
{
    (void)state;
    assert_int_equal(create("a", "{'timeRange':{'startTime':'now-1d'}}"), 201);
    assert_int_equal(api_merge(&api, JOBS "/a", "{'spec':{'config':{'rateLimit':50}}}"),
                     200);
    assert_int_equal(set_phase("Running"), 200);
    static const struct {
        const char *patch, *field;
    } cases[] = {
        { "{'spec':{'timeRange':{'startTime':'now-2d'}}}", "spec.timeRange.startTime" },
        { "{'spec':{'timeRange':{'endTime':'now-1h'}}}", "spec.timeRange.endTime" },
        { "{'spec':{'policySelector':{'names':['x']}}}", "spec.policySelector" },
        { "{'spec':{'config':{'rateLimit':60}}}", "spec.config" },
    };
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        assert_int_equal(api_merge(&api, JOBS "/a", cases[i].patch), 422);
        assert_at("details.causes.0.field", cases[i].field);
    }
    assert_int_equal(api_merge(&api, JOBS "/a", "{'spec':{'ttlSecondsAfterFinished':60}}"),
                     200);
}

static void the_end_is_final(void **state)
{
    (void)state;
    assert_int_equal(create("a", "{'timeRange':{'startTime':'now-1d'}}"), 201);
    assert_int_equal(set_phase("Dancing"), 422);
    assert_at("details.causes.0.reason", "FieldValueNotSupported");
    assert_int_equal(set_phase("Pending"), 200);
    assert_int_equal(set_phase("Running"), 200);
    assert_int_equal(set_phase("Failed"), 200);
    assert_int_equal(set_phase("Running"), 422);
    assert_at("details.causes.0.field", "status.phase");
    assert_int_equal(set_phase("Failed"), 200);
}

static void tables_show_progress(void **state)
{
    (void)state;
    assert_int_equal(create("a", "{'timeRange':{'startTime':'now-1d'}}"), 201);
    assert_int_equal(api_merge(&api, JOBS "/a/status",
                               "{'status':{'phase':'Running','progress':{'totalEvents':200,"
                               "'processedEvents':51}}}"),
                     200);
    assert_int_equal(create("b", "{'timeRange':{'startTime':'now-1d'}}"), 201);
    api.accept = "application/json;as=Table;g=meta.k8s.io;v=v1";
    assert_int_equal(api_get(&api, JOBS), 200);
    api.accept = NULL;
    assert_at("rows.0.cells.1", "Running");
    assert_at("rows.0.cells.2", "now-1d to now");
    assert_at("rows.0.cells.3", "25%");
    assert_at("rows.1.cells.1", "Pending");
    assert_at("rows.1.cells.3", "-");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, api_setup, api_teardown)
    const struct CMUnitTest tests[] = {
        TEST(defaults_are_filled_in),         TEST(problems_have_fields),
        TEST(a_job_that_runs_stays_as_it_is), TEST(the_end_is_final),
        TEST(tables_show_progress),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
