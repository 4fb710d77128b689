/* Command lines: what is read, what is refused and how it is said; help and manual. */
#include "cmd/help.h"
#include "cmd/option_value.h"
#include "cmd/options.h"

#include "base/macros.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

static const act_option table[] = {
    { "quiet", ACT_OPTION_SWITCH, NULL, NULL, "say nothing" },
    { "dir", ACT_OPTION_TEXT, "DIR", "here", "where" },
    { "name", ACT_OPTION_LIST, "NAME", NULL, "a name" },
    { "count", ACT_OPTION_NUMBER, "N", "3", "how many" },
    { "wait", ACT_OPTION_DURATION, "TIME", "1m", "how long" },
    { "room", ACT_OPTION_SIZE, "BYTES", "64Ki", "how much" },
    { "listen", ACT_OPTION_ADDRESS, "ADDRESS", "127.0.0.1:0", "where to listen" },
};

static const act_command command = {
    .name = "do it",
    .operands = "FILE...",
    .summary = "Does it.",
    .description = "First part.\n\n.second part",
    .options = table,
    .n_options = ACT_COUNT(table),
    .min_operands = 1,
    .max_operands = 2,
    .examples = { { "activity do it x", "Do it to x" } },
};

/* The manual and the help list are made of these. */
const act_command *const act_commands[] = { &command, NULL };

static int parse(act_args **ret, act_err *e, size_t n, char **words)
{
    *e = ACT_ERR_INIT;
    return act_args_parse(&command, words, n, ret, e);
}
#define PARSE(ret, e, ...)                                                                 \
    parse(ret, e, sizeof((char *[]){ __VA_ARGS__ }) / sizeof(char *),                      \
          (char *[]){ __VA_ARGS__ })

static void values_are_read_and_defaulted(void **state)
{
    (void)state;
    act_args *a = NULL;
    act_err e;
    assert_int_equal(PARSE(&a, &e, "--dir", "d", "--name=x", "f", "--name", "y", "--quiet",
                           "--wait=250ms", "--room", "2Gi", "--", "--dir"),
                     0);
    assert_true(act_args_switch(a, "quiet"));
    assert_string_equal(act_args_text(a, "dir"), "d");
    assert_string_equal(act_args_list(a, "name", 0), "x");
    assert_string_equal(act_args_list(a, "name", 1), "y");
    assert_null(act_args_list(a, "name", 2));
    assert_int_equal(act_args_number(a, "count"), 3);
    assert_int_equal(act_args_duration(a, "wait"), 250 * ACT_NS_PER_MS);
    assert_int_equal(act_args_size(a, "room"), INT64_C(2) << 30);
    assert_int_equal(act_args_operand_count(a), 2);
    assert_string_equal(act_args_operand(a, 0), "f");
    assert_string_equal(act_args_operand(a, 1), "--dir");
    act_args_free(a);

    assert_int_equal(PARSE(&a, &e, "--count=1", "--count", "2", "-"), 0);
    assert_false(act_args_switch(a, "quiet"));
    assert_int_equal(act_args_number(a, "count"), 2);
    assert_int_equal(act_args_duration(a, "wait"), 60 * ACT_NS_PER_S);
    assert_string_equal(act_args_operand(a, 0), "-");
    act_args_free(a);
}

static void wrong_lines_are_told(void **state)
{
    (void)state;
    act_args *a = NULL;
    act_err e;
    assert_int_equal(PARSE(&a, &e, "--nothing", "f"), ACT_EINVAL);
    assert_string_equal(e.text, "unknown option --nothing");
    assert_int_equal(PARSE(&a, &e, "-x", "f"), ACT_EINVAL);
    assert_string_equal(e.text, "unknown option -x");
    assert_int_equal(PARSE(&a, &e, "f", "--dir"), ACT_EINVAL);
    assert_string_equal(e.text, "--dir needs DIR");
    assert_int_equal(PARSE(&a, &e, "--quiet=1", "f"), ACT_EINVAL);
    assert_int_equal(PARSE(&a, &e, "--count=many", "f"), ACT_EINVAL);
    assert_string_equal(e.text, "--count takes a number, not \"many\"");
    assert_int_equal(PARSE(&a, &e, "--wait=1", "f"), ACT_EINVAL);
    assert_int_equal(PARSE(&a, &e, "--room=1kb", "f"), ACT_EINVAL);
    assert_int_equal(PARSE(&a, &e, "--listen=example.org:1", "f"), ACT_EINVAL);
    assert_int_equal(PARSE(&a, &e, "--quiet"), ACT_EINVAL);
    assert_string_equal(e.text, "FILE... is missing");
    assert_int_equal(PARSE(&a, &e, "f", "g", "h"), ACT_EINVAL);
    assert_string_equal(e.text, "unexpected \"h\"");
    assert_null(a);
}

static void numbers_do_not_wrap(void **state)
{
    (void)state;
    int64_t ns = 7;
    uint64_t bytes = 7;
    assert_int_equal(act_duration_parse(ACT_STR("106751d"), &ns), 0);
    assert_int_equal(act_duration_parse(ACT_STR("106752d"), &ns), ACT_ELIMIT);
    assert_int_equal(act_duration_parse(ACT_STR("0"), &ns), 0);
    assert_int_equal(ns, 0);
    assert_int_equal(act_duration_parse(ACT_STR("-1s"), &ns), ACT_EINVAL);
    assert_int_equal(act_size_parse(ACT_STR("16777215Ti"), &bytes), 0);
    assert_int_equal(act_size_parse(ACT_STR("16777216Ti"), &bytes), ACT_ELIMIT);
    assert_int_equal(act_size_parse(ACT_STR(""), &bytes), ACT_EINVAL);
    assert_int_equal(act_size_parse(ACT_STR("Ki"), &bytes), ACT_EINVAL);
}

static char *text_of(void (*print)(FILE *out))
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    print(out);
    (void)fclose(out);
    return text;
}

static void print_help(FILE *out)
{
    act_help_command(&command, out);
}

static void help_and_manual_name_everything(void **state)
{
    (void)state;
    char *help = text_of(print_help);
    char *manual = text_of(act_help_manual);
    for (size_t i = 0; i < ACT_COUNT(table); i++) {
        assert_non_null(strstr(help, table[i].help));
        assert_non_null(strstr(manual, table[i].help));
    }
    assert_non_null(strstr(help, "Usage: activity do it [OPTION...] FILE..."));
    assert_non_null(strstr(manual, "\n\\&.second part\n")); /* not a request of mdoc */
    free(help);
    free(manual);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_read_and_defaulted),
        cmocka_unit_test(wrong_lines_are_told),
        cmocka_unit_test(numbers_do_not_wrap),
        cmocka_unit_test(help_and_manual_name_everything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
