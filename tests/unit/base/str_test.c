#include "base/str.h"
#include "base/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define assert_str(got, want) assert_true(act_str_eq_cstr((got), (want)))

static const act_str none = { 0 };

static void strings_compare_by_bytes_then_length(void **state)
{
    (void)state;
    assert_true(act_str_eq(none, ACT_STR("")));
    assert_true(act_str_eq(ACT_STR("a\0b"), ACT_STR("a\0b")));
    assert_false(act_str_eq(ACT_STR("a\0b"), ACT_STR("a\0c")));
    assert_false(act_str_eq(ACT_STR("a"), ACT_STR("ab")));
    assert_true(act_str_cmp(none, none) == 0);
    assert_true(act_str_cmp(none, ACT_STR("a")) < 0);
    assert_true(act_str_cmp(ACT_STR("ab"), ACT_STR("a")) > 0);
    assert_true(act_str_cmp(ACT_STR("a\xFF"), ACT_STR("ab")) > 0);
    assert_true(act_str_eq_nocase(ACT_STR("aBz"), ACT_STR("AbZ")));
    assert_false(
        act_str_eq_nocase(ACT_STR("["), ACT_STR("{"))); /* 0x5B, 0x7B: no letters */
    assert_false(act_str_eq_nocase(ACT_STR("a"), ACT_STR("ab")));
}

static void cutting_past_the_end_is_empty(void **state)
{
    (void)state;
    act_str s = ACT_STR("abc");
    assert_str(act_str_cut(s, 1), "bc");
    assert_int_equal(act_str_cut(s, 4).len, 0);
    assert_ptr_equal(act_str_cut(s, 4).ptr, s.ptr + 3);
    assert_int_equal(act_str_cut(none, 1).len, 0);
    assert_str(act_str_head(s, 2), "ab");
    assert_str(act_str_head(s, SIZE_MAX), "abc");
    assert_str(act_str_trim(ACT_STR(" \t\r\n a b \v\f")), "a b");
    assert_int_equal(act_str_trim(ACT_STR("  ")).len, 0);
}

static void finding_knows_both_ends(void **state)
{
    (void)state;
    act_str s = ACT_STR("a.b.c");
    assert_int_equal(act_str_find(s, ACT_STR(".c")), 3);
    assert_int_equal(act_str_find(s, ACT_STR("x")), SIZE_MAX);
    assert_int_equal(act_str_find(s, none), 0);
    assert_int_equal(act_str_find(none, s), SIZE_MAX);
    assert_int_equal(act_str_find_byte(s, '.'), 1);
    assert_int_equal(act_str_rfind_byte(s, '.'), 3);
    assert_int_equal(act_str_find_byte(none, '.'), SIZE_MAX);
    assert_int_equal(act_str_rfind_byte(none, '.'), SIZE_MAX);
    assert_true(act_str_starts(s, ACT_STR("a.")) && act_str_starts(s, none));
    assert_true(act_str_ends(s, ACT_STR(".c")) && act_str_ends(none, none));
    assert_false(act_str_starts(none, s) || act_str_ends(none, s));
}

static void split_walks_through_all_parts(void **state)
{
    (void)state;
    act_str head, left = act_str_split(ACT_STR("a..b"), '.', &head);
    assert_str(head, "a");
    left = act_str_split(left, '.', &head);
    assert_int_equal(head.len, 0);
    assert_non_null(left.ptr);
    left = act_str_split(left, '.', &head);
    assert_str(head, "b");
    assert_null(left.ptr);
    left = act_str_split(ACT_STR("a."), '.', &head); /* an empty last part is one */
    assert_non_null(left.ptr);
    assert_int_equal(left.len, 0);
}

static void numbers_are_taken_whole_and_in_range(void **state)
{
    (void)state;
    uint64_t u = 7;
    int64_t i = 7;
    assert_int_equal(act_str_to_u64(ACT_STR("18446744073709551615"), &u), ACT_OK);
    assert_true(u == UINT64_MAX);
    assert_int_equal(act_str_to_i64(ACT_STR("-9223372036854775808"), &i), ACT_OK);
    assert_true(i == INT64_MIN);
    assert_int_equal(act_str_to_i64(ACT_STR("9223372036854775807"), &i), ACT_OK);
    assert_true(i == INT64_MAX);
    static const char *const bad[] = { "",
                                       "-",
                                       "+1",
                                       " 1",
                                       "1 ",
                                       "1a",
                                       "0x1",
                                       "18446744073709551616",
                                       "99999999999999999999999" };
    for (size_t k = 0; k < ACT_COUNT(bad); k++) {
        assert_int_equal(act_str_to_u64(act_str_cstr(bad[k]), &u), ACT_EINVAL);
        assert_int_equal(act_str_to_i64(act_str_cstr(bad[k]), &i), ACT_EINVAL);
    }
    assert_int_equal(act_str_to_u64(ACT_STR("-1"), &u), ACT_EINVAL);
    assert_int_equal(act_str_to_i64(ACT_STR("9223372036854775808"), &i), ACT_EINVAL);
    assert_int_equal(act_str_to_i64(ACT_STR("-9223372036854775809"), &i), ACT_EINVAL);
    assert_true(u == UINT64_MAX && i == INT64_MAX); /* untouched on failure */
}

