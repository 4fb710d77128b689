#include "cel/parse.h"

#include "base/alloc.h"
#include "unit/cel/cel_helper.h"

/* A parse of one source. */
typedef struct {
    cel_env *env;
    act_arena *a;
    cel_errors *errors;
    cel_ast ast;
    act_buf text;
} fixture;

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof(*f));
    assert_non_null(f);
    f->env = test_env(NULL, 0);
    assert_int_equal(act_arena_new(64 << 20, 0, &f->a), 0);
    assert_int_equal(cel_errors_new(&f->errors), 0);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    act_buf_done(&f->text);
    cel_errors_free(f->errors);
    act_arena_free(f->a);
    cel_env_free(f->env);
    free(f);
    return 0;
}

static int parse(fixture *f, const char *src)
{
    act_arena_reset(f->a);
    cel_errors_begin(f->errors, act_str_cstr(src), 100);
    return cel_parse(f->env, f->a, act_str_cstr(src), f->errors, &f->ast);
}

/* @src must parse, and to the tree of @same. */
static void assert_same_tree(fixture *f, const char *src, const char *same)
{
    cel_ast other;
    int err = parse(f, src);
    if (err)
        fail_msg("%s: %.*s", src, ACT_STR_ARG(cel_errors_text(f->errors)));
    assert_int_equal(cel_parse(f->env, f->a, act_str_cstr(same), NULL, &other), 0);
    if (cel_ast_equal(f->ast.root, other.root))
        return;
    act_buf_clear(&f->text);
    cel_ast_unparse(f->ast.root, &f->text);
    fail_msg("%s is not %s but %.*s", src, same, ACT_STR_ARG(act_buf_str(&f->text)));
}

/* @src parses, and its printed source parses to an equal tree. */
static void assert_round_trip(fixture *f, const char *src)
{
    cel_ast again;
    int err = parse(f, src);
    if (err)
        fail_msg("%s: %.*s", src, ACT_STR_ARG(cel_errors_text(f->errors)));
    act_buf_clear(&f->text);
    cel_ast_unparse(f->ast.root, &f->text);
    err = cel_parse(f->env, f->a, act_buf_str(&f->text), NULL, &again);
    if (err || !cel_ast_equal(f->ast.root, again.root))
        fail_msg("%s prints as %.*s", src, ACT_STR_ARG(act_buf_str(&f->text)));
}

static void assert_fails(fixture *f, const char *src, int want, const char *part)
{
    int err = parse(f, src);
    act_str text = cel_errors_text(f->errors);
    if (err != want || act_str_find(text, act_str_cstr(part)) == SIZE_MAX)
        fail_msg("%.60s: wanted %d '%s', got %d %.*s", src, want, part, err,
                 ACT_STR_ARG(text));
}

/* @count copies of @piece, between @head and @tail. */
static char *repeated(const char *head, const char *piece, size_t count, const char *tail)
{
    act_buf b = ACT_BUF_INIT;
    act_buf_add(&b, act_str_cstr(head));
    for (size_t i = 0; i < count; i++)
        act_buf_add(&b, act_str_cstr(piece));
    act_buf_add(&b, act_str_cstr(tail));
    act_buf_add_byte(&b, '\0');
    assert_int_equal(act_buf_err(&b), 0);
    return b.ptr;
}

static void operators_bind_by_their_level(void **state)
{
    fixture *f = *state;
    assert_same_tree(f, "1 + 2 * 3", "1 + (2 * 3)");
    assert_same_tree(f, "1 - 2 - 3", "(1 - 2) - 3");
    assert_same_tree(f, "a < b == c", "(a < b) == c");
    assert_same_tree(f, "a || b && c", "a || (b && c)");
    assert_same_tree(f, "!a in b", "(!a) in b");
    assert_same_tree(f, "a ? b : c ? d : e", "a ? b : (c ? d : e)");
    assert_same_tree(f, "-a.b", "-(a.b)");
    assert_same_tree(f, "!a.b[c]", "!((a.b)[c])");
    assert_same_tree(f, "a + b % c < d + e", "(a + (b % c)) < (d + e)");
}

