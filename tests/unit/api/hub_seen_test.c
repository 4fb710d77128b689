/* What changes of objects are to a watch that selects some of them. */
#include "api/hub_seen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static act_json_parser *parser;
static act_arena *arena;

static const act_json *object(int i)
{
    act_str text;
    const act_json *ret;
    assert_int_equal(
        act_arena_printf(arena, &text,
                         "{\"metadata\":{\"namespace\":\"n\",\"name\":\"e%d\"}}", i),
        0);
    assert_int_equal(act_json_parse(parser, arena, text, 0, &ret, NULL), 0);
    return ret;
}

/* The change that the watch is told of; "" for none. */
static const char *tell(act_hub_seen *s, int i, const char *change, bool selected)
{
    const char *told = act_hub_seen_change(s, object(i), change, selected);
    act_hub_seen_note(s, object(i), selected);
    return told ? told : "";
}

static void objects_begin_and_cease_to_be_selected(void **state)
{
    (void)state;
    act_hub_seen s = { 0 };
    assert_string_equal(tell(&s, 1, "ADDED", true), "ADDED");
    assert_string_equal(tell(&s, 1, "MODIFIED", true), "MODIFIED");
    assert_string_equal(tell(&s, 1, "MODIFIED", false), "DELETED");
    assert_string_equal(tell(&s, 1, "MODIFIED", false), "");
    assert_string_equal(tell(&s, 1, "MODIFIED", true), "ADDED");
    assert_string_equal(tell(&s, 1, "DELETED", true), "DELETED");
    assert_string_equal(tell(&s, 2, "ADDED", false), "");
    assert_string_equal(tell(&s, 2, "DELETED", false), "");
    assert_string_equal(tell(&s, 2, "DELETED", true), "");
    act_hub_seen_done(&s);
}

static void unknown_objects_were_as_they_are(void **state)
{
    (void)state;
    act_hub_seen s = { 0 };
    assert_string_equal(tell(&s, 1, "MODIFIED", true), "MODIFIED");
    assert_string_equal(tell(&s, 2, "DELETED", true), "DELETED");
    assert_string_equal(tell(&s, 3, "MODIFIED", false), "");
    assert_string_equal(tell(&s, 4, "DELETED", false), "");
    act_hub_seen_done(&s);
}

static void the_first_ones_are_forgotten(void **state)
{
    (void)state;
    act_hub_seen s = { 0 };
    for (int i = 0; i <= ACT_HUB_SEEN_MAX; i++)
        act_hub_seen_note(&s, object(i), true);
    assert_int_equal(s.n, ACT_HUB_SEEN_MAX);
    assert_string_equal(tell(&s, 1, "MODIFIED", false), "DELETED");
    assert_string_equal(tell(&s, 0, "MODIFIED", false), "");
    act_hub_seen_done(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(objects_begin_and_cease_to_be_selected),
        cmocka_unit_test(unknown_objects_were_as_they_are),
        cmocka_unit_test(the_first_ones_are_forgotten),
    };
    act_json_limits limits = { .max_bytes = 1 << 20 };
    assert_int_equal(act_json_parser_new(limits, &parser), 0);
    assert_int_equal(act_arena_new(64 << 20, 0, &arena), 0);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    act_json_parser_free(parser);
    act_arena_free(arena);
    return failed;
}
