#include "cel/base64.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static const struct {
    const char *plain, *padded, *bare;
} vectors[] = { /* RFC 4648, section 10 */
                { "", "", "" },
                { "f", "Zg==", "Zg" },
                { "fo", "Zm8=", "Zm8" },
                { "foo", "Zm9v", "Zm9v" },
                { "foob", "Zm9vYg==", "Zm9vYg" },
                { "fooba", "Zm9vYmE=", "Zm9vYmE" },
                { "foobar", "Zm9vYmFy", "Zm9vYmFy" },
                { "\xff\xef\xbe", "/+++", "/+++" }
};

static void vectors_of_the_rfc_encode(void **state)
{
    (void)state;
    for (size_t i = 0; i < ACT_COUNT(vectors); i++) {
        char out[16] = "";
        act_str plain = act_str_cstr(vectors[i].plain);
        cel_base64_encode(plain, out);
        assert_string_equal(out, vectors[i].padded);
        assert_int_equal(strlen(out), cel_base64_encoded_size(plain.len));
    }
    assert_true(cel_base64_encoded_size(SIZE_MAX) == SIZE_MAX);
}

static void padding_is_optional_when_decoding(void **state)
{
    (void)state;
    for (size_t i = 0; i < ACT_COUNT(vectors); i++) {
        const char *texts[] = { vectors[i].padded, vectors[i].bare };
        for (size_t k = 0; k < 2; k++) {
            char out[16] = "";
            size_t n = 99;
            assert_int_equal(cel_base64_decode(act_str_cstr(texts[k]), out, &n), ACT_OK);
            assert_int_equal(n, strlen(vectors[i].plain));
            assert_memory_equal(out, vectors[i].plain, n);
        }
    }
}

static void anything_else_is_refused(void **state)
{
    (void)state;
    char spare[16];
    size_t one;
    assert_int_equal(cel_base64_decode(ACT_STR("Zh=="), spare, &one),
                     ACT_OK); /* spare bits */
    assert_true(one == 1 && spare[0] == 'f');
    static const char *bad[] = { "A",     "=",     "==",    "A===",   "Zg=",
                                 "Zg=a",  "Zm9v=", "Z g=",  "Zg==\n", "-_-_",
                                 "Zm9vY", "Z=g=",  "Zg====" };
    for (size_t i = 0; i < ACT_COUNT(bad); i++) {
        char out[16];
        size_t n = 7;
        if (cel_base64_decode(act_str_cstr(bad[i]), out, &n) != ACT_EPARSE)
            fail_msg("%s decodes", bad[i]);
        assert_int_equal(n, 7);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_of_the_rfc_encode),
        cmocka_unit_test(padding_is_optional_when_decoding),
        cmocka_unit_test(anything_else_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
