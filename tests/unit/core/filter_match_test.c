/* Filters asked of records in memory. That they answer as the engine does is the business
 * of unit/pipeline/filter_property; here each construct is seen once. */
#include "core/filter_match.h"

#include "base/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static act_filter_env *env;
static act_arena *arena;
static act_json_parser *parser;

static int setup(void **state)
{
    (void)state;
    return act_filter_env_new(&env) || act_arena_new(8 << 20, 0, &arena) ||
           act_json_parser_new((act_json_limits){ 0 }, &parser);
}

static int teardown(void **state)
{
    (void)state;
    act_json_parser_free(parser);
    act_arena_free(arena);
    act_filter_env_free(env);
    return 0;
}

/* Quotes of the record as in tests of the API. */
static const act_json *parse(const char *record)
{
    act_str text;
    const act_json *v;
    assert_int_equal(act_arena_str(arena, act_str_cstr(record), &text), ACT_OK);
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] == '\'')
            ((char *)text.ptr)[i] = '"';
    assert_int_equal(act_json_parse(parser, arena, text, 0, &v, NULL), ACT_OK);
    return v;
}

static void check(enum act_filter_resource resource, const act_json *record,
                  const char *filter, bool want)
{
    act_problems problems = act_problems_in(arena);
    ACT_AUTO(act_filter_matcher) m = NULL;
    if (act_filter_matcher_new(env, resource, act_str_cstr(filter), &problems,
                               ACT_STR("filter"), &m))
        fail_msg("%s: %.*s", filter, ACT_STR_ARG(problems.first->detail));
    if (act_filter_matches(m, record) != want)
        fail_msg("%s is not %d", filter, want);
}

static void audit_records_are_asked(void **state)
{
    const act_json *r =
        parse("{'auditID':'A-1','verb':'get','user':{'username':'Ann','groups':['x',7]},"
              "'objectRef':{'namespace':'Ann'},'responseStatus':{'code':404},'level':3,"
              "'annotations':{'a':'b','n':1},"
              "'stageTimestamp':'2026-11-24T03:00:00.123456789Z'}");
    static const char *const true_ones[] = {
        "verb == 'get' && true",
        "verb > 'geT' || false",
        "!(verb in ['put', 'got'])",
        "verb in ['put', 'get']",
        "user.username.lowerAscii() == 'ann'",
        "user.username.upperAscii().matches('^A.N$')",
        "user.username == objectRef.namespace",
        "user.username.upperAscii() < objectRef.namespace.lowerAscii()",
        "auditID.startsWith('A-') && auditID.endsWith('1') && auditID.contains('-')",
        "'x' in user.groups && size(user.groups) == 1",
        "responseStatus.code >= 404 && responseStatus.code < 404.5",
        "level == '' && !has(objectRef.name) && has(objectRef.namespace)",
        "annotations.a == 'b' && has(annotations.a) && 'a' in annotations",
        "annotations.n == '' && !has(annotations.n) && size(annotations) == 1",
        "requestReceivedTimestamp == timestamp('2026-11-24T03:00:00.123456Z')",
        "requestReceivedTimestamp == stageTimestamp",
        "size(verb) == 3 && size(userAgent) == 0",
    };
    check(ACT_FILTER_AUDIT, parse("{}"), "verb == '' && responseStatus.code == 0", true);
    check(ACT_FILTER_AUDIT, parse("[]"), "'' in sourceIPs || 'a' in annotations", false);
    for (size_t i = 0; i < ACT_COUNT(true_ones); i++) {
        char negated[256];
        check(ACT_FILTER_AUDIT, r, true_ones[i], true);
        snprintf(negated, sizeof negated, "!(%s)", true_ones[i]);
        check(ACT_FILTER_AUDIT, r, negated, false);
    }
    (void)state;
}

static void activities_and_events_are_asked(void **state)
{
    const act_json *activity =
        parse("{'metadata':{'labels':{'app':'web'}},"
              "'spec':{'tenant':{'type':'Project','name':'p'},'actor':{'email':'a@b'}}}");
    check(ACT_FILTER_ACTIVITY, activity, "metadata.labels.app == 'web'", true);
    check(ACT_FILTER_ACTIVITY, activity, "metadata.labels['x'] == ''", true);
    check(ACT_FILTER_ACTIVITY, activity, "spec.tenant.type == 'project'", true);
    check(ACT_FILTER_ACTIVITY, activity, "spec.tenant.name == 'p'", true);
    check(ACT_FILTER_ACTIVITY, parse("{'spec':{'tenant':{'type':'odd','name':'p'}}}"),
          "spec.tenant.type == 'platform' && spec.tenant.name == ''", true);
    check(ACT_FILTER_ACTIVITY, activity, "spec.actor.email.endsWith('@b')", true);
    const act_json *event = parse("{'deprecatedSource':{'component':'c','host':'h'},"
                                  "'deprecatedCount':3,'note':'n'}");
    check(ACT_FILTER_EVENT, event, "reportingController == 'c'", true);
    check(ACT_FILTER_EVENT, event, "reportingInstance == 'h'", true);
    check(ACT_FILTER_EVENT, event, "series.count == 3 && note == 'n'", true);
    (void)state;
}

static void what_cannot_be_asked_is_refused(void **state)
{
    act_problems problems = act_problems_in(arena);
    act_filter_matcher *m = NULL;
    assert_int_equal(
        act_filter_matcher_new(env, ACT_FILTER_EVENT,
                               ACT_STR("note.matches('a') && note.matches('(')"), &problems,
                               ACT_STR("filter"), &m),
        ACT_EINVAL);
    assert_null(m);
    assert_int_equal(problems.count, 1);
    (void)state;
}

static void want_of_memory_is_told(void **state)
{
    const act_json *r = parse("{'user':{'username':'Ann'},'annotations':{'a':'b'}}");
    int err = ACT_ENOMEM;
    (void)state;
    for (size_t n = 0; err; n++) {
        act_problems problems = act_problems_in(arena);
        ACT_AUTO(act_filter_matcher) m = NULL;
        act_fail_after(n);
        err = act_filter_matcher_new(env, ACT_FILTER_AUDIT,
                                     ACT_STR("user.username.matches('^A') && "
                                             "annotations['a'] in ['b', 'c'] && "
                                             "verb != 'x' + 'y'"),
                                     &problems, ACT_STR("filter"), &m);
        act_fail_after(SIZE_MAX);
        assert_true(err == ACT_OK || err == ACT_ENOMEM);
        assert_true(err || act_filter_matches(m, r));
        assert_true(n < 100000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(audit_records_are_asked),
        cmocka_unit_test(activities_and_events_are_asked),
        cmocka_unit_test(what_cannot_be_asked_is_refused),
        cmocka_unit_test(want_of_memory_is_told),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
