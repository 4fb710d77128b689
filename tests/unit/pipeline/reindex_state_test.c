/* The state from which another process goes on, through its text and back. */
#include "pipeline/reindex_state.h"

#include "base/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static act_arena *arena;
static act_json_parser *parser;

static int setup(void **state)
{
    (void)state;
    assert_int_equal(act_arena_new(1 << 20, 0, &arena), 0);
    return act_json_parser_new((act_json_limits){ 0 }, &parser);
}

static int teardown(void **state)
{
    (void)state;
    act_json_parser_free(parser);
    act_arena_free(arena);
    return 0;
}

static act_reindex_state sample(void)
{
    act_reindex_state s = { .start_us = 1,
                            .end_us = INT64_MAX,
                            .version = 1767323045368386,
                            .policies_revision = 7,
                            .source = ACT_RULE_EVENT,
                            .placed = true,
                            .at_us = 5,
                            .total = 100,
                            .processed = 60,
                            .generated = 50,
                            .written = 40,
                            .removed = 3,
                            .errors = 2 };
    act_buf_add(&s.at_id, ACT_STR("id \"of\" a\n record"));
    (void)act_fail(&s.first_error, ACT_EEVAL, "it \"failed\"");
    (void)act_fail(&s.note, ACT_EEVAL, "besides");
    return s;
}

static const act_json *parsed(act_str text)
{
    const act_json *object;
    assert_int_equal(act_json_parse(parser, arena, text, 0, &object, NULL), 0);
    return object;
}

static void write(const act_reindex_state *s, act_buf *out)
{
    act_buf_clear(out);
    act_reindex_state_write(s, out);
    assert_int_equal(act_buf_err(out), 0);
}

static void a_state_comes_back_as_it_was(void **state)
{
    act_reindex_state s = sample(), back;
    act_buf text = ACT_BUF_INIT, again = ACT_BUF_INIT;
    (void)state;
    write(&s, &text);
    assert_int_equal(act_reindex_state_read(parsed(act_buf_str(&text)), &back), 0);
    assert_true(act_str_eq(act_buf_str(&back.at_id), act_buf_str(&s.at_id)));
    assert_int_equal(back.version, s.version);
    assert_int_equal(back.end_us, INT64_MAX);
    assert_int_equal(back.source, ACT_RULE_EVENT);
    assert_true(back.placed);
    assert_string_equal(back.first_error.text, "it \"failed\"");
    write(&back, &again);
    assert_true(act_str_eq(act_buf_str(&text), act_buf_str(&again)));
    act_reindex_state_done(&back);
    assert_int_equal(act_reindex_state_copy(&s, &back), 0);
    assert_true(act_str_eq(act_buf_str(&back.at_id), act_buf_str(&s.at_id)));
    assert_ptr_not_equal(back.at_id.ptr, s.at_id.ptr);
    act_reindex_state_done(&back);
    act_reindex_state_done(&s);
    act_buf_done(&text);
    act_buf_done(&again);
}

static void what_is_no_state_is_refused(void **state)
{
    static const char *const texts[] = {
        "null",
        "{}",
        "[]",
        "{\"start_us\":1,\"end_us\":2}",
        "{\"start_us\":\"1\",\"end_us\":2,\"version\":0,\"policies_revision\":0}",
    };
    act_reindex_state s = { .version = 42 };
    (void)state;
    for (size_t i = 0; i < ACT_COUNT(texts); i++)
        assert_int_equal(act_reindex_state_read(parsed(act_str_cstr(texts[i])), &s),
                         ACT_EPARSE);
    assert_int_equal(act_reindex_state_read(NULL, &s), ACT_EPARSE);
    assert_int_equal(s.version, 42);
    /* A source that there is not, in a state that is right otherwise. */
    act_reindex_state odd = sample();
    act_buf text = ACT_BUF_INIT;
    odd.source = ACT_RULE_KINDS + 1;
    write(&odd, &text);
    assert_int_equal(act_reindex_state_read(parsed(act_buf_str(&text)), &s), ACT_EPARSE);
    act_reindex_state_done(&odd);
    act_buf_done(&text);
}

static void memory_may_be_out(void **state)
{
    act_reindex_state s = sample(), back;
    act_buf text = ACT_BUF_INIT;
    (void)state;
    write(&s, &text);
    const act_json *object = parsed(act_buf_str(&text));
    for (size_t n = 0;; n++) {
        act_fail_after(n);
        int r = act_reindex_state_read(object, &back);
        act_fail_after(SIZE_MAX);
        assert_true(r == 0 || r == ACT_ENOMEM);
        if (r == 0)
            break;
    }
    act_reindex_state_done(&back);
    act_reindex_state_done(&s);
    act_buf_done(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(a_state_comes_back_as_it_was),
        TEST(what_is_no_state_is_refused),
        TEST(memory_may_be_out),
#undef TEST
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
