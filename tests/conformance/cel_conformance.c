/* Runs CEL conformance tests from files of JSON lines (conf_test.h says what a line holds)
 * and ends with "N passed, M failed".
 *
 *   cel_conformance [--exceptions FILE] [--expect COUNT] FILE...
 *
 * A test on the list of exceptions counts neither as passed nor as failed while it fails,
 * and as failed once it passes. --expect makes any other number of tests an error, so that
 * a broken source of lines is no success. Exit status: 0, 1 (failures), 2 (usage). */
#include "conformance/conf_exceptions.h"
#include "conformance/conf_file.h"
#include "conformance/conf_test.h"

enum { ARENA_CAP = 64 << 20 };

typedef struct {
    conf_exceptions *exceptions;
    act_json_parser *parser;
    act_arena *arena;
    size_t passed, failed, excepted;
} session;

static void report(const char *verdict, act_str id, const act_json *line,
                   const char *reason)
{
    act_str expr = act_json_string(act_json_get(line, ACT_STR("expr")));
    printf("%s %.*s: %.*s\n     %s\n", verdict, ACT_STR_ARG(id), ACT_STR_ARG(expr), reason);
}

static int run_line(session *s, const act_json *line, act_err *e)
{
    conf_reason reason = { .text = "" };
    act_str id = conf_test_id(line, s->arena);
    int err = conf_test_run(line, s->arena, &reason);
    act_str allowed =
        s->exceptions ? conf_exceptions_reason(s->exceptions, id) : (act_str){ 0 };
    if (err && err != ACT_EEVAL)
        return act_fail(e, err, "%.*s: %s", ACT_STR_ARG(id), act_strerror(err));
    if (err && allowed.len) {
        s->excepted++;
        printf("known %.*s: %.*s\n", ACT_STR_ARG(id), ACT_STR_ARG(allowed));
    } else if (err) {
        s->failed++;
        report("FAIL", id, line, reason.text);
    } else if (allowed.len) {
        s->failed++;
        report("FAIL", id, line, "passes, but is on the list of exceptions: strike it off");
    } else {
        s->passed++;
    }
    return ACT_OK;
}

static int run_file(session *s, const char *path, act_err *e)
{
    act_buf text = ACT_BUF_INIT;
    int err = conf_file_read(path, &text, e);
    act_str rest = act_buf_str(&text), line;
    for (size_t number = 1; rest.len && !err; number++) {
        rest = act_str_split(rest, '\n', &line);
        if (act_str_trim(line).len == 0)
            continue;
        const act_json *test;
        act_err detail = ACT_ERR_INIT;
        act_arena_reset(s->arena);
        err = act_json_parse(s->parser, s->arena, line, 0, &test, &detail);
        if (!err)
            err = run_line(s, test, &detail);
        if (err)
            err = act_fail(e, err, "%s:%zu: %s", path, number, detail.text);
    }
    act_buf_done(&text);
    return err;
}

static int usage(void)
{
    fputs("usage: cel_conformance [--exceptions FILE] [--expect COUNT] FILE...\n", stderr);
    return 2;
}

int main(int argc, char **argv)
{
    session s = { 0 };
    act_err e = ACT_ERR_INIT;
    uint64_t expected = UINT64_MAX;
    int first = 1, err = ACT_OK;
    for (; first + 1 < argc && argv[first][0] == '-' && argv[first][1]; first += 2) {
        if (strcmp(argv[first], "--exceptions") == 0)
            err = conf_exceptions_read(argv[first + 1], &s.exceptions, &e);
        else if (strcmp(argv[first], "--expect") != 0 ||
                 act_str_to_u64(act_str_cstr(argv[first + 1]), &expected))
            return usage();
    }
    if (first >= argc)
        return usage();
    if (!err)
        err = act_json_parser_new((act_json_limits){ 0 }, &s.parser);
    if (!err)
        err = act_arena_new(ARENA_CAP, 1 << 16, &s.arena);
    for (int i = first; i < argc && !err; i++)
        err = run_file(&s, argv[i], &e);

    size_t total = s.passed + s.failed + s.excepted;
    if (err)
        fprintf(stderr, "cel_conformance: %s\n", e.text[0] ? e.text : act_strerror(err));
    if (!err && expected != UINT64_MAX && total != expected)
        err = act_fail(&e, ACT_EINVAL, "expected other tests");
    if (!err || total)
        printf("%zu tests, %zu known exceptions\n%zu passed, %zu failed\n", total,
               s.excepted, s.passed, s.failed);
    if (err == ACT_EINVAL && expected != UINT64_MAX && total != expected)
        fprintf(stderr, "cel_conformance: %llu tests were expected\n",
                (unsigned long long)expected);
    act_arena_free(s.arena);
    act_json_parser_free(s.parser);
    conf_exceptions_free(s.exceptions);
    return err || s.failed ? 1 : 0;
}
