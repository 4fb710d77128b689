/* ctest: labels=chdb timeout=180 */
/* What a question did, for who asks, and the limits of rows and memory, which the engine
 * keeps. (Those of time and of number are in limits_test.c.) */
#include "unit/api/query_help.h"

static int setup(void **state)
{
    (void)state;
    questions_start(NULL);
    questions_take_file("audit.jsonl");
    return 0;
}

static int explain(const char *resource, const char *kind, const char *spec)
{
    char path[160], body[1024];
    (void)snprintf(path, sizeof path, GROUP "%s?explain=true", resource);
    (void)snprintf(body, sizeof body,
                   "{'apiVersion':'activity.miloapis.com/v1alpha1','kind':'%s',"
                   "'metadata':{'name':'q'},'spec':{%s}}",
                   kind, spec);
    return api_post(&api, path, body);
}

static long long number_at(const char *path)
{
    return atoll(api_at(&api, path));
}

static void a_query_says_what_it_did(void **state)
{
    (void)state;
    assert_int_equal(
        explain("auditlogqueries", "AuditLogQuery",
                EVER ",'limit':2,'filter':'verb in [\\\"create\\\", \\\"patch\\\"] && "
                     "responseStatus.code >= 200'"),
        201);
    assert_int_equal(api_count(&api, "status.results"), 2);
    /* where the newest rows begin, and the page */
    assert_int_equal(api_count(&api, "status.explain.statements"), 2);
    const char *sql = api_at(&api, "status.explain.statements.1.sql");
    assert_non_null(strstr(sql, "FROM audit.audit_logs"));
    assert_non_null(strstr(sql, "(verb IN {f0:Array(String)})"));
    assert_null(strstr(sql, "patch"));
    assert_string_equal(api_at(&api, "status.explain.statements.1.parameters.f0"),
                        "[\"create\",\"patch\"]");
    assert_string_equal(api_at(&api, "status.explain.statements.1.parameters.f1"), "200");
    assert_string_equal(api_at(&api, "status.explain.statements.0.parameters.start"),
                        "2020-01-01T00:00:00.000000Z");
    assert_true(number_at("status.explain.rowsRead") > 0);
    assert_true(number_at("status.explain.bytesRead") > 0);
    assert_true(number_at("status.explain.elapsedMicroseconds") > 0);
    assert_int_equal(number_at("status.explain.rowsRead"),
                     number_at("status.explain.statements.0.rowsRead") +
                         number_at("status.explain.statements.1.rowsRead"));
}

static void facets_say_it_of_each_field(void **state)
{
    (void)state;
    assert_int_equal(explain("auditlogfacetsqueries", "AuditLogFacetsQuery",
                             "'timeRange':{'start':'2020-01-01T00:00:00Z'},"
                             "'facets':[{'field':'verb'},{'field':'user.username'}]"),
                     201);
    assert_int_equal(api_count(&api, "status.explain.statements"), 2);
    assert_non_null(
        strstr(api_at(&api, "status.explain.statements.1.sql"), "toString(user)"));
}

static void every_kind_explains_when_asked_and_only_then(void **state)
{
    static const struct {
        const char *resource, *kind, *spec;
        size_t statements;
    } kinds[] = {
        { "activityqueries", "ActivityQuery", EVER, 2 },
        /* where the log is, and the page */
        { "eventqueries", "EventQuery", "'startTime':'now-7d','endTime':'now'", 2 },
        { "activityfacetqueries", "ActivityFacetQuery",
          "'facets':[{'field':'spec.actor.name'}]", 1 },
        { "eventfacetqueries", "EventFacetQuery", "'facets':[{'field':'type'}]", 1 },
    };
    (void)state;
    for (size_t i = 0; i < ACT_COUNT(kinds); i++) {
        if (explain(kinds[i].resource, kinds[i].kind, kinds[i].spec) != 201)
            fail_msg("%s: %s", kinds[i].kind, api_text(&api));
        assert_int_equal(api_count(&api, "status.explain.statements"), kinds[i].statements);
        assert_int_equal(ask(kinds[i].kind, kinds[i].spec), 201);
        assert_string_equal(api_at(&api, "status.explain"), "");
    }
}

/* ---- limits ------------------------------------------------------------------------- */

static void assert_limited(const char *limit)
{
    if (ask("AuditLogQuery", EVER) != 400)
        fail_msg("%s", api_text(&api));
    assert_string_equal(api_at(&api, "reason"), "BadRequest");
    assert_non_null(strstr(api_at(&api, "message"), limit));
    act_counter *n = act_metrics_counter(api.metrics, "activity_api_query_limited_total",
                                         "", (const char *[]){ "limit", limit, NULL });
    assert_int_equal(act_counter_value(n), 1);
    /* and one that stays within it is answered */
    assert_int_equal(
        ask("AuditLogQuery",
            "'startTime':'2020-01-01T00:00:00Z','endTime':'2020-01-02T00:00:00Z'"),
        201);
}

static int setup_rows(void **state)
{
    (void)state;
    questions_start_with(NULL, (act_api_limits){ .query_rows = 10 });
    questions_take_file("audit.jsonl");
    return 0;
}

static void a_question_reads_so_many_rows(void **state)
{
    (void)state;
    assert_limited("query-max-rows");
}

static int setup_memory(void **state)
{
    (void)state;
    questions_start_with(NULL, (act_api_limits){ .query_memory_bytes = 64 << 10 });
    questions_take_file("audit.jsonl");
    return 0;
}

static void a_question_takes_so_much_memory(void **state)
{
    (void)state;
    assert_limited("query-max-memory");
}

int main(void)
{
    const struct CMUnitTest explained[] = {
        cmocka_unit_test(a_query_says_what_it_did),
        cmocka_unit_test(facets_say_it_of_each_field),
        cmocka_unit_test(every_kind_explains_when_asked_and_only_then),
    };
    const struct CMUnitTest rows[] = { cmocka_unit_test(a_question_reads_so_many_rows) };
    const struct CMUnitTest memory[] = { cmocka_unit_test(
        a_question_takes_so_much_memory) };
    int failed = cmocka_run_group_tests(explained, setup, questions_teardown);
    failed += cmocka_run_group_tests(rows, setup_rows, questions_teardown);
    return failed + cmocka_run_group_tests(memory, setup_memory, questions_teardown);
}
