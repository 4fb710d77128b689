/* ctest: labels=chdb timeout=180 */
/* Pages that are read slice by slice, newest first: with slices of a few rows, and many
 * rows of one time where they meet, each record comes once, in its newest state, in order.
 */
#include "unit/api/query_help.h"

#include <stdlib.h>

#define TOKENS                                                                             \
    "of-shop,ann,u-ann,system:masters,iam.miloapis.com/parent-type=project;"               \
    "iam.miloapis.com/parent-name=shop\n"                                                  \
    "of-ann,ann,u-1,system:masters,iam.miloapis.com/parent-type=user;"                     \
    "iam.miloapis.com/parent-name=u-1\n"

static void run_sql(const char *sql)
{
    act_err e = ACT_ERR_INIT;
    if (act_store_exec(api.store, act_str_cstr(sql), NULL, 0, &e))
        fail_msg("%s: %s", sql, e.text);
}

/* One column of text, joined by blanks. */
static void read_sql(const char *sql, act_buf *out)
{
    act_rows *rows;
    act_err e = ACT_ERR_INIT;
    if (act_store_query(api.store, act_str_cstr(sql), NULL, 0, NULL, &rows, &e))
        fail_msg("%s: %s", sql, e.text);
    while (act_rows_next(rows, &e) == 1) {
        act_buf_add(out, act_rows_str(rows, 0));
        act_buf_add_byte(out, ' ');
    }
    act_rows_close(rows, NULL);
    act_buf_add_byte(out, '\0');
}

/* Rows @from up to @to of 300: some 40 times in three days, two tenants, five people. */
static void insert_audit(int from, int to)
{
    char sql[2048];
    (void)snprintf(
        sql, sizeof sql,
        "INSERT INTO audit.audit_logs (event_json) SELECT concat("
        "'{\"auditID\":\"id-', leftPad(toString(number), 3, '0'), "
        "'\",\"stage\":\"ResponseComplete\",\"verb\":\"', "
        "['get', 'create', 'delete', 'get', 'get'][1 + cityHash64(number, 1) %% 5], "
        "'\",\"user\":{\"username\":\"ann\",\"uid\":\"u-', toString(number %% 5), '\"},"
        "\"annotations\":{\"platform.miloapis.com/scope.type\":\"project\","
        "\"platform.miloapis.com/scope.name\":\"', if(number %% 3 = 0, 'shop', 'farm'), "
        "'\"},\"requestReceivedTimestamp\":\"2026-01-0', "
        "toString(1 + cityHash64(number, 2) %% 3), 'T00:00:', "
        "leftPad(toString(cityHash64(number, 3) %% 13), 2, '0'), '.000000Z\"}') "
        "FROM numbers(%d, %d)",
        from, to - from);
    run_sql(sql);
}

/* All pages of a question, of @limit records each; the value of @field of each record. */
static void read_pages(const char *kind, const char *spec, int limit, const char *field,
                       act_buf *out)
{
    char body[8192], token[4096] = "";
    do {
        (void)snprintf(body, sizeof body, EVER ",'limit':%d%s,'continue':'%s'", limit, spec,
                       token);
        (void)ask_count(kind, body);
        const char *page = results(field);
        act_buf_add(out, act_str_cstr(page));
        if (page[0])
            act_buf_add_byte(out, ' ');
        (void)snprintf(token, sizeof token, "%s", api_at(&api, "status.continue"));
    } while (token[0]);
    act_buf_add_byte(out, '\0');
}

static void assert_same(const char *kind, const char *spec, const char *field,
                        const char *sql)
{
    static const int limits[] = { 1, 7, 100 };
    act_buf all = ACT_BUF_INIT;
    read_sql(sql, &all);
    assert_true(all.len > 60);
    for (size_t i = 0; i < ACT_COUNT(limits); i++) {
        if (limits[i] == 1 && all.len > 400)
            continue; /* takes long */
        act_buf pages = ACT_BUF_INIT;
        read_pages(kind, spec, limits[i], field, &pages);
        if (strcmp(pages.ptr, all.ptr) != 0)
            fail_msg("%s%s by %d: %s\n, not %s", kind, spec, limits[i], pages.ptr, all.ptr);
        act_buf_done(&pages);
    }
    act_buf_done(&all);
}

