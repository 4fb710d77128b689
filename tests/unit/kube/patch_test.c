/* Merge patches by the table of RFC 7396, JSON patches by the examples of RFC 6902,
 * strategic patches by their directives. */
#include "kube/patch.h"

#include "base/buf.h"
#include "support.h"

static void merge_patches_follow_the_rfc(void **state)
{
    (void)state;
    static const char *const rows[][3] = {
        { "{'a':'b'}", "{'a':'c'}", "{'a':'c'}" },
        { "{'a':'b'}", "{'b':'c'}", "{'a':'b','b':'c'}" },
        { "{'a':'b'}", "{'a':null}", "{}" },
        { "{'a':'b','b':'c'}", "{'a':null}", "{'b':'c'}" },
        { "{'a':['b']}", "{'a':'c'}", "{'a':'c'}" },
        { "{'a':'c'}", "{'a':['b']}", "{'a':['b']}" },
        { "{'a':{'b':'c'}}", "{'a':{'b':'d','c':null}}", "{'a':{'b':'d'}}" },
        { "{'a':[{'b':'c'}]}", "{'a':[1]}", "{'a':[1]}" },
        { "['a','b']", "['c','d']", "['c','d']" },
        { "{'a':'b'}", "['c']", "['c']" },
        { "{'a':'foo'}", "null", "null" },
        { "{'a':'foo'}", "'bar'", "'bar'" },
        { "{'e':null}", "{'a':1}", "{'e':null,'a':1}" },
        { "[1,2]", "{'a':'b','c':null}", "{'a':'b'}" },
        { "{}", "{'a':{'bb':{'ccc':null}}}", "{'a':{'bb':{}}}" },
    };
    for (size_t i = 0; i < ACT_COUNT(rows); i++) {
        act_json got;
        assert_int_equal(
            act_patch_merge(test_arena, json_of(rows[i][0]), json_of(rows[i][1]), &got), 0);
        assert_string_equal(text_of(&got), rows[i][2]);
    }
}

static void json_patches_follow_the_rfc(void **state)
{
    (void)state;
    static const char *const rows[][3] = {
        { "{'foo':'bar'}", "[{'op':'add','path':'/baz','value':'qux'}]",
          "{'foo':'bar','baz':'qux'}" },
        { "{'foo':['bar','baz']}", "[{'op':'add','path':'/foo/1','value':'qux'}]",
          "{'foo':['bar','qux','baz']}" },
        { "{'foo':['bar']}", "[{'op':'add','path':'/foo/-','value':['abc']}]",
          "{'foo':['bar',['abc']]}" },
        { "{'baz':'qux','foo':'bar'}", "[{'op':'remove','path':'/baz'}]", "{'foo':'bar'}" },
        { "{'foo':['bar','qux','baz']}", "[{'op':'remove','path':'/foo/1'}]",
          "{'foo':['bar','baz']}" },
        { "{'baz':'qux'}", "[{'op':'replace','path':'/baz','value':'boo'}]",
          "{'baz':'boo'}" },
        { "{'foo':{'bar':'baz','w':'fred'},'qux':{'c':'g'}}",
          "[{'op':'move','from':'/foo/w','path':'/qux/thud'}]",
          "{'foo':{'bar':'baz'},'qux':{'c':'g','thud':'fred'}}" },
        { "{'foo':['all','grass','cows','eat']}",
          "[{'op':'move','from':'/foo/1','path':'/foo/3'}]",
          "{'foo':['all','cows','eat','grass']}" },
        { "{'baz':'qux','foo':['a',2,'c']}",
          "[{'op':'test','path':'/baz','value':'qux'},{'op':'test','path':'/foo/"
          "1','value':2}]",
          "{'baz':'qux','foo':['a',2,'c']}" },
        { "{'/':9,'~1':10}",
          "[{'op':'replace','path':'/~1','value':1},"
          "{'op':'replace','path':'/~01','value':2}]",
          "{'/':1,'~1':2}" },
        { "{'a':{'b':1}}", "[{'op':'copy','from':'/a','path':'/c'}]",
          "{'a':{'b':1},'c':{'b':1}}" },
        { "{'a':1}", "[{'op':'replace','path':'','value':{'b':2}}]", "{'b':2}" },
    };
    for (size_t i = 0; i < ACT_COUNT(rows); i++) {
        act_json got;
        act_err e = ACT_ERR_INIT;
        int r =
            act_patch_json(test_arena, json_of(rows[i][0]), json_of(rows[i][1]), &got, &e);
        if (r)
            fail_msg("%s: %s", rows[i][1], e.text);
        assert_string_equal(text_of(&got), rows[i][2]);
    }
}

static void bad_json_patches_are_told(void **state)
{
    (void)state;
    static const struct {
        const char *patch;
        int err;
    } rows[] = {
        { "{}", ACT_EPARSE },
        { "[{'op':'add','path':'/a'}]", ACT_EPARSE },
        { "[{'op':'fly','path':'/a','value':1}]", ACT_EPARSE },
        { "[{'op':'add','path':'a','value':1}]", ACT_EPARSE },
        { "[{'op':'add','path':'/~2','value':1}]", ACT_EPARSE },
        { "[{'op':'remove','path':'/none'}]", ACT_EINVAL },
        { "[{'op':'replace','path':'/none','value':1}]", ACT_EINVAL },
        { "[{'op':'add','path':'/list/3','value':1}]", ACT_EINVAL },
        { "[{'op':'add','path':'/list/01','value':1}]", ACT_EINVAL },
        { "[{'op':'add','path':'/none/deep','value':1}]", ACT_EINVAL },
        { "[{'op':'test','path':'/a','value':2}]", ACT_EINVAL },
        { "[{'op':'move','from':'/o','path':'/o/x'}]", ACT_EINVAL },
        { "[{'op':'remove','path':''}]", ACT_EINVAL },
    };
    for (size_t i = 0; i < ACT_COUNT(rows); i++) {
        act_json got = { .type = ACT_JSON_BOOL };
        act_err e = ACT_ERR_INIT;
        int r = act_patch_json(test_arena, json_of("{'a':1,'list':[1,2],'o':{}}"),
                               json_of(rows[i].patch), &got, &e);
        if (r != rows[i].err)
            fail_msg("%s: %s, not %s", rows[i].patch, act_errname(r),
                     act_errname(rows[i].err));
        assert_true(got.type == ACT_JSON_BOOL);
        assert_true(strlen(e.text) > 0);
    }
}

