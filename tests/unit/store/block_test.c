#include "store/block.h"

#include "base/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static const act_store_column all_types[] = {
    { "s", ACT_STORE_STRING },  { "a", ACT_STORE_U8 },      { "b", ACT_STORE_U16 },
    { "c", ACT_STORE_U32 },     { "d", ACT_STORE_U64 },     { "e", ACT_STORE_I32 },
    { "f", ACT_STORE_I64 },     { "g", ACT_STORE_F64 },     { "h", ACT_STORE_TIME_MS },
    { "i", ACT_STORE_TIME_US }, { "l", ACT_STORE_STRINGS }, { "m", ACT_STORE_MAP },
};

static void every_type_has_its_bytes(void **state)
{
    (void)state;
    ACT_AUTO(act_store_block) b = NULL;
    assert_int_equal(act_store_block_new("db.t", all_types, ACT_COUNT(all_types), &b),
                     ACT_OK);
    act_store_add_str(b, ACT_STR("x\0y"));
    act_store_add_u64(b, 0xff);
    act_store_add_u64(b, 0x0102);
    act_store_add_u64(b, 0x01020304);
    act_store_add_u64(b, UINT64_MAX);
    act_store_add_i64(b, -2);
    act_store_add_i64(b, INT64_MIN);
    act_store_add_f64(b, 1.0);
    act_store_add_i64(b, -1);
    act_store_add_i64(b, 1);
    act_store_add_strs(b, (act_str[]){ ACT_STR(""), ACT_STR("z") }, 2);
    act_store_add_map(b, NULL);
    act_str want = ACT_STR("\3x\0y"
                           "\xff"
                           "\x02\x01"
                           "\x04\x03\x02\x01"
                           "\xff\xff\xff\xff\xff\xff\xff\xff"
                           "\xfe\xff\xff\xff"
                           "\0\0\0\0\0\0\0\x80"
                           "\0\0\0\0\0\0\xf0\x3f"
                           "\xff\xff\xff\xff\xff\xff\xff\xff"
                           "\1\0\0\0\0\0\0\0"
                           "\2\0\1z"
                           "\0");
    assert_true(act_str_eq(act_store_block_data(b), want));
    assert_int_equal(act_store_block_rows(b), 1);
    assert_int_equal(act_store_block_bytes(b), want.len);
    assert_true(act_str_eq_cstr(act_store_block_table(b), "db.t"));
    assert_true(act_str_starts(act_store_block_column_list(b), ACT_STR("`s`, `a`, `b`")));
}

static void lengths_are_varints(void **state)
{
    (void)state;
    static const struct {
        size_t len;
        const char *prefix;
        size_t prefix_len;
    } cases[] = {
        { 0, "\0", 1 },           { 127, "\x7f", 1 },         { 128, "\x80\x01", 2 },
        { 16383, "\xff\x7f", 2 }, { 16384, "\x80\x80\1", 3 },
    };
    static char text[16384];
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        ACT_AUTO(act_store_block) b = NULL;
        assert_int_equal(act_store_block_new("t", all_types, 1, &b), ACT_OK);
        act_store_add_str(b, act_str_from(text, cases[i].len));
        act_str data = act_store_block_data(b);
        assert_int_equal(data.len, cases[i].prefix_len + cases[i].len);
        assert_memory_equal(data.ptr, cases[i].prefix, cases[i].prefix_len);
    }
}

static void a_cleared_block_starts_again(void **state)
{
    (void)state;
    ACT_AUTO(act_store_block) b = NULL;
    assert_int_equal(act_store_block_new("t", all_types, 2, &b), ACT_OK);
    act_store_add_str(b, ACT_STR("half a row"));
    act_store_block_clear(b);
    assert_int_equal(act_store_block_rows(b), 0);
    assert_int_equal(act_store_block_bytes(b), 0);
    act_store_add_str(b, ACT_STR("a"));
    act_store_add_u64(b, 1);
    assert_int_equal(act_store_block_rows(b), 1);
    assert_int_equal(act_store_block_err(b), ACT_OK);
}

static int build(void)
{
    ACT_AUTO(act_store_block) b = NULL;
    int err = act_store_block_new("t", all_types, 1, &b);
    for (int i = 0; !err && i < 100; i++)
        act_store_add_str(b, ACT_STR("some text that makes the buffer grow"));
    return err ? err : act_store_block_err(b);
}

static void running_out_of_memory_is_reported(void **state)
{
    (void)state;
    size_t failures = 0;
    for (size_t n = 0;; n++) {
        act_fail_after(n);
        int err = build();
        act_fail_after(SIZE_MAX);
        if (err == ACT_OK)
            break;
        assert_int_equal(err, ACT_ENOMEM);
        failures++;
    }
    assert_true(failures >= 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_has_its_bytes),
        cmocka_unit_test(lengths_are_varints),
        cmocka_unit_test(a_cleared_block_starts_again),
        cmocka_unit_test(running_out_of_memory_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