#define NEWEST_FIRST " ORDER BY timestamp DESC, audit_id DESC"

static void each_event_comes_once(void **state)
{
    (void)state;
    insert_audit(0, 150);
    insert_audit(100, 300); /* 50 of them again, in another part */
    assert_same("AuditLogQuery", "", "auditID",
                "SELECT audit_id FROM (SELECT DISTINCT timestamp, audit_id FROM "
                "audit.audit_logs)" NEWEST_FIRST);
    assert_same("AuditLogQuery", ",'filter':'verb == \\'delete\\''", "auditID",
                "SELECT audit_id FROM (SELECT DISTINCT timestamp, audit_id FROM "
                "audit.audit_logs WHERE verb = 'delete')" NEWEST_FIRST);
    api.token = "of-ann"; /* what one person did, in whatever tenant */
    assert_same("AuditLogQuery", ",'filter':'verb != \\'get\\''", "auditID",
                "SELECT audit_id FROM (SELECT DISTINCT timestamp, audit_id FROM "
                "audit.audit_logs WHERE user_uid = 'u-1' AND verb != 'get')" NEWEST_FIRST);
    api.token = "of-shop"; /* one tenant */
    assert_same("AuditLogQuery", "", "auditID",
                "SELECT audit_id FROM (SELECT DISTINCT timestamp, audit_id FROM "
                "audit.audit_logs WHERE scope_name = 'shop')" NEWEST_FIRST);
}

/* 120 activities, of which two of three have a second version and some are deleted. */
static void insert_activities(const char *version, const char *word, const char *where)
{
    char sql[2048];
    (void)snprintf(
        sql, sizeof sql,
        "INSERT INTO audit.activities (activity_json) SELECT concat("
        "'{\"metadata\":{\"name\":\"act-', leftPad(toString(number), 3, '0'), "
        "'\",\"creationTimestamp\":\"2026-01-0', toString(1 + cityHash64(number, 2) %% 3), "
        "'T00:00:', leftPad(toString(cityHash64(number, 3) %% 9), 2, '0'), 'Z\"', "
        "if(number %% 7 = 0 AND '%s' = '1', "
        "',\"deletionTimestamp\":\"2026-02-01T00:00:00Z\"',"
        " ''), ',\"annotations\":{\"activity.miloapis.com/reindex-version\":\"%s\"}},"
        "\"spec\":{\"summary\":\"%s\",\"changeSource\":\"human\",\"tenant\":{\"type\":"
        "\"project\",\"name\":\"', if(number %% 2 = 0, 'shop', 'farm'), '\"}}}') "
        "FROM numbers(120) WHERE %s",
        version, version, word, where);
    run_sql(sql);
}

static void each_activity_comes_in_its_newest_state(void **state)
{
    (void)state;
    insert_activities("0", "red", "1");
    insert_activities("1", "green", "number % 3 != 0");
#define NEWEST_ACTIVITIES(where)                                                           \
    "SELECT name FROM (SELECT timestamp, name, argMax(summary, version) AS summary, "      \
    "argMax(deleted, version) AS gone FROM audit.activities" where                         \
    " GROUP BY timestamp, name) WHERE NOT gone"
#define BY_NAME " ORDER BY timestamp DESC, name DESC"
    assert_same("ActivityQuery", "", "metadata.name", NEWEST_ACTIVITIES("") BY_NAME);
    assert_same("ActivityQuery", ",'search':'red'", "metadata.name",
                NEWEST_ACTIVITIES("") " AND summary = 'red'" BY_NAME);
    assert_same("ActivityQuery", ",'search':'green'", "metadata.name",
                NEWEST_ACTIVITIES("") " AND summary = 'green'" BY_NAME);
    api.token = "of-shop";
    assert_same(
        "ActivityQuery", ",'search':'red'", "metadata.name",
        NEWEST_ACTIVITIES(" WHERE tenant_name = 'shop'") " AND summary = 'red'" BY_NAME);
}

/* States of 40 Events, seen on one to three days: of an Event the newest is on an earlier
 * page than the others. */
