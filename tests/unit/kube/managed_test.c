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
                        "{'f:a':{},'f:b':{'.':{},'f:c':{},'f:d':{}},'f:e':{}}");
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
        "{'f:rules':{'k:{\\'name\\':\\'a\\'}':{'.':{},'f:name':{},'f:match':{}}},"
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
    assert_string_equal(part(o, "rules"), "-");
}

static const char *meta(const act_json *object, const char *key)
{
    return part(act_json_get(object, ACT_STR("metadata")), key);
}

/* The fields of manager @who, or "-"; and how many managers there are. */
static const char *fields_of(const act_json *object, const char *who, size_t *ret_n)
{
    const act_json *m = act_json_get(object, ACT_STR("metadata"));
    const act_json *items =
        act_json_items(act_json_get(m, ACT_STR("managedFields")), ret_n);
    for (size_t i = 0; i < *ret_n; i++)
        if (act_json_is(act_json_get(&items[i], ACT_STR("manager")), act_str_cstr(who)))
            return part(&items[i], "fieldsV1");
    return "-";
}

static const act_json *update(const act_json *before, const act_json *after,
                              const char *who)
{
    const act_json *written = NULL;
    act_field_writer w = writer(who);
    assert_int_equal(act_managed_update(test_arena, &schema, before, after, &w, &written),
                     0);
    return written;
}

static void items_come_in_the_order_applied(void **state)
{
    (void)state;
    static const char *const rows[][3] = {
        { "[1,2]", "[2,3,1]", "[2,3,1]" },       { "[9,1,2]", "[1]", "[9,1,2]" },
        { "[1,9,2]", "[2,1]", "[9,2,1]" },       { "[1,2]", "[1,3]", "[1,2,3]" },
        { "[1,2,3]", "[3,2,1]", "[3,2,1]" },     { "[]", "[2,1]", "[2,1]" },
        { "[1,8,2,9]", "[7,2]", "[1,8,7,2,9]" },
    };
    static const act_schema set = { .type = ACT_SCHEMA_LIST,
                                    .items = &act_schema_int32,
                                    .is_set = true };
    act_json merged;
    for (size_t i = 0; i < ACT_COUNT(rows); i++) {
        assert_int_equal(act_typed_merge(test_arena, &set, json_of(rows[i][0]),
                                         json_of(rows[i][1]), &merged),
                         0);
        assert_string_equal(text_of(&merged), rows[i][2]);
    }
}

static void finalizers_and_owners_are_shared(void **state)
{
    (void)state;
    size_t n;
    const act_json *o =
        apply(NULL,
              "{'metadata':{'finalizers':['x/a'],'ownerReferences':[{'uid':'1','name':'n',"
              "'kind':'K','apiVersion':'v1'}]}}",
              "x", false, &n);
    o = apply(o, "{'metadata':{'finalizers':['y/b']}}", "y", false, &n);
    assert_string_equal(meta(o, "finalizers"), "['x/a','y/b']");
    assert_string_equal(fields_of(o, "y", &n),
                        "{'f:metadata':{'f:finalizers':{'v:\\'y/b\\'':{}}}}");
    assert_string_equal(fields_of(o, "x", &n),
                        "{'f:metadata':{'f:finalizers':{'v:\\'x/a\\'':{}},"
                        "'f:ownerReferences':{'k:{\\'uid\\':\\'1\\'}':{}}}}");
    o = apply(o, "{}", "x", false, &n);
    assert_string_equal(meta(o, "finalizers"), "['y/b']");
    assert_string_equal(meta(o, "ownerReferences"), "-");
}

static void containers_go_with_their_last_field(void **state)
{
    (void)state;
    size_t n;
    const act_json *o =
        apply(NULL, "{'size':1,'metadata':{'labels':{'a':'1'}}}", "x", false, &n);
    o = apply(o, "{'size':1}", "x", false, &n);
    assert_string_equal(meta(o, "labels"), "-");
    /* Not when somebody made it for itself. */
    o = update(NULL, json_of("{'metadata':{'labels':{}}}"), "hand");
    o = apply(o, "{'metadata':{'labels':{'a':'1'}}}", "x", false, &n);
    o = apply(o, "{}", "x", false, &n);
    assert_string_equal(meta(o, "labels"), "{}");
}

static void new_containers_belong_to_who_makes_them(void **state)
{
    (void)state;
    size_t n;
    const act_json *o = update(
        NULL, json_of("{'metadata':{'name':'o','labels':{'a':'1'}},'size':1}"), "hand");
    assert_string_equal(fields_of(o, "hand", &n),
                        "{'f:metadata':{'f:labels':{'.':{},'f:a':{}}},'f:size':{}}");
    o = update(o, json_of("{'metadata':{'name':'o','labels':{}},'size':1}"), "other");
    assert_string_equal(fields_of(o, "hand", &n),
                        "{'f:metadata':{'f:labels':{}},'f:size':{}}");
    assert_int_equal(n, 1);
    o = update(o, json_of("{'metadata':{'name':'o'},'size':1}"), "other");
    assert_string_equal(fields_of(o, "hand", &n), "{'f:size':{}}");
}

