/* Selectors read and match as apimachinery's do. */
#include "core/selector.h"

#include "base/alloc.h"
#include "support.h"

/* A set of keys and values: "k=v;k2=v2". */
static bool lookup(void *ctx, act_str key, act_str *ret)
{
    act_str rest = act_str_cstr(ctx);
    while (rest.len) {
        act_str pair, name, value;
        rest = act_str_split(rest, ';', &pair);
        value = act_str_split(pair, '=', &name);
        if (act_str_eq(name, key)) {
            *ret = value;
            return true;
        }
    }
    return false;
}

typedef int parse(act_arena *, act_str, act_selector *, act_err *);

static act_selector parsed(parse *p, act_arena *a, const char *text)
{
    act_selector s = { 0 };
    act_err e = ACT_ERR_INIT;
    if (p(a, act_str_cstr(text), &s, &e))
        fail_msg("\"%s\": %s", text, e.text);
    return s;
}

static void refuses(parse *p, const char *text, int want)
{
    ACT_AUTO(act_arena) a = test_arena();
    act_selector s = { .n = 42 };
    act_err e = ACT_ERR_INIT;
    int err = p(a, act_str_cstr(text), &s, &e);
    if (err != want)
        fail_msg("\"%s\" gave %d", text, err);
    assert_int_equal(s.n, 42);
    assert_true(e.text[0] != '\0');
}

static void fields_are_read_with_their_escapes(void **state)
{
    (void)state;
    const struct {
        const char *text;
        size_t n;
        const char *key;
        enum act_selector_op op;
        const char *value;
    } cases[] = {
        { "a=b", 1, "a", ACT_SEL_EQ, "b" },
        { "a==b", 1, "a", ACT_SEL_EQ, "b" },
        { "a!=b", 1, "a", ACT_SEL_NE, "b" },
        { "a=", 1, "a", ACT_SEL_EQ, "" },
        { "metadata.name=x,type!=Normal", 2, "metadata.name", ACT_SEL_EQ, "x" },
        { "a=b\\,c", 1, "a", ACT_SEL_EQ, "b,c" },
        { "a=b\\=c\\\\", 1, "a", ACT_SEL_EQ, "b=c\\" },
        { " a = b , c=d", 2, "a", ACT_SEL_EQ, "b" },
        { "a=b,,", 1, "a", ACT_SEL_EQ, "b" },
        { "a=b!", 1, "a", ACT_SEL_EQ, "b!" },
        { "a=h\xc3\xa9", 1, "a", ACT_SEL_EQ, "h\xc3\xa9" },
    };
    ACT_AUTO(act_arena) a = test_arena();
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        act_selector s = parsed(act_selector_parse_fields, a, cases[i].text);
        assert_int_equal(s.n, cases[i].n);
        assert_str(s.items[0].key, cases[i].key);
        assert_int_equal(s.items[0].op, cases[i].op);
        assert_int_equal(s.items[0].n, 1);
        assert_str(s.items[0].values[0], cases[i].value);
    }
    assert_int_equal(parsed(act_selector_parse_fields, a, "").n, 0);
    assert_int_equal(parsed(act_selector_parse_fields, a, " , ").n, 0);
}

static void bad_field_selectors_are_refused(void **state)
{
    (void)state;
    const char *const cases[] = { "a",     "=b",  "a=b=c", "a===b",  "a=b\\",   "a=\\n",
                                  "a=b,c", "a b", "!=x",   "a=b\\x", "a in (b)" };
    for (size_t i = 0; i < ACT_COUNT(cases); i++)
        refuses(act_selector_parse_fields, cases[i], ACT_EPARSE);
}