static void each_moving_event_comes_once(void **state)
{
    (void)state;
    run_sql(
        "INSERT INTO audit.k8s_events (event_json, resource_version) SELECT concat("
        "'{\"metadata\":{\"name\":\"e\",\"namespace\":\"shop\",\"uid\":\"ev-', "
        "leftPad(toString(number % 40), 3, '0'), '\"},\"type\":\"', "
        "if(number < 40, 'Warning', 'Normal'), "
        "'\",\"deprecatedLastTimestamp\":\"2026-01-0', toString(1 + intDiv(number, 40)), "
        "'T00:00:', leftPad(toString(cityHash64(number, 3) % 13), 2, '0'), 'Z\"}'), "
        "number FROM numbers(120) WHERE number < 40 OR cityHash64(number, 4) % 3 = 0");
#define NEWEST_EVENTS                                                                      \
    "SELECT uid FROM (SELECT last_timestamp, uid, type FROM audit.k8s_events "             \
    "ORDER BY last_timestamp DESC, resource_version DESC LIMIT 1 BY uid)"
#define BY_UID " ORDER BY last_timestamp DESC, uid DESC"
    assert_same("EventQuery", "", "metadata.uid", NEWEST_EVENTS BY_UID);
    assert_same("EventQuery", ",'fieldSelector':'type=Normal'", "metadata.uid",
                NEWEST_EVENTS " WHERE type = 'Normal'" BY_UID);
    assert_same("EventQuery", ",'fieldSelector':'type=Warning'", "metadata.uid",
                NEWEST_EVENTS " WHERE type = 'Warning'" BY_UID);
}

/* A page asks for few statements, however little there is in the newest rows. */
static void statements_are_few(void **state)
{
    (void)state;
    insert_audit(0, 300);
    static const char body[] =
        "{'apiVersion':'activity.miloapis.com/v1alpha1','kind':'AuditLogQuery',"
        "'metadata':{'name':'q'},'spec':{" EVER
        ",'limit':3,'filter':'verb == \\'none\\''}}";
    assert_int_equal(api_post(&api, GROUP "auditlogqueries?explain=true", body), 201);
    /* two borders with their slices (the second has the rest), and no more */
    assert_in_range(api_count(&api, "status.explain.statements"), 3, 5);
    assert_int_equal(api_count(&api, "status.results"), 0);
    api.token = "of-shop";
    assert_int_equal(api_post(&api, GROUP "auditlogqueries?explain=true", body), 201);
    assert_int_equal(api_count(&api, "status.explain.statements"), 2);
}

/* Rows that arrive between pages, newer and older ones, neither hide nor repeat others. */
static void what_arrives_meanwhile_moves_nothing(void **state)
{
    (void)state;
    char token[4096] = "", body[8192];
    act_buf before = ACT_BUF_INIT, seen = ACT_BUF_INIT;
    insert_audit(0, 60);
    read_sql("SELECT audit_id FROM audit.audit_logs" NEWEST_FIRST, &before);
    for (int next = 60; next == 60 || token[0]; next += 20) {
        (void)snprintf(body, sizeof body, EVER ",'limit':9,'continue':'%s'", token);
        (void)ask_count("AuditLogQuery", body);
        act_buf_add(&seen, act_str_cstr(results("auditID")));
        act_buf_add_byte(&seen, ' ');
        (void)snprintf(token, sizeof token, "%s", api_at(&api, "status.continue"));
        if (next < 160)
            insert_audit(next, next + 20);
    }
    act_buf_add_byte(&seen, '\0');
    for (act_str id, rest = act_str_cstr(before.ptr); rest.len > 0;) {
        rest = act_str_split(rest, ' ', &id);
        size_t at = act_str_find(act_str_cstr(seen.ptr), id);
        assert_true(id.len == 0 || at != SIZE_MAX);
        if (id.len > 0) /* and not again */
            assert_true(act_str_find(act_str_cut(act_str_cstr(seen.ptr), at + 1), id) ==
                        SIZE_MAX);
    }
    act_buf_done(&before);
    act_buf_done(&seen);
}

static int setup(void **state)
{
    (void)state;
    questions_start_with(TOKENS, (act_api_limits){ .query_slice_rows = 1 });
    return 0;
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, questions_teardown)
    const struct CMUnitTest tests[] = {
        CASE(each_event_comes_once),
        CASE(each_activity_comes_in_its_newest_state),
        CASE(each_moving_event_comes_once),
        CASE(statements_are_few),
        CASE(what_arrives_meanwhile_moves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