static void clients_may_hand_fields_over(void **state)
{
    (void)state;
    size_t n;
    const act_json *o = update(NULL, json_of("{'size':1,'metadata':{}}"), "hand");
    const act_json *mine =
        json_of("{'size':1,'metadata':{'managedFields':[{'manager':'x','operation':'Apply',"
                "'apiVersion':'example.org/v1','fieldsType':'FieldsV1','time':"
                "'2026-01-31T08:00:00Z','fieldsV1':{'f:size':{}}}]}}");
    const act_json *handed = update(o, mine, "hand");
    assert_string_equal(fields_of(handed, "x", &n), "{'f:size':{}}");
    assert_int_equal(n, 1);
    assert_non_null(apply(handed, "{'size':2}", "x", false, &n));

    /* Left out, or not understood: as it was. One empty entry: forgotten. */
    static const char *const kept[] = {
        "{'size':1,'metadata':{}}", "{'size':1,'metadata':{'managedFields':[]}}",
        "{'size':1,'metadata':{'managedFields':[{'manager':'x','operation':'Dance'}]}}",
        "{'size':1,'metadata':{'managedFields':[{'manager':'x','operation':'Apply',"
        "'fieldsType':'FieldsV1','fieldsV1':{'size':{}}}]}}"
    };
    for (size_t i = 0; i < ACT_COUNT(kept); i++)
        assert_string_equal(fields_of(update(o, json_of(kept[i]), "hand"), "hand", &n),
                            "{'f:size':{}}");
    o = update(o, json_of("{'size':1,'metadata':{'managedFields':[{}]}}"), "hand");
    assert_string_equal(meta(o, "managedFields"), "-");
}

static void old_updaters_become_one(void **state)
{
    (void)state;
    size_t n;
    const act_json *o = json_of("{'metadata':{'labels':{}}}");
    for (int i = 0; i < 15; i++) {
        act_str label;
        act_json next;
        act_str who;
        act_str path[] = { ACT_STR("metadata"), ACT_STR("labels"), { 0 } };
        assert_int_equal(act_arena_printf(test_arena, &label, "l%d", i), 0);
        path[2] = label;
        assert_int_equal(
            act_json_with_path(test_arena, o, path, 3, act_json_of_string(label), &next),
            0);
        assert_int_equal(act_arena_printf(test_arena, &who, "w%02d", i), 0);
        o = update(o, &next, who.ptr);
    }
    assert_string_equal(fields_of(o, "w14", &n),
                        "{'f:metadata':{'f:labels':{'f:l14':{}}}}");
    assert_int_equal(n, 10);
    assert_string_equal(fields_of(o, "ancient-changes", &n),
                        "{'f:metadata':{'f:labels':{'f:l0':{},'f:l1':{},'f:l2':{},"
                        "'f:l3':{},'f:l4':{},'f:l5':{}}}}");
    assert_string_equal(fields_of(o, "w00", &n), "-");
}

static void subresources_have_managers_of_their_own(void **state)
{
    (void)state;
    size_t n;
    act_problems conflicts = act_problems_in(test_arena);
    const act_json *o = apply(NULL, "{'size':1,'status':{'a':1}}", "x", false, &n);
    const act_json *after = NULL;
    assert_string_equal(fields_of(o, "x", &n), "{'f:size':{}}");
    act_field_writer w = writer("ctl");
    w.subresource = ACT_STR("status");
    assert_int_equal(act_managed_update(test_arena, &schema, o,
                                        json_of("{'size':1,'status':{'b':2}}"), &w, &after),
                     0);
    assert_string_equal(fields_of(after, "ctl", &n), "{'f:status':{}}");
    w.manager = ACT_STR("other");
    assert_int_equal(act_managed_apply(test_arena, &schema, after,
                                       json_of("{'status':{'b':3}}"), &w, false, &conflicts,
                                       &after),
                     ACT_ECONFLICT);
    assert_non_null(strstr(conflicts.first->detail.ptr,
                           "conflict with \"ctl\" with subresource \"status\" using "
                           "example.org/v1 at 2026-01-31T08:00:00Z"));
}

/* At every cap of memory the result is whole or ACT_ENOMEM. */
static void want_of_memory_is_told(void **state)
{
    (void)state;
    size_t n;
    const act_json *live = apply(
        NULL,
        "{'size':1,'rules':[{'name':'a','match':'m'}],'metadata':{'labels':{'a':'1'}}}",
        "x", false, &n);
    const act_json *applied = json_of("{'rules':[{'name':'b','match':'m'}]}");
    act_field_writer w = writer("x");
    int r = ACT_ENOMEM;
    for (size_t cap = 0; r; cap += 64) {
        ACT_AUTO(act_arena) a = NULL;
        const act_json *got = NULL;
        assert_int_equal(act_arena_new(cap, 0, &a), 0);
        act_problems conflicts = act_problems_in(a);
        r = act_managed_apply(a, &schema, live, applied, &w, false, &conflicts, &got);
        assert_true(r == 0 || (r == ACT_ENOMEM && !got));
        if (!r)
            assert_string_equal(part(got, "rules"), "[{'name':'b','match':'m'}]");
    }
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
        cmocka_unit_test(items_come_in_the_order_applied),
        cmocka_unit_test(finalizers_and_owners_are_shared),
        cmocka_unit_test(containers_go_with_their_last_field),
        cmocka_unit_test(new_containers_belong_to_who_makes_them),
        cmocka_unit_test(clients_may_hand_fields_over),
        cmocka_unit_test(old_updaters_become_one),
        cmocka_unit_test(subresources_have_managers_of_their_own),
        cmocka_unit_test(want_of_memory_is_told),
    };
    return cmocka_run_group_tests(tests, test_arena_setup, test_arena_teardown);
}