static void a_sign_belongs_to_the_number_behind_it(void **state)
{
    fixture *f = *state;
    assert_int_equal(parse(f, "-5"), 0);
    assert_int_equal(f->ast.root->kind, CEL_NODE_CONST);
    assert_int_equal(f->ast.root->as.constant.as.i64, -5);
    assert_int_equal(parse(f, "- 5"), 0);
    assert_int_equal(f->ast.root->kind, CEL_NODE_CONST);
    assert_same_tree(f, "-5.f()", "(-5).f()");
    assert_same_tree(f, "4--4", "4 - (-4)");
    assert_same_tree(f, "!-1", "!(-1)");
    assert_int_equal(parse(f, "-9223372036854775808"), 0);
    assert_int_equal(f->ast.root->as.constant.as.i64, INT64_MIN);
    assert_int_equal(parse(f, "-0x8000000000000000"), 0);
    assert_fails(f, "9223372036854775808", ACT_EPARSE, "invalid int literal");
    assert_fails(f, "-(9223372036854775808)", ACT_EPARSE, "invalid int literal");
    assert_fails(f, "-9223372036854775809", ACT_EPARSE, "invalid int literal");
    assert_fails(f, "18446744073709551616u", ACT_EPARSE, "invalid uint literal");
    assert_fails(f, "1e400", ACT_EPARSE, "invalid double literal");
    assert_fails(f, "-1u", ACT_OK, "");
}

static void runs_of_signs_count_by_parity(void **state)
{
    fixture *f = *state;
    assert_same_tree(f, "!!a", "a");
    assert_same_tree(f, "!!!a", "!a");
    assert_same_tree(f, "--a", "a");
    assert_same_tree(f, "--1", "1");
    assert_same_tree(f, "---1", "-(1)");
    assert_same_tree(f, "- - a", "a");
    assert_fails(f, "!-x", ACT_EPARSE, "Syntax error");
    assert_fails(f, "-!x", ACT_EPARSE, "Syntax error");
    assert_fails(f, "--", ACT_EPARSE, "unexpected end");
}

static void reserved_words_are_fields_but_no_names(void **state)
{
    fixture *f = *state;
    assert_fails(f, "while", ACT_EPARSE, "reserved identifier: while");
    assert_fails(f, "if(a)", ACT_EPARSE, "reserved identifier: if");
    assert_fails(f, "[1].map(var, var)", ACT_EPARSE, "reserved identifier: var");
    assert_fails(f, "a.true", ACT_EPARSE, "Syntax error");
    assert_fails(f, "in", ACT_EPARSE, "Syntax error");
    assert_round_trip(f, "a.while.package()");
    assert_round_trip(f, "a.`in`.`b-c`.`x y/z`");
    assert_fails(f, "a.`b`(c)", ACT_EPARSE, "Syntax error");
    assert_fails(f, "a.`b`{}", ACT_EPARSE, "Syntax error");
    assert_fails(f, "`a`", ACT_EPARSE, "Syntax error");
}

static void syntax_errors_say_where(void **state)
{
    fixture *f = *state;
    static const char *const bad[] = {
        "",        "1 +",     "(1",    "[1",    "{1: 2", "{a}",    "{:a}", "f(1,)",
        "a b",     "a.",      "a.?",   "a[",    "a[1",   "a?b",    "a?b:", "1.",
        "1 + + 2", "'a",      "a | b", "a = b", "x.y {", "f() {}", "..a",  "[,,]",
        "{,,}",    "a ? b c", "(,)",   "f(,)",  "'\\q'", "1u2",    "#",
    };
    for (size_t i = 0; i < ACT_COUNT(bad); i++) {
        if (parse(f, bad[i]) != ACT_EPARSE || cel_errors_count(f->errors) == 0)
            fail_msg("'%s' parses", bad[i]);
    }
    assert_fails(f, "a.b\n  + $", ACT_EPARSE,
                 "ERROR: <input>:2:5: Syntax error: token recognition error at: '$'\n"
                 " |   + $\n | ....^");
}

static void trailing_commas_are_for_literals_only(void **state)
{
    fixture *f = *state;
    assert_same_tree(f, "[1, 2,]", "[1, 2]");
    assert_same_tree(f, "{'a': 1,}", "{'a': 1}");
    assert_fails(f, "f(1,)", ACT_EPARSE, "unexpected ')'");
}

static void space_and_comments_may_stand_between_all_tokens(void **state)
{
    fixture *f = *state;
    assert_same_tree(
        f,
        "// c\n{ // c\n'a' // c\n: // c\n[ // c\n- // c\n1 // c\n] // c\n} // c\n"
        ". // c\na // c\n[ // c\n0 // c\n] // c\n< // c\n. // c\nf // c\n( // c\n"
        "x // c\n, // c\n! // c\ny // c\n) // c\n? // c\nr'' // c\n: // c\n1u // c",
        "{'a':[-1]}.a[0]<.f(x,!y)?r'':1u");
    assert_same_tree(f, "\t{\f'a'\r:\n1 }", "{'a': 1}");
}