static void strategic_patches_follow_directives(void **state)
{
    (void)state;
    static const char *const rows[][3] = {
        { "{'a':'b','c':{'d':1}}", "{'a':null,'c':{'e':2}}", "{'c':{'d':1,'e':2}}" },
        { "{'l':[{'name':'x'},{'name':'y'}]}", "{'l':[{'name':'z'}]}",
          "{'l':[{'name':'z'}]}" },
        { "{'m':{'a':1}}", "{'m':{'$patch':'replace','b':2}}", "{'m':{'b':2}}" },
        { "{'m':{'a':1}}", "{'m':{'$patch':'delete'}}", "{'m':{}}" },
        { "{'m':{'a':1,'b':2}}", "{'m':{'$retainKeys':['b','c'],'c':3}}",
          "{'m':{'b':2,'c':3}}" },
        { "{'finalizers':['a','b']}", "{'finalizers':['b','c']}",
          "{'finalizers':['a','b','c']}" },
        { "{'finalizers':['a','b']}", "{'$deleteFromPrimitiveList/finalizers':['a']}",
          "{'finalizers':['b']}" },
        { "{'finalizers':['a']}", "{'finalizers':null}", "{}" },
        { "{'a':1}", "{'$deleteFromPrimitiveList/l':['a']}", "{'a':1}" },
        { "{'l':['a']}", "{'$setElementOrder/l':['b','a'],'l':['b','a']}",
          "{'l':['b','a']}" },
        { "{}", "{'m':{'a':{'b':null}}}", "{'m':{'a':{}}}" },
        { "{'ownerReferences':[{'uid':'1','name':'x'},{'uid':'2'}]}",
          "{'ownerReferences':[{'$patch':'delete','uid':'1'},{'$patch':'delete','uid':'7'}]"
          "}",
          "{'ownerReferences':[{'uid':'2'}]}" },
        { "{'ownerReferences':[{'uid':'1','name':'x'}]}",
          "{'ownerReferences':[{'uid':'3'},{'uid':'1','controller':true}]}",
          "{'ownerReferences':[{'uid':'1','name':'x','controller':true},{'uid':'3'}]}" },
        { "{}", "{'ownerReferences':[{'uid':'3'}]}", "{'ownerReferences':[{'uid':'3'}]}" },
        { "{'ownerReferences':[{'uid':'1'}]}", "{'ownerReferences':null}", "{}" },
        { "{'ownerReferences':[{'uid':'1'}]}",
          "{'ownerReferences':[{'$patch':'delete','uid':'1'}]}", "{}" },
        { "{'finalizers':['a']}", "{'$deleteFromPrimitiveList/finalizers':['a']}", "{}" },
    };
    static const char *const refused[] = { "{'ownerReferences':[{'name':'x'}]}",
                                           "{'ownerReferences':['x']}",
                                           "[]",
                                           "'text'",
                                           "{'m':{'$patch':'dance'}}",
                                           "{'m':{'$retainKeys':['b'],'c':3}}" };
    act_json got;
    for (size_t i = 0; i < ACT_COUNT(rows); i++) {
        act_err e = ACT_ERR_INIT;
        if (act_patch_strategic(test_arena, json_of(rows[i][0]), json_of(rows[i][1]), &got,
                                &e))
            fail_msg("%s: %s", rows[i][1], e.text);
        assert_string_equal(text_of(&got), rows[i][2]);
    }
    for (size_t i = 0; i < ACT_COUNT(refused); i++) {
        act_err e = ACT_ERR_INIT;
        assert_int_equal(act_patch_strategic(test_arena, json_of("{'m':{'a':1}}"),
                                             json_of(refused[i]), &got, &e),
                         ACT_EPARSE);
        assert_true(strlen(e.text) > 0);
    }
}

static void copies_of_copies_are_limited(void **state)
{
    (void)state;
    act_buf patch = ACT_BUF_INIT;
    act_json got;
    act_err e = ACT_ERR_INIT;
    act_buf_add_byte(&patch, '[');
    for (int i = 0; i < 40; i++) /* each doubles what /a holds */
        act_buf_printf(&patch, "%s{'op':'copy','from':'/a','path':'/a/%d'}",
                       i > 0 ? "," : "", i);
    act_buf_add(&patch, ACT_STR("]"));
    act_buf_add_byte(&patch, '\0');
    assert_int_equal(
        act_patch_json(test_arena, json_of("{'a':{'x':1}}"), json_of(patch.ptr), &got, &e),
        ACT_ELIMIT);
    assert_non_null(strstr(e.text, "copies too much"));
    act_buf_done(&patch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copies_of_copies_are_limited),
        cmocka_unit_test(merge_patches_follow_the_rfc),
        cmocka_unit_test(json_patches_follow_the_rfc),
        cmocka_unit_test(bad_json_patches_are_told),
        cmocka_unit_test(strategic_patches_follow_directives),
    };
    return cmocka_run_group_tests(tests, test_arena_setup, test_arena_teardown);
}
