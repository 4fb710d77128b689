/* Subjects, and patterns that match the subjects of what they want. */
#include "core/subject.h"

#include "base/alloc.h"
#include "support.h"

static void token(const char *text, const char *want)
{
    act_buf b = ACT_BUF_INIT;
    act_subject_token(&b, act_str_cstr(text));
    assert_str(act_buf_str(&b), want);
    act_buf_done(&b);
}

static void tokens_hold_nothing_a_broker_would_read(void **state)
{
    (void)state;
    token("", "_");
    token("default", "default");
    token("networking.datumapis.com", "networking_datumapis_com");
    token("*", "=2A");
    token(">", "=3E");
    token("a b", "a=20b");
    token("=2A", "=3D2A");
    token("h\xc3\xa9", "h=C3=A9");
    for (int c = 1; c < 256; c++) {
        char text[2] = { (char)c, '\0' };
        act_buf b = ACT_BUF_INIT;
        act_subject_token(&b, act_str_cstr(text));
        for (size_t i = 0; i < b.len; i++)
            assert_true(strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                               "0123456789_-=",
                               b.ptr[i]));
        act_buf_done(&b);
    }
}

static void long_tokens_are_cut_and_stay_apart(void **state)
{
    (void)state;
    char text[1000];
    memset(text, '*', sizeof text);
    for (size_t len = 1; len < sizeof text; len++) {
        act_buf a = ACT_BUF_INIT, b = ACT_BUF_INIT;
        act_subject_token(&a, act_str_from(text, len));
        act_subject_token(&b, act_str_from(text, len + 1));
        assert_in_range(a.len, 1, ACT_SUBJECT_TOKEN_MAX);
        assert_false(act_str_eq(act_buf_str(&a), act_buf_str(&b)));
        if (len * 3 > ACT_SUBJECT_TOKEN_MAX)
            assert_true(act_str_find(act_buf_str(&a), ACT_STR("=H")) != SIZE_MAX);
        act_buf_done(&a);
        act_buf_done(&b);
    }
    memset(text, 'a', sizeof text); /* exactly at the limit nothing is cut */
    act_buf a = ACT_BUF_INIT;
    act_subject_token(&a, act_str_from(text, ACT_SUBJECT_TOKEN_MAX));
    assert_true(act_str_eq(act_buf_str(&a), act_str_from(text, ACT_SUBJECT_TOKEN_MAX)));
    act_buf_done(&a);
}

static void subjects_have_the_documented_form(void **state)
{
    (void)state;
    act_buf b = ACT_BUF_INIT;
    act_subject_of_event(&b, &(act_subject_event){
                                 .tenant = { ACT_SCOPE_PROJECT, ACT_STR("prod") },
                                 .kind = ACT_STR("Pod"),
                                 .ns = ACT_STR("default"),
                                 .name = ACT_STR("web.17a"),
                             });
    assert_str(act_buf_str(&b), "events.project.prod.core_Pod.default.web_17a");
    act_buf_clear(&b);
    act_subject_of_activity(&b, &(act_subject_activity){
                                    .group = ACT_STR("networking.datumapis.com"),
                                    .origin = ACT_STR("audit"),
                                    .kind = ACT_STR("HTTPProxy"),
                                    .name = ACT_STR("act-1"),
                                });
    assert_str(act_buf_str(&b),
               "activities.platform._.networking_datumapis_com.audit.HTTPProxy._.act-1");
    act_buf_done(&b);
}

static void failed_allocations_stick_in_the_buffer(void **state)
{
    (void)state;
    act_buf b = ACT_BUF_INIT;
    act_fail_after(0);
    act_subject_token(&b, ACT_STR("x"));
    act_fail_after(SIZE_MAX);
    assert_int_equal(act_buf_err(&b), ACT_ENOMEM);
    act_buf_done(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_hold_nothing_a_broker_would_read),
        cmocka_unit_test(long_tokens_are_cut_and_stay_apart),
        cmocka_unit_test(subjects_have_the_documented_form),
        cmocka_unit_test(failed_allocations_stick_in_the_buffer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