static void optional_syntax_is_parsed_where_it_is_offered(void **state)
{
    fixture *f = *state;
    assert_round_trip(f, "a.?b.c[?d].?`x-y`");
    assert_round_trip(f, "[?a, b, ?c]");
    assert_round_trip(f, "{?'a': b, 'c': d}");
    cel_env *bare;
    assert_int_equal(cel_env_new(NULL, &bare), 0);
    static const char *const forms[] = { "a.?b", "a[?b]", "[?a]", "{?a: b}" };
    for (size_t i = 0; i < ACT_COUNT(forms); i++) {
        cel_ast ast;
        cel_errors_begin(f->errors, act_str_cstr(forms[i]), 100);
        assert_int_equal(cel_parse(bare, f->a, act_str_cstr(forms[i]), f->errors, &ast),
                         ACT_EPARSE);
        assert_true(act_str_find(cel_errors_text(f->errors),
                                 ACT_STR("unsupported syntax")) != SIZE_MAX);
    }
    cel_env_free(bare);
}

static void long_chains_of_logic_become_balanced_trees(void **state)
{
    fixture *f = *state;
    char *src = repeated("a", " || a", 2999, "");
    assert_int_equal(parse(f, src), 0);
    assert_int_equal(f->ast.root->depth, 13);
    free(src);
    assert_same_tree(f, "a && b && c", "(a && b) && c");
    assert_same_tree(f, "a && b && c && d", "(a && b) && (c && d)");
}

static void sizes_that_everybody_must_accept_are_accepted(void **state)
{
    fixture *f = *state;
    static const struct {
        const char *head, *piece;
        size_t count;
        const char *tail;
    } cases[] = {
        { "a", " || a", 31, "" },
        { "a", " && a", 31, "" },
        { "f(a", ", a", 31, ")" },
        { "[a", ", a", 31, "]" },
        { "{'a': b", ", a: b", 31, "}" },
        { "", "a ? b : ", 24, "c" },
        { "a", " + a", 24, "" },
        { "a", " * a", 24, "" },
        { "a", " < a", 24, "" },
        { "", "f(", 12, "a))))))))))))" },
        { "a", ".b", 12, "" },
        { "a", "[0]", 12, "" },
        { "", "[", 12, "a]]]]]]]]]]]]" },
        { "", "{0: ", 12, "a}}}}}}}}}}}}" },
        { "", "(", 32, "a))))))))))))))))))))))))))))))))" },
        { "", "!", 32, "a" },
        { "", "-", 32, "a" },
    };
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        char *src = repeated(cases[i].head, cases[i].piece, cases[i].count, cases[i].tail);
        assert_round_trip(f, src);
        free(src);
    }
}

/* Each limit with an input that just fits and one that does not. */
static void limits_are_reached_cleanly(void **state)
{
    fixture *f = *state;
    char *src = repeated("", "(", 249, "a");
    size_t n = strlen(src);
    char *closed = repeated(src, ")", 249, "");
    assert_int_equal(parse(f, closed), 0);
    free(closed);
    src[0] = '(';
    closed = repeated("(", src, 1, "");
    assert_fails(f, closed, ACT_ELIMIT, "recursion limit exceeded: 250");
    assert_int_equal(n, 250);
    free(closed);
    free(src);

    src = repeated("a", " + a", 511, "");
    assert_int_equal(parse(f, src), 0);
    free(src);
    src = repeated("a", " + a", 512, "");
    assert_fails(f, src, ACT_ELIMIT, "nests deeper than 512");
    free(src);

    src = repeated("[0", ", 0", 999, "]");
    assert_int_equal(parse(f, src), 0);
    free(src);
    src = repeated("[0", ", 0", 1000, "]");
    assert_fails(f, src, ACT_ELIMIT, "more than 1000 entries");
    free(src);
    src = repeated("{0: 0", ", 0: 0", 1000, "}");
    assert_fails(f, src, ACT_ELIMIT, "more than 1000 entries");
    free(src);

    src = repeated("f(0", ", 0", 32, ")");
    assert_fails(f, src, ACT_ELIMIT, "more than 32 arguments");
    free(src);

    src = repeated("1", " ", 16 * 1024 - 1, "");
    assert_int_equal(parse(f, src), 0);
    free(src);
    src = repeated("1", " ", 16 * 1024, "");
    assert_fails(f, src, ACT_ELIMIT, "longer than 16384 bytes");
    free(src);
}

