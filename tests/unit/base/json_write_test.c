#include "base/json_write.h"
#include "base/alloc.h"
#include "base/json_build.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void commas_come_by_themselves(void **state)
{
    (void)state;
    act_buf b = ACT_BUF_INIT;
    act_json_writer w = act_json_writer_on(&b);
    act_jw_object(&w);
    act_jw_kv_string(&w, "s", ACT_STR("x"));
    act_jw_kv_string_opt(&w, "none", (act_str){ 0 });
    act_jw_kv_string_opt(&w, "some", ACT_STR("y"));
    act_jw_kv_i64(&w, "i", INT64_MIN);
    act_jw_kv_bool(&w, "b", false);
    act_jw_kv_raw(&w, "raw", ACT_STR("{ }"));
    act_jw_key(&w, ACT_STR("a\n"));
    act_jw_array(&w);
    act_jw_array(&w);
    act_jw_array_end(&w);
    act_jw_object(&w);
    act_jw_object_end(&w);
    act_jw_u64(&w, UINT64_MAX);
    act_jw_f64(&w, 0.5);
    act_jw_f64(&w, NAN);
    act_jw_f64(&w, -INFINITY);
    act_jw_bool(&w, true);
    act_jw_null(&w);
    act_jw_raw(&w, ACT_STR("1e5"));
    act_jw_array_end(&w);
    act_jw_object_end(&w);
    act_buf_add_byte(&b, '\0');
    assert_string_equal(
        b.ptr, "{\"s\":\"x\",\"some\":\"y\",\"i\":-9223372036854775808,\"b\":false,"
               "\"raw\":{ },\"a\\n\":[[],{},18446744073709551615,0.5,null,null,"
               "true,null,1e5]}");
    act_buf_done(&b);
}

static void check_string(act_str s, const char *want)
{
    act_buf b = ACT_BUF_INIT;
    act_json_writer w = act_json_writer_on(&b);
    act_jw_string(&w, s);
    act_buf_add_byte(&b, '\0');
    assert_string_equal(b.ptr, want);
    act_buf_done(&b);
}

static void strings_are_escaped_and_made_utf8(void **state)
{
    (void)state;
    check_string((act_str){ 0 }, "\"\"");
    check_string(ACT_STR("<a href='x'>&\x7F</a>"), "\"<a href='x'>&\x7F</a>\"");
    check_string(ACT_STR("\"\\/\b\f\n\r\t"), "\"\\\"\\\\/\\b\\f\\n\\r\\t\"");
    check_string(ACT_STR("\0\x01\x1F"), "\"\\u0000\\u0001\\u001f\"");
    check_string(ACT_STR("\xE2\x80\xA8\xC3\xA9"), "\"\xE2\x80\xA8\xC3\xA9\"");
    check_string(ACT_STR("a\xFF\n\xC3"), "\"a\xEF\xBF\xBD\\n\xEF\xBF\xBD\"");
    check_string(ACT_STR("\xED\xA0\x80"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

/* Each byte at each place of a word: what is written reads back, repaired at most. */
static void every_byte_at_every_place_survives(void **state)
{
    (void)state;
    ACT_AUTO(act_json_parser) p = NULL;
    ACT_AUTO(act_arena) a = NULL;
    assert_int_equal(act_json_parser_new((act_json_limits){ 0 }, &p), ACT_OK);
    assert_int_equal(act_arena_new(1 << 20, 0, &a), ACT_OK);
    for (size_t place = 0; place < 20; place++) {
        for (int byte = 0; byte < 256; byte++) {
            char text[20];
            act_buf b = ACT_BUF_INIT;
            act_json_writer w = act_json_writer_on(&b);
            const act_json *v = NULL;
            memset(text, '!', sizeof text);
            text[place] = (char)byte;
            act_jw_string(&w, act_str_from(text, sizeof text));
            act_arena_reset(a);
            assert_int_equal(act_json_parse(p, a, act_buf_str(&b), 0, &v, NULL), ACT_OK);
            if (byte < 0x80)
                assert_true(act_json_is(v, act_str_from(text, sizeof text)));
            else
                assert_int_equal(act_json_string(v).len, sizeof text + 2);
            act_buf_done(&b);
        }
    }
}

static void values_are_written_raw_or_from_their_structure(void **state)
{
    (void)state;
    ACT_AUTO(act_json_parser) p = NULL;
    ACT_AUTO(act_arena) a = NULL;
    const act_json *old = NULL;
    assert_int_equal(act_json_parser_new((act_json_limits){ 0 }, &p), ACT_OK);
    assert_int_equal(act_arena_new(1 << 20, 0, &a), ACT_OK);
    assert_int_equal(
        act_json_parse(p, a, ACT_STR("{\"k\" : [ 1, \"\\u0041\" ]}"), 0, &old, NULL),
        ACT_OK);
    act_json made;
    assert_int_equal(act_json_with(a, old, ACT_STR("n\""), act_json_of_i64(-7), &made), 0);
    const act_json items[] = { act_json_of_null(),
                               act_json_of_bool(true),
                               { .type = ACT_JSON_UINT, .as.u64 = UINT64_MAX },
                               { .type = ACT_JSON_DOUBLE, .as.f64 = 1e21 },
                               act_json_of_cstr("\t"),
                               act_json_of_array(),
                               made };
    act_json array = { .type = ACT_JSON_ARRAY,
                       .count = ACT_COUNT(items),
                       .as.items = items };
    act_buf b = ACT_BUF_INIT;
    act_json_writer w = act_json_writer_on(&b);
    act_jw_value(&w, &array);
    act_buf_add_byte(&b, '\0');
    assert_string_equal(b.ptr, "[null,true,18446744073709551615,1e+21,\"\\t\",[],"
                               "{\"k\":[ 1, \"\\u0041\" ],\"n\\\"\":-7}]");
    act_buf_done(&b);
}

static void made_values_have_a_depth_limit(void **state)
{
    (void)state;
    static act_json level[ACT_JSON_WRITE_DEPTH_MAX + 1];
    for (size_t i = 0; i < ACT_COUNT(level); i++)
        level[i] = (act_json){ .type = ACT_JSON_ARRAY,
                               .count = i + 1 < ACT_COUNT(level),
                               .as.items = &level[i + 1] };
    act_buf b = ACT_BUF_INIT;
    act_json_writer w = act_json_writer_on(&b);
    act_jw_value(&w, &level[1]);
    assert_int_equal(act_buf_err(&b), ACT_OK);
    assert_int_equal(b.len, 2 * ACT_JSON_WRITE_DEPTH_MAX);
    act_buf_clear(&b);
    w = act_json_writer_on(&b);
    act_jw_value(&w, &level[0]);
    assert_int_equal(act_buf_err(&b), ACT_ELIMIT);
    act_buf_done(&b);
}

static void failures_stay_in_the_buffer(void **state)
{
    (void)state;
    act_buf b = { .cap = 8 };
    act_json_writer w = act_json_writer_on(&b);
    act_jw_object(&w);
    act_jw_kv_string(&w, "key", ACT_STR("value"));
    act_jw_object_end(&w);
    assert_int_equal(act_buf_err(&b), ACT_ELIMIT);
    act_buf_done(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commas_come_by_themselves),
        cmocka_unit_test(strings_are_escaped_and_made_utf8),
        cmocka_unit_test(every_byte_at_every_place_survives),
        cmocka_unit_test(values_are_written_raw_or_from_their_structure),
        cmocka_unit_test(made_values_have_a_depth_limit),
        cmocka_unit_test(failures_stay_in_the_buffer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
