#include "support.h"

#include "base/json_write.h"

act_arena *test_arena;

int test_arena_setup(void **state)
{
    (void)state;
    return act_arena_new(64 << 20, 0, &test_arena);
}

int test_arena_teardown(void **state)
{
    (void)state;
    act_arena_free(test_arena);
    test_arena = NULL;
    return 0;
}

const act_json *json_of(const char *text)
{
    act_json_limits limits = { 0 };
    act_json_parser *parser = NULL;
    const act_json *v = NULL;
    act_err e = ACT_ERR_INIT;
    size_t len = strlen(text);
    char *copy = act_arena_bytes(test_arena, len + 1);
    for (size_t i = 0; i < len; i++)
        copy[i] = (char)(text[i] == '\'' ? '"' : text[i]);
    assert_int_equal(act_json_parser_new(limits, &parser), 0);
    if (act_json_parse(parser, test_arena, act_str_from(copy, len), 0, &v, &e))
        fail_msg("%s: %s", text, e.text);
    act_json_parser_free(parser);
    return v;
}

/* Written from the structure and parsed again, so that layout does not matter. */
const char *text_of(const act_json *v)
{
    act_buf out = ACT_BUF_INIT;
    act_json_writer w = act_json_writer_on(&out);
    act_str kept;
    act_jw_value(&w, v);
    assert_int_equal(act_buf_err(&out), 0);
    for (size_t i = 0; i < out.len; i++)
        out.ptr[i] = (char)(out.ptr[i] == '"' ? '\'' : out.ptr[i]);
    assert_int_equal(act_arena_str(test_arena, act_buf_str(&out), &kept), 0);
    act_buf_done(&out);
    return kept.ptr;
}
