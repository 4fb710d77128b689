#include "cel/named_format.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static act_arena *arena;

static size_t problems(const char *format, act_str text)
{
    enum cel_named_format f;
    const char *out[CEL_FORMAT_MESSAGES_MAX];
    size_t n = 99;
    assert_true(cel_named_format_find(act_str_cstr(format), &f));
    assert_string_equal(cel_named_format_name(f), format);
    assert_int_equal(cel_named_format_validate(f, arena, text, out, &n), ACT_OK);
    assert_in_range(n, 0, CEL_FORMAT_MESSAGES_MAX);
    for (size_t i = 0; i < n; i++)
        assert_true(strlen(out[i]) > 5);
    return n;
}

static void good_texts_have_no_messages(void **state)
{
    (void)state;
    static const char *good[][2] = {
        { "dns1123Label", "my-label-name" },
        { "dns1123Label", "0" },
        { "dns1123Label", "1-a" },
        { "dns1123Subdomain", "apis.example.com" },
        { "dns1123Subdomain", "a" },
        { "dns1035Label", "a-1" },
        { "qualifiedName", "example.com/Na_m.e" },
        { "qualifiedName", "name" },
        { "qualifiedName", "0" },
        { "dns1123LabelPrefix", "my-label-prefix-" },
        { "dns1123LabelPrefix", "a--" },
        { "dns1123SubdomainPrefix", "mysub.prefix.-" },
        { "dns1035LabelPrefix", "my-label-prefix-" },
        { "labelValue", "" },
        { "labelValue", "A.b_c-9" },
        { "uri", "http://example.com" },
        { "uri", "/abs/path" },
        { "uuid", "123e4567-e89b-12d3-a456-426614174000" },
        { "uuid", "123E4567E89B12D3A456426614174000" },
        { "byte", "aGVsbG8=" },
        { "byte", "Zg==" },
        { "date", "2021-01-01" },
        { "date", "2024-02-29" },
        { "datetime", "2021-01-01T00:00:00Z" },
        { "datetime", "2021-01-01T00:00:00.5+01:00" },
    };
    for (size_t i = 0; i < ACT_COUNT(good); i++)
        if (problems(good[i][0], act_str_cstr(good[i][1])))
            fail_msg("%s refuses %s", good[i][0], good[i][1]);
}

static void bad_texts_have_messages(void **state)
{
    (void)state;
    static const char *bad[][2] = {
        { "dns1123Label", "" },
        { "dns1123Label", "A" },
        { "dns1123Label", "a-" },
        { "dns1123Label", "-a" },
        { "dns1123Label", "a.b" },
        { "dns1123Subdomain", "a..b" },
        { "dns1123Subdomain", "a.-b" },
        { "dns1123Subdomain", "" },
        { "dns1035Label", "1a" },
        { "dns1035Label", "" },
        { "qualifiedName", "" },
        { "qualifiedName", "/a" },
        { "qualifiedName", "a/" },
        { "qualifiedName", "a/b/c" },
        { "qualifiedName", "A/b" },
        { "qualifiedName", "_a" },
        { "dns1123LabelPrefix", "-" },
        { "dns1123LabelPrefix", "-a-" },
        { "dns1123SubdomainPrefix", ".a" },
        { "dns1035LabelPrefix", "1a-" },
        { "labelValue", "-a" },
        { "labelValue", "a b" },
        { "uri", "not a uri" },
        { "uri", "" },
        { "uuid", "123e4567-e89b-12d3-a456" },
        { "uuid", "123e4567-e89b-12d3-a456-42661417400g" },
        { "uuid", "123e4567-e89b-12d3-a456-4266141740000" },
        { "byte", "" },
        { "byte", "Zg" },
        { "byte", "Z===" },
        { "byte", "Zg=a" },
        { "date", "2021-1-1" },
        { "date", "2023-02-29" },
        { "date", "2021-01-01T" },
        { "datetime", "2021-01-01" },
        { "datetime", "2021-01-01 00:00:00Z" },
        { "datetime", "2021-01-01T24:00:00Z" },
    };
    for (size_t i = 0; i < ACT_COUNT(bad); i++)
        if (!problems(bad[i][0], act_str_cstr(bad[i][1])))
            fail_msg("%s takes %s", bad[i][0], bad[i][1]);
}

static void lengths_are_limited(void **state)
{
    (void)state;
    char text[255];
    memset(text, 'a', sizeof text);
    static const struct {
        const char *format;
        size_t longest;
    } cases[] = { { "dns1123Label", 63 },
                  { "dns1035Label", 63 },
                  { "labelValue", 63 },
                  { "qualifiedName", 63 },
                  { "dns1123Subdomain", 253 },
                  { "dns1123LabelPrefix", 63 },
                  { "dns1123SubdomainPrefix", 253 } };
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        assert_int_equal(problems(cases[i].format, (act_str){ text, cases[i].longest }), 0);
        assert_int_equal(problems(cases[i].format, (act_str){ text, cases[i].longest + 1 }),
                         1);
    }
    /* Two things wrong give two messages; all of them fit. */
    assert_int_equal(
        problems("dns1123Label", ACT_STR("A234567890123456789012345678901234567890"
                                         "1234567890123456789012345678901234")),
        2);
    memset(text, '-', sizeof text);
    text[254] = '/';
    assert_int_equal(problems("qualifiedName", (act_str){ text, sizeof text }), 3);
}

static void unknown_names_are_not_found(void **state)
{
    (void)state;
    enum cel_named_format f = CEL_FORMAT_UUID;
    assert_false(cel_named_format_find(ACT_STR("dns1123label"), &f));
    assert_false(cel_named_format_find(ACT_STR(""), &f));
    assert_int_equal(f, CEL_FORMAT_UUID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_texts_have_no_messages),
        cmocka_unit_test(bad_texts_have_messages),
        cmocka_unit_test(lengths_are_limited),
        cmocka_unit_test(unknown_names_are_not_found),
    };
    if (act_arena_new(1 << 16, 0, &arena))
        return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    act_arena_free(arena);
    return failed;
}