static void smaller_limits_of_an_environment_hold(void **state)
{
    fixture *f = *state;
    cel_limits limits = CEL_LIMITS_INIT;
    limits.nodes = 5;
    limits.source_codepoints = 12;
    cel_env *env;
    cel_ast ast;
    assert_int_equal(cel_env_new(&limits, &env), 0);
    act_str fits = ACT_STR("a + b + c"), nodes = ACT_STR("a+b+c+d");
    act_str umlauts = ACT_STR("'\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
                              "\xc3\xa4\xc3\xa4\xc3\xa4'");
    act_str long_text = ACT_STR("'12345678901'");
    assert_int_equal(cel_parse(env, f->a, fits, NULL, &ast), 0);
    assert_int_equal(cel_parse(env, f->a, nodes, NULL, &ast), ACT_ELIMIT);
    assert_int_equal(cel_parse(env, f->a, umlauts, NULL, &ast), 0);
    assert_int_equal(cel_parse(env, f->a, long_text, NULL, &ast), ACT_ELIMIT);
    cel_env_free(env);
}

static void text_that_is_not_utf8_is_refused(void **state)
{
    fixture *f = *state;
    assert_fails(f, "'\xff'", ACT_EPARSE, "not valid UTF-8");
    assert_fails(f, "'\xed\xa0\x80'", ACT_EPARSE, "not valid UTF-8");
}

static void errors_of_meaning_are_collected(void **state)
{
    fixture *f = *state;
    assert_int_equal(parse(f, "if + while + 99999999999999999999 + has(a)"), ACT_EPARSE);
    assert_int_equal(cel_errors_count(f->errors), 4);
    assert_int_equal(cel_errors_at(f->errors, 1).column, 6);
}

static void printed_source_parses_to_the_same_tree(void **state)
{
    fixture *f = *state;
    static const char *const sources[] = {
        "audit.verb in ['update', 'patch'] && !has(audit.objectRef.subresource)",
        "-(1) - -1 - -a - -(-a)",
        "1.0 + 1e300 + 2.5e-7 + 5u",
        "'\\u0000\\n\"\\\\ \xc3\xa4' + b'\\xff\\x00a'",
        "l.map(x, x.filter(y, y > 1), x).exists_one(z, z)",
        "l.all(i, v, i < v) || m.transformMap(k, v, k != 'a', v)",
        "cel.bind(x, 1, x + x)",
        "a.optMap(x, x + 1).optFlatMap(y, y)",
        "math.greatest(1, 2, 3) + math.least(a)",
        "l.sortBy(e, e.name)",
        "(a ? b : c).d ? e : (f ? g : h)",
        "(a + b).c(d)[e].f",
        ".a.b(.c.d)",
        "M{a: 1, `b-c`: 2, }",
        "a.M{}",
    };
    for (size_t i = 0; i < ACT_COUNT(sources); i++)
        assert_round_trip(f, sources[i]);
}

static void out_of_memory_at_any_allocation_is_an_error(void **state)
{
    fixture *f = *state;
    static const char src[] = "m.a.exists(x, x in ['a', 'b'] && {'k': .r.s(1u)}.?k == "
                              "\"\\n\" || -1.5 < 2 && x.y) "
                              "? if : l.sortBy(e, e)";
    for (size_t n = 0;; n++) {
        act_arena *a;
        cel_errors *errors;
        cel_ast ast;
        act_fail_after(n);
        int err = act_arena_new(1 << 20, 0, &a);
        if (!err) {
            err = cel_errors_new(&errors);
            if (!err) {
                cel_errors_begin(errors, act_str_cstr(src), 100);
                err = cel_parse(f->env, a, act_str_cstr(src), errors, &ast);
                (void)cel_errors_text(errors); /* must cope as well */
                cel_errors_free(errors);
            }
            act_arena_free(a);
        }
        act_fail_after(SIZE_MAX);
        assert_true(err == ACT_EPARSE || err == ACT_ENOMEM);
        if (n > 400) /* more than one parse allocates */
            break;
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(operators_bind_by_their_level),
        TEST(a_sign_belongs_to_the_number_behind_it),
        TEST(runs_of_signs_count_by_parity),
        TEST(reserved_words_are_fields_but_no_names),
        TEST(syntax_errors_say_where),
        TEST(trailing_commas_are_for_literals_only),
        TEST(space_and_comments_may_stand_between_all_tokens),
        TEST(optional_syntax_is_parsed_where_it_is_offered),
        TEST(long_chains_of_logic_become_balanced_trees),
        TEST(sizes_that_everybody_must_accept_are_accepted),
        TEST(limits_are_reached_cleanly),
        TEST(smaller_limits_of_an_environment_hold),
        TEST(text_that_is_not_utf8_is_refused),
        TEST(errors_of_meaning_are_collected),
        TEST(printed_source_parses_to_the_same_tree),
        TEST(out_of_memory_at_any_allocation_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
