#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cel/utf8.h"

#define MIXED "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z" /* a, e acute, euro, smiley, z */

static void code_points_are_counted_and_found(void **state)
{
    (void)state;
    act_str s = ACT_STR(MIXED);
    static const size_t at[] = { 0, 1, 3, 6, 10, 11 };
    assert_int_equal(cel_utf8_count(s), 5);
    for (size_t i = 0; i < ACT_COUNT(at); i++)
        assert_int_equal(cel_utf8_offset(s, i), at[i]);
    assert_true(cel_utf8_offset(s, 6) == SIZE_MAX);
    assert_int_equal(cel_utf8_count(ACT_STR("")), 0);
    assert_int_equal(cel_utf8_offset(ACT_STR(""), 0), 0);
    assert_int_equal(cel_utf8_count(ACT_STR(MIXED MIXED MIXED)), 15);
}

static void code_points_go_there_and_back(void **state)
{
    (void)state;
    static const uint32_t codes[] = {
        0, 0x7f, 0x80, 0x7ff, 0x800, 0xffff, 0x10000, 0x10ffff
    };
    for (size_t i = 0; i < ACT_COUNT(codes); i++) {
        char bytes[4];
        size_t n = cel_utf8_encode(codes[i], bytes);
        size_t at = 0;
        assert_int_equal(cel_utf8_width(bytes[0]), n);
        assert_int_equal(cel_utf8_next(act_str_from(bytes, n), &at), codes[i]);
        assert_int_equal(at, n);
    }
}

static void broken_text_stays_in_bounds(void **state)
{
    (void)state;
    static const char *const broken[] = { "\xf0", "\xe2\x82", "\x80\x80", "a\xff", "\xc3" };
    for (size_t i = 0; i < ACT_COUNT(broken); i++) {
        /* A copy of the exact size, so that a sanitizer sees a read too many. */
        size_t n = strlen(broken[i]);
        char *copy = malloc(n);
        memcpy(copy, broken[i], n);
        act_str s = act_str_from(copy, n);
        for (size_t at = 0; at < n;)
            (void)cel_utf8_next(s, &at);
        (void)cel_utf8_trim(s);
        (void)cel_utf8_count(s);
        free(copy);
    }
}

static void trim_takes_white_space_only(void **state)
{
    (void)state;
    assert_true(act_str_eq(
        cel_utf8_trim(ACT_STR(" \t\r\n\f\v\xc2\xa0\xe2\x80\x83x y\xe3\x80\x80\xc2\x85 ")),
        ACT_STR("x y")));
    assert_int_equal(cel_utf8_trim(ACT_STR(" \xe2\x80\xa8 ")).len, 0);
    /* zero-width space and joiner stay */
    assert_int_equal(cel_utf8_trim(ACT_STR("\xe2\x80\x8b")).len, 3);
    assert_int_equal(cel_utf8_trim(ACT_STR("\xef\xbb\xbf")).len, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(code_points_are_counted_and_found),
        cmocka_unit_test(code_points_go_there_and_back),
        cmocka_unit_test(broken_text_stays_in_bounds),
        cmocka_unit_test(trim_takes_white_space_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
