/* Limits of this layer that no other test reaches: one below is fine, one above is not. */
#include "kube/patch.h"
#include "kube/token_file.h"

#include "base/buf.h"
#include "support.h"

static void a_token_file_has_so_many_lines(void **state)
{
    (void)state;
    for (unsigned extra = 0; extra < 2; extra++) {
        ACT_AUTO(act_arena) a = NULL;
        act_buf text = ACT_BUF_INIT;
        const act_token_entry *entries;
        size_t n = 0;
        act_err e = ACT_ERR_INIT;
        assert_int_equal(act_arena_new(64 << 20, 0, &a), ACT_OK);
        for (unsigned i = 1; i < ACT_TOKEN_FILE_ENTRIES_MAX + extra; i++)
            act_buf_add(&text, ACT_STR("t,u\n"));
        act_buf_add(&text, ACT_STR("t,u"));
        assert_int_equal(act_token_text_read(a, act_buf_str(&text), &entries, &n, &e),
                         extra ? ACT_ELIMIT : ACT_OK);
        assert_int_equal(n, extra ? 0 : ACT_TOKEN_FILE_ENTRIES_MAX);
        act_buf_done(&text);
    }
}

static void a_patch_has_so_many_operations(void **state)
{
    (void)state;
    for (unsigned extra = 0; extra < 2; extra++) {
        ACT_AUTO(act_arena) a = NULL;
        ACT_AUTO(act_json_parser) p = NULL;
        act_buf text = ACT_BUF_INIT;
        const act_json *patch;
        const act_json target = act_json_of_object();
        act_json got;
        assert_int_equal(act_arena_new(256 << 20, 0, &a), ACT_OK);
        assert_int_equal(act_json_parser_new((act_json_limits){ 0 }, &p), ACT_OK);
        act_buf_add_byte(&text, '[');
        for (unsigned i = 1; i < ACT_PATCH_OPERATIONS_MAX + extra; i++)
            act_buf_add(&text, ACT_STR("{\"op\":\"add\",\"path\":\"/a\",\"value\":1},"));
        act_buf_add(&text, ACT_STR("{\"op\":\"remove\",\"path\":\"/a\"}]"));
        assert_int_equal(act_json_parse(p, a, act_buf_str(&text), 0, &patch, NULL), ACT_OK);
        assert_int_equal(act_patch_json(a, &target, patch, &got, NULL),
                         extra ? ACT_ELIMIT : ACT_OK);
        act_buf_done(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_file_has_so_many_lines),
        cmocka_unit_test(a_patch_has_so_many_operations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