static void labels_are_read_with_every_operator(void **state)
{
    (void)state;
    const struct {
        const char *text;
        enum act_selector_op op;
        const char *key;
        size_t n;
        const char *first, *last;
    } cases[] = {
        { "a", ACT_SEL_EXISTS, "a", 0, NULL, NULL },
        { "!a", ACT_SEL_NOT_EXISTS, "a", 0, NULL, NULL },
        { " ! a ", ACT_SEL_NOT_EXISTS, "a", 0, NULL, NULL },
        { "a=b", ACT_SEL_EQ, "a", 1, "b", "b" },
        { "a == b", ACT_SEL_EQ, "a", 1, "b", "b" },
        { "a!=b", ACT_SEL_NE, "a", 1, "b", "b" },
        { "a=", ACT_SEL_EQ, "a", 1, "", "" },
        { "example.com/A_b.c-d=V", ACT_SEL_EQ, "example.com/A_b.c-d", 1, "V", "V" },
        { "a in (b)", ACT_SEL_IN, "a", 1, "b", "b" },
        { "a in(b,c , d)", ACT_SEL_IN, "a", 3, "b", "d" },
        { "a notin (,c)", ACT_SEL_NOTIN, "a", 2, "", "c" },
        { "a in (b,)", ACT_SEL_IN, "a", 2, "b", "" },
        { "in in (in,notin)", ACT_SEL_IN, "in", 2, "in", "notin" },
        { "in", ACT_SEL_EXISTS, "in", 0, NULL, NULL },
        { "notin=in", ACT_SEL_EQ, "notin", 1, "in", "in" },
        { "a>5", ACT_SEL_GT, "a", 1, "5", "5" },
        { "a < 17", ACT_SEL_LT, "a", 1, "17", "17" },
    };
    ACT_AUTO(act_arena) a = test_arena();
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        act_selector s = parsed(act_selector_parse_labels, a, cases[i].text);
        if (s.n != 1 || s.items[0].op != cases[i].op || s.items[0].n != cases[i].n)
            fail_msg("%s", cases[i].text);
        assert_str(s.items[0].key, cases[i].key);
        if (cases[i].n) {
            assert_str(s.items[0].values[0], cases[i].first);
            assert_str(s.items[0].values[cases[i].n - 1], cases[i].last);
        }
    }
    assert_int_equal(parsed(act_selector_parse_labels, a, "").n, 0);
    assert_int_equal(parsed(act_selector_parse_labels, a, " \t").n, 0);
    assert_int_equal(parsed(act_selector_parse_labels, a, "a,!b,c in (x,y),d!=e,f").n, 5);
    assert_int_equal(parsed(act_selector_parse_labels, a, "x=,z").n, 2);
    act_selector none = parsed(act_selector_parse_labels, a, "x in ()");
    assert_true(none.items[0].n == 1 && none.items[0].values[0].len == 0);
}

static void bad_label_selectors_are_refused(void **state)
{
    (void)state;
    const char *const cases[] = {
        ",",
        "a,",
        ",a",
        "a,,b",
        "a=b=c",
        "a b",
        "!",
        "!a=b",
        "!a b",
        "=b",
        "a in",
        "a in b",
        "a in (b",
        "a in (b c)",
        "a in (b))",
        "(a)",
        "a>b",
        "a>",
        "a>1.5",
        "-a",
        "a-",
        "a/",
        "/a",
        "a/b/c",
        "A.com/b",
        "a..b/c",
        ".a/b",
        "-a.b/c",
        "a-.b/c",
        "a=-b",
        "a=b/c",
        "a=h\xc3\xa9",
        "a===b",
        "a!==b",
        "a=(b)",
        "a=!b",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "a=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    };
    for (size_t i = 0; i < ACT_COUNT(cases); i++)
        refuses(act_selector_parse_labels, cases[i], ACT_EPARSE);
}

static void requirements_are_joined_by_and(void **state)
{
    (void)state;
    const struct {
        const char *selector, *set;
        bool matches;
    } cases[] = {
        { "", "", true },
        { "a", "a=1", true },
        { "a", "", false },
        { "a", "a=", true },
        { "!a", "b=1", true },
        { "!a", "a=1", false },
        { "a=1", "a=1", true },
        { "a=1", "a=2", false },
        { "a=", "", false },
        { "a!=1", "", true },
        { "a!=1", "a=2", true },
        { "a!=1", "a=1", false },
        { "a in (1,2)", "a=2", true },
        { "a in (1,2)", "a=3", false },
        { "a in (1,2)", "", false },
        { "a notin (1,2)", "a=3", true },
        { "a notin (1,2)", "a=1", false },
        { "a notin (1,2)", "", true },
        { "a>5", "a=6", true },
        { "a>5", "a=5", false },
        { "a<5", "a=-7", true },
        { "a<5", "a=x", false },
        { "a<5", "", false },
        { "a=1,b=2", "a=1;b=2", true },
        { "a=1,b=2", "a=1;b=3", false },
        { "a=1,!c,b in (2)", "b=2;a=1", true },
    };
    ACT_AUTO(act_arena) a = test_arena();
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        act_selector s = parsed(act_selector_parse_labels, a, cases[i].selector);
        if (act_selector_matches(&s, lookup, (void *)(uintptr_t)cases[i].set) !=
            cases[i].matches)
            fail_msg("%s on %s", cases[i].selector, cases[i].set);
    }
}

