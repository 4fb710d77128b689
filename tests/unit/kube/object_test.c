/* Metadata: what the server sets on create and keeps on update, and what it refuses. */
#include "kube/object.h"

#include "support.h"

static void fill_sevens(void *ctx, void *out, size_t n)
{
    (void)ctx;
    memset(out, 7, n);
}

static const act_random sevens = { fill_sevens, NULL };
#define NOW (INT64_C(1769846400) * ACT_NS_PER_S) /* 2026-01-31T08:00:00Z */

static void create_sets_what_is_the_servers(void **state)
{
    (void)state;
    const act_json *o = NULL;
    assert_int_equal(
        act_object_prepare_create(
            test_arena,
            json_of(
                "{'metadata':{'generateName':'p-','uid':'mine','resourceVersion':'9',"
                "'generation':5,'deletionTimestamp':'x','labels':{'a':'b'}},'spec':{}}"),
            NOW, sevens, &o),
        0);
    assert_string_equal(text_of(o),
                        "{'metadata':{'generateName':'p-',"
                        "'uid':'07070707-0707-4707-8707-070707070707','generation':1,"
                        "'labels':{'a':'b'},'name':'p-kkkkk',"
                        "'creationTimestamp':'2026-01-31T08:00:00Z'},'spec':{}}");
    assert_int_equal(act_object_prepare_create(
                         test_arena, json_of("{'metadata':{'name':'n'}}"), NOW, sevens, &o),
                     0);
    assert_true(act_str_eq_cstr(act_object_meta(o, "name"), "n"));
}

static void update_keeps_what_was_set(void **state)
{
    (void)state;
    const act_json *before = json_of("{'metadata':{'name':'n','uid':'u','generation':3,"
                                     "'creationTimestamp':'t'},'spec':1}");
    const act_json *after = json_of("{'metadata':{'name':'n','uid':'x','generation':99,"
                                    "'labels':{'a':'b'}},'spec':2}");
    const act_json *o = NULL;
    assert_int_equal(act_object_prepare_update(test_arena, before, after, true, &o), 0);
    assert_true(act_str_eq_cstr(act_object_meta(o, "uid"), "u"));
    assert_true(act_str_eq_cstr(act_object_meta(o, "creationTimestamp"), "t"));
    assert_int_equal(act_object_generation(o), 4);
    assert_int_equal(act_object_prepare_update(test_arena, before, after, false, &o), 0);
    assert_int_equal(act_object_generation(o), 3);
}

/* Field of the only problem, or "" when there is none. */
static const char *problem_of(const char *metadata)
{
    char text[4096];
    (void)snprintf(text, sizeof text, "{'metadata':%s}", metadata);
    act_problems p = act_problems_in(test_arena);
    act_object_check_meta(json_of(text), &p);
    assert_true(p.count <= 1);
    static char field[128];
    (void)snprintf(field, sizeof field, "%.*s",
                   ACT_STR_ARG(p.first ? p.first->field : ACT_STR("")));
    return field;
}

static void metadata_is_checked(void **state)
{
    (void)state;
    assert_string_equal(problem_of("{'name':'a.b-c'}"), "");
    assert_string_equal(problem_of("{'name':'A_b:c'}"), "");
    assert_string_equal(problem_of("{}"), "metadata.name");
    assert_string_equal(problem_of("{'name':'..'}"), "metadata.name");
    assert_string_equal(problem_of("{'name':'a/b'}"), "metadata.name");
    assert_string_equal(problem_of("{'name':'a%b'}"), "metadata.name");
    assert_string_equal(problem_of("{'name':'a','namespace':'n'}"), "metadata.namespace");
    assert_string_equal(problem_of("{'name':'a','labels':{'x.y/z':'V_1.a'}}"), "");
    assert_string_equal(problem_of("{'name':'a','labels':{'x':''}}"), "");
    assert_string_equal(problem_of("{'name':'a','labels':{'-x':'v'}}"), "metadata.labels");
    assert_string_equal(problem_of("{'name':'a','labels':{'X.y/z':'v'}}"),
                        "metadata.labels");
    assert_string_equal(problem_of("{'name':'a','labels':{'x':'v '}}"), "metadata.labels");
    assert_string_equal(problem_of("{'name':'a','annotations':{'x y':'any \\u00e4'}}"),
                        "metadata.annotations");
    assert_string_equal(problem_of("{'name':'a','annotations':{'xy':'any \\u00e4'}}"), "");
    assert_string_equal(problem_of("{'name':'a','finalizers':['example.org/x']}"), "");
    assert_string_equal(problem_of("{'name':'a','finalizers':['x']}"),
                        "metadata.finalizers");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(create_sets_what_is_the_servers),
        cmocka_unit_test(update_keeps_what_was_set),
        cmocka_unit_test(metadata_is_checked),
    };
    return cmocka_run_group_tests(tests, test_arena_setup, test_arena_teardown);
}
