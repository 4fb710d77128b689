#include "net/url.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static act_arena *fresh(void)
{
    act_arena *a;
    assert_int_equal(act_arena_new(1 << 20, 0, &a), ACT_OK);
    return a;
}

static void decoding_knows_every_escape(void **state)
{
    (void)state;
    ACT_AUTO(act_arena) a = fresh();
    static const struct {
        const char *in;
        bool plus;
        const char *out; /* NULL: an error */
    } list[] = {
        { "", false, "" },
        { "plain", false, "plain" },
        { "%41%6a%6A", false, "Ajj" },
        { "a+b", false, "a+b" },
        { "a+b", true, "a b" },
        { "%2B", true, "+" },
        { "%25%32", false, "%2" },
        { "%c3%a4", false, "\xc3\xa4" },
        { "%", false, NULL },
        { "%4", false, NULL },
        { "x%4", false, NULL },
        { "%g0", false, NULL },
        { "%0g", false, NULL },
        { "%00", false, NULL },
        { "%-1", false, NULL },
    };
    for (size_t i = 0; i < ACT_COUNT(list); i++) {
        act_str got = ACT_STR("untouched");
        int err = act_url_decode(a, act_str_cstr(list[i].in), list[i].plus, &got);
        assert_int_equal(err, list[i].out ? ACT_OK : ACT_EPARSE);
        if (!act_str_eq_cstr(got, list[i].out ? list[i].out : "untouched"))
            fail_msg("%s gave %.*s", list[i].in, ACT_STR_ARG(got));
    }
}

static void segments_keep_encoded_slashes_and_drop_empty_ones(void **state)
{
    (void)state;
    ACT_AUTO(act_arena) a = fresh();
    act_str *s;
    size_t n;
    assert_int_equal(act_url_segments(a, ACT_STR("/a/b%2fc//%64/"), &s, &n), ACT_OK);
    assert_int_equal(n, 3);
    assert_true(act_str_eq_cstr(s[0], "a") && act_str_eq_cstr(s[1], "b/c") &&
                act_str_eq_cstr(s[2], "d"));
    assert_int_equal(act_url_segments(a, ACT_STR("/"), &s, &n), ACT_OK);
    assert_int_equal(n, 0);
    assert_int_equal(act_url_segments(a, ACT_STR(""), &s, &n), ACT_EPARSE);
    assert_int_equal(act_url_segments(a, ACT_STR("a/b"), &s, &n), ACT_EPARSE);
    assert_int_equal(act_url_segments(a, ACT_STR("/a/%"), &s, &n), ACT_EPARSE);
}

static void numbers_of_parts_are_limited_exactly(void **state)
{
    (void)state;
    ACT_AUTO(act_arena) a = fresh();
    act_buf path = ACT_BUF_INIT, query = ACT_BUF_INIT;
    act_str *s;
    act_url_param *p;
    size_t n;
    for (int i = 0; i < ACT_URL_SEGMENTS_MAX; i++)
        act_buf_add(&path, ACT_STR("/x"));
    assert_int_equal(act_url_segments(a, act_buf_str(&path), &s, &n), ACT_OK);
    assert_int_equal(n, ACT_URL_SEGMENTS_MAX);
    act_buf_add(&path, ACT_STR("/x"));
    assert_int_equal(act_url_segments(a, act_buf_str(&path), &s, &n), ACT_ELIMIT);
    for (int i = 0; i < ACT_URL_PARAMS_MAX; i++)
        act_buf_add(&query, ACT_STR("x&"));
    assert_int_equal(act_url_query(a, act_buf_str(&query), &p, &n), ACT_OK);
    assert_int_equal(n, ACT_URL_PARAMS_MAX);
    act_buf_add(&query, ACT_STR("x"));
    assert_int_equal(act_url_query(a, act_buf_str(&query), &p, &n), ACT_ELIMIT);
    act_buf_done(&path);
    act_buf_done(&query);
}

static void parameters_keep_order_and_repetition(void **state)
{
    (void)state;
    ACT_AUTO(act_arena) a = fresh();
    act_url_param *p;
    size_t n;
    assert_int_equal(act_url_query(a, ACT_STR("a=1&b&&a=2=3&=x&c%3d=%26+"), &p, &n),
                     ACT_OK);
    assert_int_equal(n, 5);
    assert_true(act_str_eq_cstr(p[0].name, "a") && act_str_eq_cstr(p[0].value, "1"));
    assert_true(act_str_eq_cstr(p[1].name, "b") && p[1].value.len == 0);
    assert_true(act_str_eq_cstr(p[2].name, "a") && act_str_eq_cstr(p[2].value, "2=3"));
    assert_true(p[3].name.len == 0 && act_str_eq_cstr(p[3].value, "x"));
    assert_true(act_str_eq_cstr(p[4].name, "c=") && act_str_eq_cstr(p[4].value, "& "));
    assert_int_equal(act_url_query(a, ACT_STR(""), &p, &n), ACT_OK);
    assert_int_equal(n, 0);
    assert_int_equal(act_url_query(a, ACT_STR("a=%1"), &p, &n), ACT_EPARSE);
}

static void encoding_is_undone_by_decoding(void **state)
{
    (void)state;
    ACT_AUTO(act_arena) a = fresh();
    char all[255];
    for (int i = 0; i < 255; i++)
        all[i] = (char)(i + 1);
    act_buf out = ACT_BUF_INIT;
    act_url_encode(&out, act_str_from(all, sizeof all));
    act_str back;
    assert_int_equal(act_url_decode(a, act_buf_str(&out), true, &back), ACT_OK);
    assert_true(act_str_eq(back, act_str_from(all, sizeof all)));
    act_buf_clear(&out);
    act_url_encode(&out, ACT_STR("a b/c~\0"));
    assert_true(act_str_eq_cstr(act_buf_str(&out), "a%20b%2Fc~%00"));
    act_buf_done(&out);
}

static void full_arena_is_out_of_memory(void **state)
{
    (void)state;
    act_arena *a;
    act_str s, *list;
    act_url_param *p;
    size_t n;
    assert_int_equal(act_arena_new(8, 0, &a), ACT_OK);
    assert_int_equal(act_url_decode(a, ACT_STR("%41234567890"), false, &s), ACT_ENOMEM);
    assert_int_equal(act_url_segments(a, ACT_STR("/a/b"), &list, &n), ACT_ENOMEM);
    assert_int_equal(act_url_query(a, ACT_STR("a=b"), &p, &n), ACT_ENOMEM);
    act_arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decoding_knows_every_escape),
        cmocka_unit_test(segments_keep_encoded_slashes_and_drop_empty_ones),
        cmocka_unit_test(numbers_of_parts_are_limited_exactly),
        cmocka_unit_test(parameters_keep_order_and_repetition),
        cmocka_unit_test(encoding_is_undone_by_decoding),
        cmocka_unit_test(full_arena_is_out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
