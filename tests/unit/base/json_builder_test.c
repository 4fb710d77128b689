#include "base/json_builder.h"

#include "base/json_write.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void assert_text(const act_json *v, const char *wanted)
{
    act_buf b = ACT_BUF_INIT;
    act_json_writer w = act_json_writer_on(&b);
    act_jw_value(&w, v);
    act_buf_add_byte(&b, '\0');
    assert_string_equal(b.ptr, wanted);
    act_buf_done(&b);
}

static void pieces_make_objects_and_arrays(void **state)
{
    (void)state;
    ACT_AUTO(act_arena) a = NULL;
    act_json v, list;
    assert_int_equal(act_arena_new(1 << 20, 0, &a), 0);
    act_json_array_builder items = act_json_array_in(a);
    assert_int_equal(act_json_array_built(&items, &list), 0);
    assert_text(&list, "[]");
    for (int i = 0; i < 20; i++)
        act_json_array_add(&items, act_json_of_i64(i));
    assert_int_equal(act_json_array_built(&items, &list), 0);
    assert_text(&list, "[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19]");

    act_json_object_builder b = act_json_object_in(a);
    assert_int_equal(act_json_object_built(&b, &v), 0);
    assert_text(&v, "{}");
    act_json_object_add(&b, ACT_STR("x"), act_json_of_i64(1));
    act_json_object_add(&b, ACT_STR("y"), act_json_of_i64(2));
    act_json_object_add(&b, ACT_STR("x"), act_json_of_i64(3));
    assert_int_equal(act_json_object_built(&b, &v), 0);
    assert_text(&v, "{\"x\":3,\"y\":2}");
}

static void many_members_are_found(void **state)
{
    (void)state;
    enum { MANY = 5000 };
    ACT_AUTO(act_arena) a = NULL;
    act_json v;
    assert_int_equal(act_arena_new(16 << 20, 0, &a), 0);
    act_json_object_builder b = act_json_object_in(a);
    for (int i = 0; i < MANY; i++) {
        act_str key;
        assert_int_equal(act_arena_printf(a, &key, "key-%d", i), 0);
        act_json_object_add(&b, key, act_json_of_i64(i));
    }
    assert_int_equal(act_json_object_built(&b, &v), 0);
    assert_int_equal(v.count, MANY);
    assert_true(v.indexed);
    assert_int_equal(act_json_get(&v, ACT_STR("key-4711"))->as.i64, 4711);
    assert_null(act_json_get(&v, ACT_STR("key-5000")));
}

static void want_of_memory_is_told_at_the_end(void **state)
{
    (void)state;
    ACT_AUTO(act_arena) a = NULL;
    assert_int_equal(act_arena_new(600, 600, &a), 0);
    act_json_object_builder b = act_json_object_in(a);
    act_json_array_builder items = act_json_array_in(a);
    act_json v = act_json_of_i64(7);
    for (int i = 0; i < 100; i++) {
        act_json_object_add(&b, ACT_STR("same"), act_json_of_null());
        act_json_array_add(&items, act_json_of_null());
    }
    assert_int_equal(act_json_object_built(&b, &v), ACT_ENOMEM);
    assert_int_equal(act_json_array_built(&items, &v), ACT_ENOMEM);
    assert_int_equal(v.as.i64, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_make_objects_and_arrays),
        cmocka_unit_test(many_members_are_found),
        cmocka_unit_test(want_of_memory_is_told_at_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