/* All lengths and each bit of each byte count, and nothing outside the string. */
static void hash_depends_on_every_byte_and_no_other(void **state)
{
    (void)state;
    char text[41];
    for (size_t len = 0; len <= 40; len++) {
        memset(text, 'a', sizeof text);
        uint64_t hash = act_str_hash(act_str_from(text, len));
        text[len] = 'b';
        assert_true(act_str_hash(act_str_from(text, len)) == hash);
        assert_true(act_str_hash(act_str_from(text, len + 1)) != hash);
        for (size_t i = 0; i < len; i++) {
            for (int bit = 0; bit < 8; bit++) {
                text[i] = (char)(text[i] ^ (1 << bit));
                assert_true(act_str_hash(act_str_from(text, len)) != hash);
                text[i] = (char)(text[i] ^ (1 << bit));
            }
        }
    }
}

static void utf8_prefix_ends_at_the_first_bad_sequence(void **state)
{
    (void)state;
    static const struct {
        act_str text;
        size_t valid;
    } cases[] = {
        { ACT_STR(""), 0 },
        { ACT_STR("plain ascii, more than one word"), 31 },
        { ACT_STR("\xC3\xA9"), 2 },
        { ACT_STR("12345678\xE2\x82\xAC"), 11 },
        { ACT_STR("1234567\xF0\x9F\x98\x80z"), 12 },
        { ACT_STR("\xED\x9F\xBF\xEE\x80\x80"), 6 },
        { ACT_STR("\xF4\x8F\xBF\xBF"), 4 },
        { ACT_STR("a\x80"), 1 },
        { ACT_STR("a\xC3"), 1 },
        { ACT_STR("a\xE2\x82"), 1 },
        { ACT_STR("a\xE2\x82z"), 1 },
        { ACT_STR("a\xC0\x80"), 1 },
        { ACT_STR("a\xC1\xBF"), 1 },
        { ACT_STR("a\xE0\x9F\xBF"), 1 },
        { ACT_STR("a\xED\xA0\x80"), 1 },
        { ACT_STR("a\xF0\x8F\xBF\xBF"), 1 },
        { ACT_STR("a\xF4\x90\x80\x80"), 1 },
        { ACT_STR("12345678901\xF5\x80\x80\x80"), 11 },
        { ACT_STR("\xFF"), 0 },
    };
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        assert_int_equal(act_str_utf8_prefix(cases[i].text), cases[i].valid);
        assert_int_equal(act_str_is_utf8(cases[i].text),
                         cases[i].valid == cases[i].text.len);
    }
}

static void subdomains_are_lower_case_words_with_dots(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is;
    } cases[] = {
        { "a", true },     { "a.b-c.0", true }, { "123", true }, { "", false },
        { "A", false },    { "-a", false },     { "a-", false }, { "a.-b", false },
        { "a-.b", false }, { ".a", false },     { "a.", false }, { "a..b", false },
        { "a_b", false },
    };
    for (size_t i = 0; i < ACT_COUNT(cases); i++)
        assert_int_equal(act_str_is_subdomain(act_str_cstr(cases[i].text)), cases[i].is);
    char longest[254];
    memset(longest, 'a', sizeof longest);
    assert_true(act_str_is_subdomain(act_str_from(longest, 253)));
    assert_false(act_str_is_subdomain(act_str_from(longest, 254)));
}

static void copies_end_with_nul_or_fail(void **state)
{
    (void)state;
    act_str copy = ACT_STR("old");
    act_fail_after(0);
    assert_int_equal(act_str_dup(ACT_STR("abc"), &copy), ACT_ENOMEM);
    assert_str(copy, "old");
    assert_int_equal(act_str_dup(ACT_STR("abc"), &copy), ACT_OK);
    assert_string_equal(copy.ptr, "abc");
    act_str_free(copy);
    assert_int_equal(act_str_dup(none, &copy), ACT_OK);
    assert_string_equal(copy.ptr, "");
    act_str_free(copy);
    act_str_free(none);
}

static void secrets_compare_whole(void **state)
{
    (void)state;
    assert_true(act_mem_eq_secret("abc", "abc", 3));
    assert_false(act_mem_eq_secret("abc", "abd", 3));
    assert_false(act_mem_eq_secret("xbc", "abc", 3));
    assert_true(act_mem_eq_secret("a", "b", 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strings_compare_by_bytes_then_length),
        cmocka_unit_test(cutting_past_the_end_is_empty),
        cmocka_unit_test(finding_knows_both_ends),
        cmocka_unit_test(split_walks_through_all_parts),
        cmocka_unit_test(numbers_are_taken_whole_and_in_range),
        cmocka_unit_test(hash_depends_on_every_byte_and_no_other),
        cmocka_unit_test(utf8_prefix_ends_at_the_first_bad_sequence),
        cmocka_unit_test(subdomains_are_lower_case_words_with_dots),
        cmocka_unit_test(copies_end_with_nul_or_fail),
        cmocka_unit_test(secrets_compare_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
