#include "base/err.h"
#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void every_number_has_a_name_and_a_text(void **state)
{
    (void)state;
    assert_string_equal(act_errname(ACT_OK), "OK");
    assert_string_equal(act_errname(ACT_ENOMEM), "ENOMEM");
    assert_string_equal(act_strerror(ACT_ENOTFOUND), "no such object");
    assert_string_equal(act_errname(1), "?");
    assert_string_equal(act_errname(-1000), "?");
    assert_non_null(act_strerror(-1000));
#define CHECK(name, number, text)                                                          \
    assert_true(ACT_##name == -(number) && act_strerror(-(number))[0]);
    ACT_ERRORS(CHECK)
}

static void failing_returns_the_number_and_fills_the_detail(void **state)
{
    (void)state;
    act_err e = ACT_ERR_INIT;
    assert_int_equal(act_fail(NULL, ACT_EIO, "%d", 1), ACT_EIO);
    assert_int_equal(act_fail_at(NULL, ACT_EIO, 1, 2, 3, "%d", 1), ACT_EIO);
    assert_int_equal(act_fail_at(&e, ACT_EPARSE, 2, 3, 40, "bad %s", "x"), ACT_EPARSE);
    assert_string_equal(e.text, "bad x");
    assert_int_equal(e.line, 2);
    assert_int_equal(e.column, 3);
    assert_int_equal(e.offset, 40);
    assert_int_equal(act_fail(&e, ACT_EIO, "no place"), ACT_EIO);
    assert_int_equal(e.line + e.column + e.offset, 0);
}

/* Sentences of each length around the room there is, ending in 1- to 4-byte letters. */
static void long_sentences_are_cut_between_letters(void **state)
{
    (void)state;
    static const char *const letters[] = { "z", "\xC3\xA9", "\xE2\x82\xAC",
                                           "\xF0\x9F\x98\x80" };
    for (size_t i = 0; i < ACT_COUNT(letters); i++) {
        for (int pad = 500; pad < 515; pad++) {
            act_err e = ACT_ERR_INIT;
            (void)act_fail(&e, ACT_EIO, "%*s%s%s%s", pad, "", letters[i], letters[i],
                           letters[i]);
            act_str got = act_str_cstr(e.text);
            size_t width = strlen(letters[i]), whole = (size_t)pad + 3 * width;
            assert_true(got.len < sizeof e.text);
            assert_true(act_str_is_utf8(got));
            assert_true(got.len == whole || got.len + width >= sizeof e.text);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_number_has_a_name_and_a_text),
        cmocka_unit_test(failing_returns_the_number_and_fills_the_detail),
        cmocka_unit_test(long_sentences_are_cut_between_letters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
