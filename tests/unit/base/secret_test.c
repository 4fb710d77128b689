#include "base/secret.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

static void tokens_are_long_random_and_url_safe(void **state)
{
    (void)state;
    char a[ACT_TOKEN_TEXT_MAX], b[ACT_TOKEN_TEXT_MAX];
    bool seen[256] = { false };
    for (int i = 0; i < 200; i++) {
        assert_int_equal(act_token_new(a), ACT_OK);
        assert_int_equal(act_token_new(b), ACT_OK);
        assert_int_equal(strlen(a), 43);
        assert_string_not_equal(a, b);
        for (const char *p = a; *p; p++)
            seen[(unsigned char)*p] = true;
    }
    int kinds = 0;
    for (int c = 0; c < 256; c++) {
        bool allowed = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       (c >= '0' && c <= '9') || c == '-' || c == '_';
        assert_true(allowed || !seen[c]);
        kinds += seen[c];
    }
    assert_int_equal(kinds, 64);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_are_long_random_and_url_safe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
