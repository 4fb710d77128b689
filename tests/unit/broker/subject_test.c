#include "broker/subject.h"

#include "broker_help.h"

static void well_formed_subjects_and_patterns_are_told_apart(void **state)
{
    (void)state;
    const struct {
        const char *text;
        bool subject, pattern;
    } cases[] = {
        { "a", true, true },
        { "a.b-c.d_e=2E", true, true },
        { "a.*", false, true },
        { "*.b", false, true },
        { ">", false, true },
        { "a.>", false, true },
        { "", false, false },
        { ".a", false, false },
        { "a.", false, false },
        { "a..b", false, false },
        { "a b", false, false },
        { "a.\tb", false, false },
        { "a.b*", false, false },
        { "a.>b", false, false },
        { ">.a", false, false },
        { "a.>.b", false, false },
        { "a.\xc3\xa4", false, false },
    };
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        act_str text = act_str_cstr(cases[i].text);
        if (act_subject_is_valid(text) != cases[i].subject ||
            act_subject_pattern_is_valid(text) != cases[i].pattern)
            fail_msg("\"%s\"", cases[i].text);
    }
    char room[ACT_BROKER_SUBJECT_MAX + 1];
    memset(room, 'a', sizeof room);
    assert_true(act_subject_is_valid(act_str_from(room, ACT_BROKER_SUBJECT_MAX)));
    assert_false(act_subject_is_valid(act_str_from(room, ACT_BROKER_SUBJECT_MAX + 1)));
}

static void wildcards_match_as_in_nats(void **state)
{
    (void)state;
    const struct {
        const char *pattern, *subject;
        bool matches;
    } cases[] = {
        { "a.b", "a.b", true },      { "a.b", "a.c", false },  { "a.b", "a", false },
        { "a", "a.b", false },       { "a.*", "a.b", true },   { "a.*", "a", false },
        { "a.*", "a.b.c", false },   { "*.*", "a.b", true },   { "a.*.c", "a.b.c", true },
        { "a.*.c", "a.b.d", false }, { "a.>", "a.b", true },   { "a.>", "a.b.c.d", true },
        { "a.>", "a", false },       { ">", "a", true },       { ">", "a.b.c", true },
        { "*", "a.b", false },       { "ab.>", "a.b", false }, { "a.>", "ab.c", false },
    };
    for (size_t i = 0; i < ACT_COUNT(cases); i++)
        if (act_subject_matches(act_str_cstr(cases[i].pattern),
                                act_str_cstr(cases[i].subject)) != cases[i].matches)
            fail_msg("%s ~ %s", cases[i].pattern, cases[i].subject);
}

static void a_wider_pattern_covers_a_narrower_one(void **state)
{
    (void)state;
    const struct {
        const char *wide, *narrow;
        bool covers;
    } cases[] = {
        { ">", "a.>", true },       { "a.>", "a.>", true },  { "a.>", ">", false },
        { "a.*", "a.*", true },     { "a.*", "a.>", false }, { "a.>", "a.*", true },
        { "a.>", "a.b.*.>", true }, { "*.b", "a.b", true },  { "a.b", "*.b", false },
    };
    for (size_t i = 0; i < ACT_COUNT(cases); i++)
        if (act_subject_covers(act_str_cstr(cases[i].wide),
                               act_str_cstr(cases[i].narrow)) != cases[i].covers)
            fail_msg("%s covers %s", cases[i].wide, cases[i].narrow);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(well_formed_subjects_and_patterns_are_told_apart),
        cmocka_unit_test(wildcards_match_as_in_nats),
        cmocka_unit_test(a_wider_pattern_covers_a_narrower_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
