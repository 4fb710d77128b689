/* Field sets, typed merging and the managers of fields. */
#include "kube/managed.h"
#include "kube/typed.h"

#include "support.h"

static const act_schema_field rule_fields[] = {
    { "name", &act_schema_string, "", true },
    { "match", &act_schema_string, "", false },
};
static const act_schema rule = { .type = ACT_SCHEMA_OBJECT,
                                 .fields = rule_fields,
                                 .n_fields = ACT_COUNT(rule_fields) };
static const act_schema rules = { .type = ACT_SCHEMA_LIST,
                                  .items = &rule,
                                  .list_key = "name" };
static const act_schema_field fields[] = {
    { "metadata", &act_schema_object_meta, "", false },
    { "rules", &rules, "", false },
    { "atomic", &act_schema_strings, "", false },
    { "size", &act_schema_int32, "", false },
    { "status", &act_schema_any, "", false },
};
static const act_schema schema = { .type = ACT_SCHEMA_OBJECT,
                                   .fields = fields,
                                   .n_fields = ACT_COUNT(fields) };

static const char *set_text(const act_json *set)
{
    return set ? text_of(set) : "-";
}

static void sets_have_an_algebra(void **state)
{
    (void)state;
    const act_json *x = json_of("{'f:a':{},'f:b':{'.':{},'f:c':{}}}");
    const act_json *y = json_of("{'f:b':{'f:c':{},'f:d':{}},'f:e':{}}");
    const act_json *r;
    assert_int_equal(act_fields_union(test_arena, x, y, &r), 0);
    assert_string_equal(set_text(r),
                        "{'f:a':{},'f:b':{'f:c':{},'f:d':{},'.':{}},'f:e':{}}");
    assert_int_equal(act_fields_minus(test_arena, x, y, &r), 0);
    assert_string_equal(set_text(r), "{'f:a':{},'f:b':{}}");
    assert_int_equal(act_fields_common(test_arena, x, y, &r), 0);
    assert_string_equal(set_text(r), "{'f:b':{'f:c':{}}}");
    assert_int_equal(act_fields_minus(test_arena, x, x, &r), 0);
    assert_true(act_fields_is_empty(r));
    assert_int_equal(act_fields_union(test_arena, NULL, x, &r), 0);
    assert_true(act_fields_equal(r, x));
}

static void values_have_fields(void **state)
{
    (void)state;
    const act_json *r;
    assert_int_equal(
        act_typed_fields(test_arena, &schema,
                         json_of("{'rules':[{'name':'a','match':'m'}],'atomic':['x'],"
                                 "'metadata':{'labels':{'k':'v'}},'size':1}"),
                         &r),
        0);
    assert_string_equal(
        text_of(r),
        "{'f:rules':{'k:{\\'name\\':\\'a\\'}':{'f:name':{},'f:match':{},'.':{}}},"
        "'f:atomic':{},'f:metadata':{'f:labels':{'f:k':{}}},'f:size':{}}");
    assert_int_equal(act_typed_fields(test_arena, &schema,
                                      json_of("{'rules':[{'name':'a'},{'name':'a'}]}"), &r),
                     ACT_EINVAL);
    assert_int_equal(
        act_typed_fields(test_arena, &schema, json_of("{'rules':[{'match':'m'}]}"), &r),
        ACT_EINVAL);
}

static act_field_writer writer(const char *name)
{
    return (act_field_writer){ .manager = act_str_cstr(name),
                               .api_version = ACT_STR("example.org/v1"),
                               .now_ns = INT64_C(1769846400) * ACT_NS_PER_S };
}

/* The result of applying, or the conflicts. */
static const act_json *apply(const act_json *live, const char *applied, const char *who,
                             bool force, size_t *ret_conflicts)
{
    const act_json *after = NULL;
    act_problems conflicts = act_problems_in(test_arena);
    act_field_writer w = writer(who);
    int r = act_managed_apply(test_arena, &schema, live, json_of(applied), &w, force,
                              &conflicts, &after);
    assert_true(r == 0 || (r == ACT_ECONFLICT && conflicts.count > 0));
    *ret_conflicts = conflicts.count;
    return r ? NULL : after;
}

static const char *part(const act_json *object, const char *key)
{
    const act_json *v = act_json_get(object, act_str_cstr(key));
    return v ? text_of(v) : "-";
}

static void applies_merge_conflict_and_let_go(void **state)
{
    (void)state;
    size_t n;
    const act_json *o =
        apply(NULL, "{'size':1,'rules':[{'name':'a','match':'m'}]}", "x", false, &n);
    o = apply(o, "{'rules':[{'name':'b','match':'n'}],'atomic':['p']}", "y", false, &n);
    assert_string_equal(part(o, "rules"),
                        "[{'name':'a','match':'m'},{'name':'b','match':'n'}]");
    assert_null(apply(o, "{'size':2}", "y", false, &n));
    assert_int_equal(n, 1);
    /* The same value is shared, not a conflict. */
    o = apply(o, "{'size':1,'rules':[{'name':'b','match':'n'}],'atomic':['p']}", "y", false,
              &n);
    /* x lets go of everything: what y shares stays. */
    o = apply(o, "{}", "x", false, &n);
    assert_string_equal(part(o, "size"), "1");
    assert_string_equal(part(o, "rules"), "[{'name':'b','match':'n'}]");
    o = apply(o, "{'atomic':['q','r']}", "z", true, &n);
    assert_string_equal(part(o, "atomic"), "['q','r']");
    /* y has lost atomic to z, so dropping it changes nothing. */
    o = apply(o, "{'size':1}", "y", false, &n);
    assert_string_equal(part(o, "atomic"), "['q','r']");
    assert_string_equal(part(o, "rules"), "[]");
}

static void writes_take_what_they_change(void **state)
{
    (void)state;
    size_t n;
    const act_json *o = apply(NULL, "{'size':1,'atomic':['p']}", "x", false, &n);
    const act_json *changed = json_of("{'size':2,'atomic':['p']}"), *after = NULL;
    act_field_writer w = writer("hand");
    assert_int_equal(act_managed_update(test_arena, &schema, o, changed, &w, &after), 0);
    assert_null(apply(after, "{'size':1,'atomic':['p']}", "x", false, &n));
    assert_non_null(apply(after, "{'size':2,'atomic':['p']}", "x", false, &n));
    /* Without managers, all there is belongs to somebody else. */
    assert_null(apply(json_of("{'size':5}"), "{'size':6}", "x", false, &n));
    assert_non_null(apply(json_of("{'size':5}"), "{'size':5}", "x", false, &n));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sets_have_an_algebra),
        cmocka_unit_test(values_have_fields),
        cmocka_unit_test(applies_merge_conflict_and_let_go),
        cmocka_unit_test(writes_take_what_they_change),
    };
    return cmocka_run_group_tests(tests, test_arena_setup, test_arena_teardown);
}
