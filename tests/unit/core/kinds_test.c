/* Kinds of built-in resources, and of what a record speaks of. */
#include "core/kinds.h"

#include "support.h"

static void built_in_resources_have_a_kind(void **state)
{
    (void)state;
    assert_str(act_kind_of(ACT_STR(""), ACT_STR("pods")), "Pod");
    assert_str(act_kind_of(ACT_STR("apps"), ACT_STR("deployments")), "Deployment");
    assert_str(act_kind_of(ACT_STR(""), ACT_STR("endpoints")), "Endpoints");
    assert_str(act_kind_of(ACT_STR("networking.k8s.io"), ACT_STR("ingresses")), "Ingress");
    assert_str(act_kind_of(ACT_STR("apps"), ACT_STR("pods")), "");
    assert_str(act_kind_of(ACT_STR("networking.datumapis.com"), ACT_STR("httpproxies")),
               "");
    assert_str(act_plural_of(ACT_STR("policy"), ACT_STR("PodDisruptionBudget")),
               "poddisruptionbudgets");
    assert_str(act_plural_of(ACT_STR(""), ACT_STR("pod")), "");
}

static void records_of_other_resources_tell_their_kind(void **state)
{
    (void)state;
    const struct {
        const char *members, *kind;
    } cases[] = {
        { "\"objectRef\":{\"resource\":\"pods\"},\"responseObject\":{\"kind\":\"Status\"}",
          "Pod" },
        { "\"objectRef\":{\"resource\":\"xs\",\"apiGroup\":\"g\"},\"responseObject\":"
          "{\"kind\":\"X\",\"apiVersion\":\"g/v1\"}",
          "X" },
        { "\"objectRef\":{\"resource\":\"xs\",\"apiGroup\":\"g\"},\"responseObject\":"
          "{\"kind\":\"Status\",\"apiVersion\":\"v1\"},\"requestObject\":{\"kind\":\"X\","
          "\"apiVersion\":\"g/v2\"}",
          "X" },
        { "\"objectRef\":{\"resource\":\"xs\",\"apiGroup\":\"g\",\"subresource\":"
          "\"status\"},\"responseObject\":{\"kind\":\"X\",\"apiVersion\":\"g/v1\"}",
          "X" },
        { "\"objectRef\":{\"resource\":\"xs\",\"apiGroup\":\"g\",\"subresource\":"
          "\"scale\"},\"responseObject\":{\"kind\":\"X\",\"apiVersion\":\"g/v1\"}",
          "" },
        { "\"objectRef\":{\"resource\":\"xs\",\"apiGroup\":\"g\"},\"responseObject\":"
          "{\"kind\":\"DeleteOptions\",\"apiVersion\":\"g/v1\"}",
          "" },
        { "\"objectRef\":{\"resource\":\"xs\",\"apiGroup\":\"g\"},\"responseObject\":"
          "{\"kind\":\"Y\",\"apiVersion\":\"h/v1\"}",
          "" },
        { "\"objectRef\":{\"resource\":\"xs\",\"apiGroup\":\"g\"},\"responseObject\":"
          "{\"kind\":\"XList\",\"apiVersion\":\"g/v1\"},\"verb\":\"list\"",
          "X" },
        { "\"objectRef\":{\"resource\":\"xs\",\"apiGroup\":\"g\"},\"responseObject\":"
          "{\"kind\":\"AllowList\",\"apiVersion\":\"g/v1\"}",
          "AllowList" },
        { "\"objectRef\":{\"resource\":\"xs\",\"apiGroup\":\"g\"}", "" },
        { "\"responseObject\":{\"kind\":\"X\",\"apiVersion\":\"v1\"}", "" },
    };
    ACT_AUTO(act_arena) a = test_arena();
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        act_str text;
        assert_int_equal(act_arena_printf(a, &text,
                                          "{\"auditID\":\"a\",\"stage\":\"Panic\","
                                          "\"stageTimestamp\":\"2026-01-01T00:00:00Z\","
                                          "\"verb\":\"get\",%s}",
                                          cases[i].members),
                         ACT_OK);
        act_audit_record r;
        assert_int_equal(act_audit_record_read(test_json(a, text.ptr), &r, NULL), ACT_OK);
        act_str kind = act_kind_of_audit(&r);
        if (!act_str_eq(kind, act_str_cstr(cases[i].kind)))
            fail_msg("%s gave %.*s", cases[i].members, ACT_STR_ARG(kind));
    }
}

static void the_table_agrees_with_real_answers(void **state)
{
    (void)state;
    ACT_AUTO(act_arena) a = test_arena();
    act_str all = test_read("audit.jsonl"), rest = all;
    ACT_AUTO(act_json_parser) p = NULL;
    assert_int_equal(act_json_parser_new((act_json_limits){ 0 }, &p), ACT_OK);
    size_t checked = 0;
    while (rest.len) {
        act_str line;
        rest = act_str_split(rest, '\n', &line);
        const act_json *root;
        act_audit_record r;
        assert_int_equal(act_json_parse(p, a, line, 0, &root, NULL), ACT_OK);
        assert_int_equal(act_audit_record_read(root, &r, NULL), ACT_OK);
        act_str known = act_kind_of(r.api_group, r.resource);
        act_str own = act_json_string(act_json_path(root, "requestObject", "kind", NULL));
        if (!known.len || !act_str_eq(r.verb, ACT_STR("create")) || r.subresource.len ||
            !own.len)
            continue;
        assert_true(act_str_eq(known, own));
        checked++;
    }
    assert_true(checked > 20);
    act_str_free(all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(built_in_resources_have_a_kind),
        cmocka_unit_test(records_of_other_resources_tell_their_kind),
        cmocka_unit_test(the_table_agrees_with_real_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
