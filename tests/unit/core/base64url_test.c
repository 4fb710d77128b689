/* base64url: one text for each value, and nothing else is a text. */
#include "core/base64url.h"

#include "support.h"

static void values_have_the_text_of_the_rfc(void **state)
{
    (void)state;
    /* RFC 4648 section 10, without padding, and the two characters that differ */
    const struct {
        act_str bytes;
        const char *text;
    } cases[] = {
        { ACT_STR(""), "" },
        { ACT_STR("f"), "Zg" },
        { ACT_STR("fo"), "Zm8" },
        { ACT_STR("foo"), "Zm9v" },
        { ACT_STR("foob"), "Zm9vYg" },
        { ACT_STR("fooba"), "Zm9vYmE" },
        { ACT_STR("foobar"), "Zm9vYmFy" },
        { ACT_STR("\xfb\xff"), "-_8" },
    };
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        act_buf b = ACT_BUF_INIT;
        act_base64url_encode(cases[i].bytes, &b);
        assert_str(act_buf_str(&b), cases[i].text);
        act_buf_clear(&b);
        assert_int_equal(act_base64url_decode(act_str_cstr(cases[i].text), &b), ACT_OK);
        assert_true(act_str_eq(act_buf_str(&b), cases[i].bytes));
        act_buf_done(&b);
    }
}

static void other_texts_are_refused_and_leave_the_buffer(void **state)
{
    (void)state;
    const char *const cases[] = { "Z",   "Zg==", "Zh",     "Zm9",  "+_8",
                                  "-/8", "Zm 9", "Zm9v\n", "Zm9vY" };
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        act_buf b = ACT_BUF_INIT;
        act_buf_add(&b, ACT_STR("x"));
        if (act_base64url_decode(act_str_cstr(cases[i]), &b) != ACT_EPARSE)
            fail_msg("%s", cases[i]);
        assert_str(act_buf_str(&b), "x");
        act_buf_done(&b);
    }
}

static void all_bytes_come_back(void **state)
{
    (void)state;
    char bytes[300];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)(i * 7);
    for (size_t len = 0; len <= sizeof bytes; len++) {
        act_buf text = ACT_BUF_INIT, back = ACT_BUF_INIT;
        act_base64url_encode(act_str_from(bytes, len), &text);
        assert_int_equal(act_base64url_decode(act_buf_str(&text), &back), ACT_OK);
        assert_true(act_str_eq(act_buf_str(&back), act_str_from(bytes, len)));
        act_buf_done(&text);
        act_buf_done(&back);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_have_the_text_of_the_rfc),
        cmocka_unit_test(other_texts_are_refused_and_leave_the_buffer),
        cmocka_unit_test(all_bytes_come_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
