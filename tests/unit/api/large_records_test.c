/* ctest: labels=chdb timeout=200 */
/* Records of a megabyte: pages end where they have enough bytes, and the next ones go on.
 */
#include "unit/api/query_help.h"

#include "pipeline/streams.h"

enum { RECORDS = 30, LARGE = 1000000 };

static char large[LARGE + 1];

static int setup(void **state)
{
    memset(large, 'y', LARGE);
    return questions_setup(state);
}

static void publish(const char *stream, const char *subject, const char *format)
{
    for (int i = 0; i < RECORDS; i++) {
        act_buf text = ACT_BUF_INIT;
        for (const char *p = format; *p; p++)
            if (*p == '#')
                act_buf_printf(&text, "%02d", i);
            else if (*p == '@')
                act_buf_add(&text, act_str_cstr(large));
            else
                act_buf_add_byte(&text, *p == '\'' ? '"' : *p);
        act_message m = { .subject = act_str_cstr(subject), .payload = act_buf_str(&text) };
        assert_ok(act_buf_err(&text));
        assert_ok(act_broker_publish(api.broker, act_str_cstr(stream), &m, 1, NULL, NULL));
        act_buf_done(&text);
    }
    questions_settle();
}

/* All records, once each and newest first, in pages of several. */
static void assert_all(const char *kind, const char *field)
{
    char spec[8192], token[4096] = "", path[64], wanted[16];
    int left = RECORDS, pages = 0;
    do {
        (void)snprintf(spec, sizeof spec, EVER ",'continue':'%s'", token);
        size_t n = ask_count(kind, spec);
        assert_in_range(n, 1, 9);
        for (size_t i = 0; i < n; i++) {
            (void)snprintf(path, sizeof path, "status.results.%zu.%s", i, field);
            (void)snprintf(wanted, sizeof wanted, "r-%02d", --left);
            assert_at(path, wanted);
        }
        (void)snprintf(token, sizeof token, "%s", api_at(&api, "status.continue"));
        pages++;
    } while (token[0]);
    assert_int_equal(left, 0);
    assert_in_range(pages, 4, 6);
}

static void audit_events_come_in_several_pages(void **state)
{
    (void)state;
    publish(ACT_STREAM_AUDIT, "audit.k8s.activity",
            "{'auditID':'r-#','stage':'ResponseComplete','requestReceivedTimestamp':"
            "'2026-02-03T04:05:#.000000Z','responseObject':'@'}");
    assert_all("AuditLogQuery", "auditID");
}

static void states_that_are_not_shown_take_no_room(void **state)
{
    (void)state;
    publish(ACT_STREAM_EVENTS, "events.x",
            "{'kind':'Event','apiVersion':'events.k8s.io/v1','metadata':{'name':'e',"
            "'namespace':'a','uid':'r-#','x':'@'},'deprecatedLastTimestamp':"
            "'2026-02-03T04:05:#Z','regarding':{'kind':'Pod'}}");
    assert_all("EventQuery", "metadata.uid");
    /* Sixty states of one more, which are older than all others but the newest of them. */
    for (int i = 0; i < 2; i++)
        publish(ACT_STREAM_EVENTS, "events.x",
                i == 0 ? "{'kind':'Event','apiVersion':'events.k8s.io/v1','metadata':{"
                         "'name':'e','namespace':'a','uid':'s','x':'@'},"
                         "'deprecatedLastTimestamp':'2026-02-03T04:06:#Z','regarding':{"
                         "'kind':'Pod'}}"
                       : "{'kind':'Event','apiVersion':'events.k8s.io/v1','metadata':{"
                         "'name':'e','namespace':'a','uid':'s','x':'@'},"
                         "'deprecatedLastTimestamp':'2026-02-03T04:04:#Z','regarding':{"
                         "'kind':'Pod'}}");
    (void)ask_count("EventQuery", EVER ",'limit':1");
    assert_at("status.results.0.metadata.uid", "r-29");
}

static void activities_come_in_several_pages(void **state)
{
    test_watch w;
    (void)state;
    publish(ACT_STREAM_ACTIVITIES, "activities.x",
            "{'kind':'Activity','apiVersion':'activity.miloapis.com/v1alpha1','metadata':{"
            "'name':'r-#','namespace':'a','creationTimestamp':'2026-02-03T04:05:#Z'},"
            "'spec':{'summary':'@','tenant':{'type':'platform'}}}");
    assert_all("ActivityQuery", "metadata.name");
    assert_int_equal(api_get(&api, ACTIVITIES), 200);
    assert_in_range(api_count(&api, "items"), 1, 9);
    assert_true(api_at(&api, "metadata.continue")[0] != '\0');
    /* A watch begins with all of them. */
    watch_start(&w, &api, ACTIVITIES "?watch=1&resourceVersion=0", NULL);
    for (int i = RECORDS - 1; i >= 0; i--) {
        char wanted[16];
        (void)snprintf(wanted, sizeof wanted, "r-%02d", i);
        assert_true(watch_next(&w));
        assert_string_equal(watch_at(&w, "object.metadata.name"), wanted);
    }
    watch_stop(&w);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, questions_teardown)
    const struct CMUnitTest tests[] = {
        CASE(audit_events_come_in_several_pages),
        CASE(states_that_are_not_shown_take_no_room),
        CASE(activities_come_in_several_pages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