static void exact_values_serve_indexes(void **state)
{
    (void)state;
    ACT_AUTO(act_arena) a = test_arena();
    act_selector s = parsed(act_selector_parse_labels, a, "a!=0,b in (x),c in (x,y),d=z");
    act_str got = ACT_STR("before");
    assert_false(act_selector_exact(&s, ACT_STR("a"), &got));
    assert_false(act_selector_exact(&s, ACT_STR("c"), &got));
    assert_false(act_selector_exact(&s, ACT_STR("e"), &got));
    assert_str(got, "before");
    assert_true(act_selector_exact(&s, ACT_STR("b"), &got));
    assert_str(got, "x");
    assert_true(act_selector_exact(&s, ACT_STR("d"), &got));
    assert_str(got, "z");
}

static void selectors_have_a_most_of_terms_and_bytes(void **state)
{
    (void)state;
    parse *const parsers[] = { act_selector_parse_fields, act_selector_parse_labels };
    for (size_t k = 0; k < 2; k++) {
        act_buf b = ACT_BUF_INIT;
        for (size_t i = 0; i < ACT_SELECTOR_ITEMS_MAX; i++)
            act_buf_add(&b, i ? ACT_STR(",a=b") : ACT_STR("a=b"));
        act_buf_add_byte(&b, '\0');
        ACT_AUTO(act_arena) a = test_arena();
        assert_int_equal(parsed(parsers[k], a, b.ptr).n, ACT_SELECTOR_ITEMS_MAX);
        b.len--;
        act_buf_add(&b, ACT_STR(",a=b"));
        act_buf_add_byte(&b, '\0');
        refuses(parsers[k], b.ptr, ACT_ELIMIT);
        act_buf_done(&b);

        char *text = act_arena_alloc(a, ACT_SELECTOR_TEXT_MAX + 2);
        assert_non_null(text);
        memset(text, ' ', ACT_SELECTOR_TEXT_MAX);
        assert_int_equal(parsed(parsers[k], a, text).n, 0);
        text[ACT_SELECTOR_TEXT_MAX] = ' ';
        refuses(parsers[k], text, ACT_ELIMIT);
    }
}

static void failed_allocations_are_reported(void **state)
{
    (void)state;
    const struct {
        parse *parse;
        const char *text;
    } cases[] = {
        { act_selector_parse_fields, "a=b\\,c,d!=e,f=g,h=i,j=k" },
        { act_selector_parse_labels, "a=b,c in (d,e),!f,g,h=i,j>5" },
    };
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        for (size_t n = 0;; n++) {
            ACT_AUTO(act_arena) a = test_arena();
            act_selector s = { .n = 42 };
            act_fail_after(n);
            int err = cases[i].parse(a, act_str_cstr(cases[i].text), &s, NULL);
            act_fail_after(SIZE_MAX);
            if (err == ACT_OK) {
                assert_true(n > 0);
                break;
            }
            assert_int_equal(err, ACT_ENOMEM);
            assert_int_equal(s.n, 42);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_read_with_their_escapes),
        cmocka_unit_test(bad_field_selectors_are_refused),
        cmocka_unit_test(labels_are_read_with_every_operator),
        cmocka_unit_test(bad_label_selectors_are_refused),
        cmocka_unit_test(requirements_are_joined_by_and),
        cmocka_unit_test(exact_values_serve_indexes),
        cmocka_unit_test(selectors_have_a_most_of_terms_and_bytes),
        cmocka_unit_test(failed_allocations_are_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
