#include "net/gzip.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"

#include <cmocka.h>

static act_buf pack(act_str s)
{
    act_buf out = ACT_BUF_INIT;
    assert_int_equal(act_gzip_deflate(s, 6, &out), ACT_OK);
    return out;
}

static void round_trip_keeps_bytes_and_what_was_there(void **state)
{
    (void)state;
    static char data[200000];
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (char)(i * i >> 7);
    static const size_t sizes[] = { 0, 1, 1000, 65535, 65536, 65537, sizeof data };
    for (size_t i = 0; i < ACT_COUNT(sizes); i++) {
        act_str in = act_str_from(data, sizes[i]);
        act_buf packed = pack(in), out = ACT_BUF_INIT;
        act_buf_add(&out, ACT_STR("head"));
        assert_int_equal(act_gzip_inflate(act_buf_str(&packed), sizes[i], &out), ACT_OK);
        assert_true(act_str_eq(act_str_cut(act_buf_str(&out), 4), in));
        assert_true(act_str_starts(act_buf_str(&out), ACT_STR("head")));
        if (sizes[i]) {
            assert_int_equal(act_gzip_inflate(act_buf_str(&packed), sizes[i] - 1, &out),
                             ACT_ELIMIT);
            assert_int_equal(out.len, 4 + sizes[i]); /* untouched, usable */
            assert_int_equal(act_buf_err(&out), ACT_OK);
        }
        act_buf_done(&packed);
        act_buf_done(&out);
    }
}

static void bomb_stops_at_the_limit(void **state)
{
    (void)state;
    char *zeros = calloc(1, 64 << 20);
    act_buf packed = pack(act_str_from(zeros, 64 << 20)), out = ACT_BUF_INIT;
    free(zeros);
    assert_true(packed.len < 100000);
    assert_int_equal(act_gzip_inflate(act_buf_str(&packed), 1 << 20, &out), ACT_ELIMIT);
    assert_true(out.size <= 4 << 20); /* memory that was ever taken */
    act_buf_done(&packed);
    act_buf_done(&out);
}

static void several_members_are_one_file_and_trailing_bytes_an_error(void **state)
{
    (void)state;
    act_buf a = pack(ACT_STR("one ")), b = pack(ACT_STR("two")), out = ACT_BUF_INIT;
    act_buf_add(&a, act_buf_str(&b));
    assert_int_equal(act_gzip_inflate(act_buf_str(&a), 7, &out), ACT_OK);
    assert_true(act_str_eq_cstr(act_buf_str(&out), "one two"));
    assert_int_equal(act_gzip_inflate(act_buf_str(&a), 6, &out), ACT_ELIMIT);
    act_buf_add(&a, ACT_STR("junk"));
    assert_int_equal(act_gzip_inflate(act_buf_str(&a), 100, &out), ACT_EPARSE);
    act_buf_done(&a);
    act_buf_done(&b);
    act_buf_done(&out);
}

static void damage_is_an_error_wherever_it_is(void **state)
{
    (void)state;
    const act_str text = ACT_STR("some text that is long enough, some text to repeat");
    act_buf good = pack(text), out = ACT_BUF_INIT;
    for (size_t n = 0; n < good.len; n++) /* cut short */
        assert_int_equal(act_gzip_inflate(act_str_head(act_buf_str(&good), n), 1000, &out),
                         ACT_EPARSE);
    for (size_t i = 0; i < good.len; i++) { /* a flipped bit: refused or harmless */
        good.ptr[i] ^= 4;
        int err = act_gzip_inflate(act_buf_str(&good), 1000, &out);
        good.ptr[i] ^= 4;
        assert_true(err == ACT_EPARSE ||
                    (err == ACT_OK && act_str_eq(act_buf_str(&out), text)));
        act_buf_clear(&out);
    }
    assert_int_equal(act_gzip_inflate(ACT_STR("\x78\x9c\x03\x00\x00\x00\x00\x01"), 9, &out),
                     ACT_EPARSE); /* zlib, not gzip */
    act_buf_done(&good);
    act_buf_done(&out);
}

static void memory_may_end_anywhere(void **state)
{
    (void)state;
    act_buf packed = pack(ACT_STR("text"));
    for (size_t n = 0;; n++) {
        act_buf out = ACT_BUF_INIT;
        act_fail_after(n);
        int err = act_gzip_inflate(act_buf_str(&packed), 100, &out);
        act_fail_after(SIZE_MAX);
        assert_true(err == ACT_OK || err == ACT_ENOMEM);
        act_buf_done(&out);
        if (!err)
            break;
    }
    act_buf small = { .cap = 5 };
    assert_int_equal(act_gzip_deflate(ACT_STR("text"), 6, &small), ACT_ELIMIT);
    assert_int_equal(act_buf_err(&small), ACT_OK);
    assert_int_equal(act_gzip_deflate(ACT_STR("text"), 0, &small), ACT_EINVAL);
    act_buf_done(&small);
    act_buf_done(&packed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trip_keeps_bytes_and_what_was_there),
        cmocka_unit_test(bomb_stops_at_the_limit),
        cmocka_unit_test(several_members_are_one_file_and_trailing_bytes_an_error),
        cmocka_unit_test(damage_is_an_error_wherever_it_is),
        cmocka_unit_test(memory_may_end_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
