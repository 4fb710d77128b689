/* YAML: read as Kubernetes reads it, bounded, and written so that it reads back the same.
 */
#include "kube/yaml.h"
#include "kube/yaml_scalar.h"

#include "base/json_build.h"
#include "support.h"

static int read_yaml(const char *text, const act_yaml_document **ret, size_t *ret_n,
                     act_err *e)
{
    return act_yaml_read(test_arena, act_str_cstr(text), NULL, ret, ret_n, e);
}

/* The only document, as JSON with single quotes. */
static const char *json(const char *text)
{
    const act_yaml_document *docs;
    size_t n;
    act_err e = ACT_ERR_INIT;
    if (read_yaml(text, &docs, &n, &e))
        fail_msg("%s: %s", text, e.text);
    assert_int_equal(n, 1);
    return text_of(docs[0].value);
}

/* The document in which the last of equal keys count, and what was said of the others. */
static const char *last_of(const char *text)
{
    static char said[2048];
    const act_yaml_document *docs;
    size_t n;
    act_yaml_repeats repeats;
    act_err e = ACT_ERR_INIT;
    if (act_yaml_read_last(test_arena, act_str_cstr(text), NULL, &repeats, &docs, &n, &e))
        fail_msg("%s: %s", text, e.text);
    assert_int_equal(n, 1);
    (void)snprintf(said, sizeof said, "%s", text_of(docs[0].value));
    for (size_t i = 0; i < repeats.n && i < ACT_COUNT(repeats.texts); i++)
        (void)snprintf(said + strlen(said), sizeof said - strlen(said), "|%.*s",
                       ACT_STR_ARG(repeats.texts[i]));
    return said;
}

static void scalars_mean_what_kubernetes_means(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        { "1", "1" },
        { "-7", "-7" },
        { "0x1F", "31" },
        { "0o17", "15" },
        { "017", "15" },
        { "0b101", "5" },
        { "1_000", "1000" },
        { "18446744073709551615", "18446744073709551615" },
        { "1.5", "1.5" },
        { "1e3", "1000" },
        { "true", "true" },
        { "yes", "true" },
        { "Off", "false" },
        { "~", "null" },
        { "null", "null" },
        { "", "null" },
        { "text", "'text'" },
        { "2026-01-02", "'2026-01-02'" },
        { "1.2.3", "'1.2.3'" },
        { "\"1\"", "'1'" },
        { "'yes'", "'yes'" },
        { "!!str 1", "'1'" },
        { "!!int \"7\"", "7" },
        { "\"\\u00e9\\x41\"", "'\xC3\xA9"
                              "A'" },
    };
    for (size_t i = 0; i < ACT_COUNT(rows); i++) {
        char text[128], wanted[128];
        (void)snprintf(text, sizeof text, "k: %s\n", rows[i][0]);
        (void)snprintf(wanted, sizeof wanted, "{'k':%s}", rows[i][1]);
        assert_string_equal(json(text), wanted);
    }
}

static void collections_and_aliases(void **state)
{
    (void)state;
    assert_string_equal(json("a:\n- 1\n- b: [2, {c: 3}]\nd: {}\n"),
                        "{'a':[1,{'b':[2,{'c':3}]}],'d':{}}");
    assert_string_equal(json("a: &x {k: v}\nb: *x\n"), "{'a':{'k':'v'},'b':{'k':'v'}}");
    assert_string_equal(json("a: |\n  two\n  lines\nb: >-\n  one\n  line\n"),
                        "{'a':'two\\nlines\\n','b':'one line'}");
    assert_string_equal(json("{\"json\": [true, null]}"), "{'json':[true,null]}");
    assert_string_equal(json("1: one\ntrue: yes\n"), "{'1':'one','true':true}");
}

/* As YAML 1.1 has it, and kubectl reads it. */
static void mappings_are_merged(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        { "a: &x {k: v, l: w}\nb:\n  <<: *x\n  l: own\n",
          "{'a':{'k':'v','l':'w'},'b':{'l':'own','k':'v'}}" },
        { "a: &x {k: v}\nb:\n  k: own\n  <<: *x\n", "{'a':{'k':'v'},'b':{'k':'own'}}" },
        { "<<: {k: v}\n", "{'k':'v'}" },
        { "<<: [{k: 1}, {k: 2, l: 3}]\nm: 4\n", "{'m':4,'k':1,'l':3}" },
        { "a: &x {k: v}\nb: &y {<<: *x, l: w}\nc: {<<: *y}\n",
          "{'a':{'k':'v'},'b':{'l':'w','k':'v'},'c':{'l':'w','k':'v'}}" },
        { "'<<': {k: v}\n", "{'<<':{'k':'v'}}" },
        { "a: <<\n", "{'a':'<<'}" },
        { "<<: {}\n", "{}" },
    };
    for (size_t i = 0; i < ACT_COUNT(rows); i++) {
        assert_string_equal(json(rows[i][0]), rows[i][1]);
        assert_string_equal(last_of(rows[i][0]), rows[i][1]);
    }
}

static void documents_are_counted_without_the_empty(void **state)
{
    (void)state;
    const act_yaml_document *docs;
    size_t n;
    assert_int_equal(
        read_yaml("---\n---\na: 1\n---\n# nothing\n---\nb: 2\n", &docs, &n, NULL), 0);
    assert_int_equal(n, 2);
    assert_int_equal(docs[1].line, 6);
    assert_int_equal(read_yaml("", &docs, &n, NULL), 0);
    assert_int_equal(n, 0);
}

static void what_is_wrong_has_a_place(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int err;
        uint32_t line;
    } rows[] = {
        { "a: 1\nb: [1\n", ACT_EPARSE, 3 },
        { "a: 1\na: 2\n", ACT_EPARSE, 2 },
        { "a: .inf\n", ACT_EPARSE, 1 },
        { "a: !!timestamp 2026-01-01\n", ACT_EPARSE, 1 },
        { "a: *nobody\n", ACT_EPARSE, 1 },
        { "a: &x [*x]\n", ACT_EPARSE, 1 },
        { "a: \"\\ud800\"\n", ACT_EPARSE, 1 },
        { "<<: 1\n", ACT_EPARSE, 1 },
        { "<<: [{}, 1]\n", ACT_EPARSE, 1 },
        { "<<: {}\n<<: {}\n", ACT_EPARSE, 2 },
    };
    for (size_t i = 0; i < ACT_COUNT(rows); i++) {
        const act_yaml_document *docs = NULL;
        size_t n = 77;
        act_err e = ACT_ERR_INIT;
        if (read_yaml(rows[i].text, &docs, &n, &e) != rows[i].err)
            fail_msg("%s: %s", rows[i].text, e.text);
        assert_null(docs);
        assert_int_equal(n, 77);
        assert_int_equal(e.line, rows[i].line);
        assert_true(strlen(e.text) > 0);
    }
}

/* In the words and with the lines of Kubernetes' reader, which names the line of the value,
 * and what is inside of it first. */
static void of_equal_keys_the_last_counts(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        { "a: 1\nb: 2\n", "{'a':1,'b':2}" },
        { "a: 1\nb: 2\na: 3\n", "{'a':3,'b':2}|line 3: key \"a\" already set in map" },
        { "a: 1\na:\n  b: 1\n  b: 2\na: 4\n", "{'a':4}|line 4: key \"b\" already set in "
                                              "map|line 3: key \"a\" already set in map"
                                              "|line 5: key \"a\" already set in map" },
        { "{a: 1, 'a': 2}\n", "{'a':2}|line 1: key \"a\" already set in map" },
        { "1: a\n1: b\n", "{'1':'b'}|line 2: key 1 already set in map" },
        { "x: &k a\n*k : 1\na: 2\n",
          "{'x':'a','a':2}|line 3: key \"a\" already set in map" },
        { "'a\"b': 1\n'a\"b': 2\n",
          "{'a\\'b':2}|line 2: key \"a\\\"b\" already set in map" },
    };
    for (size_t i = 0; i < ACT_COUNT(rows); i++)
        assert_string_equal(last_of(rows[i][0]), rows[i][1]);
}

static void repeats_are_counted_and_bounded(void **state)
{
    (void)state;
    const act_yaml_document *docs;
    size_t n;
    act_yaml_repeats repeats;
    act_buf text = ACT_BUF_INIT;
    for (int i = 0; i < 100; i++)
        act_buf_add(&text, ACT_STR("a: 1\n"));
    assert_int_equal(
        act_yaml_read_last(test_arena, act_buf_str(&text), NULL, &repeats, &docs, &n, NULL),
        0);
    assert_int_equal(repeats.n, 99);
    assert_string_equal(text_of(docs[0].value), "{'a':1}");
    /* Each key is compared with those before it, whether or not it is new. */
    while (text.len < 6 * 10001)
        act_buf_add(&text, ACT_STR("a: 1\n"));
    assert_int_equal(
        act_yaml_read_last(test_arena, act_buf_str(&text), NULL, &repeats, &docs, &n, NULL),
        ACT_ELIMIT);
    act_buf_done(&text);
}

static void limits_hold(void **state)
{
    (void)state;
    const act_yaml_document *docs;
    size_t n;
    char deep[304] = "a: ";
    memset(deep + 3, '[', sizeof deep - 4);
    assert_int_equal(read_yaml(deep, &docs, &n, NULL), ACT_ELIMIT);
    /* Aliases of aliases: few bytes, very many values. */
    act_buf bomb = ACT_BUF_INIT;
    act_buf_add(&bomb, ACT_STR("a: &a [x,x,x,x,x,x,x,x,x,x]\n"));
    for (char c = 'b'; c < 'k'; c++)
        act_buf_printf(&bomb, "%c: &%c [*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c]\n", c, c, c - 1,
                       c - 1, c - 1, c - 1, c - 1, c - 1, c - 1, c - 1);
    assert_int_equal(act_yaml_read(test_arena, act_buf_str(&bomb), NULL, &docs, &n, NULL),
                     ACT_ELIMIT);
    act_buf_done(&bomb);
    /* Mappings that are merged again and again: their keys are compared each time. */
    act_buf many = ACT_BUF_INIT;
    act_buf_add(&many, ACT_STR("a: &a {"));
    for (int i = 0; i < 600; i++)
        act_buf_printf(&many, "%sk%d: ", i ? ", " : "", i);
    act_buf_add(&many, ACT_STR("}\nb: {<<: [*a"));
    for (int i = 0; i < 16; i++)
        act_buf_add(&many, ACT_STR(", *a"));
    act_buf_add(&many, ACT_STR("]}\n"));
    assert_int_equal(act_yaml_read(test_arena, act_buf_str(&many), NULL, &docs, &n, NULL),
                     ACT_ELIMIT);
    act_buf_done(&many);
    act_yaml_limits small = { .max_bytes = 4 };
    assert_int_equal(act_yaml_read(test_arena, ACT_STR("a: 123"), &small, &docs, &n, NULL),
                     ACT_ELIMIT);
}

/* Strings that look like something else, or that YAML does not take as they are. */
static void what_is_written_reads_back(void **state)
{
    (void)state;
    static const char *const strings[] = {
        "",
        "yes",
        "1",
        "1.0",
        "~",
        "null",
        "0x1f",
        "- a",
        "a: b",
        "a #b",
        "#a",
        "*a",
        "&a",
        "{a}",
        "[a]",
        "a\nb",
        " a",
        "a ",
        "a\tb",
        "\"a\"",
        "'a'",
        "a:",
        "%a",
        "@a",
        "`a",
        "---",
        "...",
        "!a",
        "2026-01-01",
        "\x7f",
        "\xC2\x85",
        "a\xE2\x80\xA8"
        "b",
        "\xEF\xBB\xBFx",
        "\xC2\x9F",
        "\xEF\xBF\xBF",
        "\xF0\x9F\x98\x80",
        "\xC3\xA9\\n",
        "<<",
        "=",
        "a,b",
    };
    for (size_t i = 0; i < ACT_COUNT(strings); i++) {
        act_json list, object;
        const act_json empty = act_json_of_array(), none = act_json_of_object();
        const act_json text = act_json_of_string(act_str_cstr(strings[i]));
        assert_int_equal(act_json_insert(test_arena, &empty, 0, text, &list), 0);
        assert_int_equal(act_json_with(test_arena, &none, text.as.string, list, &object),
                         0);
        act_buf out = ACT_BUF_INIT;
        act_yaml_write(&object, &out);
        assert_int_equal(act_buf_err(&out), 0);
        const act_yaml_document *docs;
        size_t n;
        act_err e = ACT_ERR_INIT;
        if (act_yaml_read(test_arena, act_buf_str(&out), NULL, &docs, &n, &e))
            fail_msg("%.*s: %s", ACT_STR_ARG(act_buf_str(&out)), e.text);
        if (n != 1 || !act_json_equal(docs[0].value, &object))
            fail_msg("%.*s", ACT_STR_ARG(act_buf_str(&out)));
        act_buf_done(&out);
    }
}

static void what_others_read_as_times_is_quoted(void **state)
{
    (void)state;
    static const char *const quoted[] = { "2026-01-31T08:00:00Z", "2026-01-31", "12:30",
                                          "1:02:03.5" };
    static const char *const plain[] = { "1.34.5", "20260-1", "10.0.0.1:80/x", "2026-x",
                                         "a:b" };
    for (size_t i = 0; i < ACT_COUNT(quoted); i++)
        assert_true(act_yaml_needs_quotes(act_str_cstr(quoted[i])));
    for (size_t i = 0; i < ACT_COUNT(plain); i++)
        assert_false(act_yaml_needs_quotes(act_str_cstr(plain[i])));
}

static void lists_stand_under_their_key(void **state)
{
    (void)state;
    act_buf out = ACT_BUF_INIT;
    act_yaml_write(json_of("{'a':[{'b':1,'c':[2,[3]]},{}],'d':{'e':'f'},'g':[]}"), &out);
    act_str text;
    assert_int_equal(act_arena_str(test_arena, act_buf_str(&out), &text), 0);
    assert_string_equal(text.ptr, "a:\n- b: 1\n  c:\n  - 2\n  - \n    - 3\n- {}\n"
                                  "d:\n  e: f\ng: []\n");
    act_buf_done(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scalars_mean_what_kubernetes_means),
        cmocka_unit_test(collections_and_aliases),
        cmocka_unit_test(documents_are_counted_without_the_empty),
        cmocka_unit_test(what_is_wrong_has_a_place),
        cmocka_unit_test(of_equal_keys_the_last_counts),
        cmocka_unit_test(repeats_are_counted_and_bounded),
        cmocka_unit_test(mappings_are_merged),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(what_is_written_reads_back),
        cmocka_unit_test(what_others_read_as_times_is_quoted),
        cmocka_unit_test(lists_stand_under_their_key),
    };
    return cmocka_run_group_tests(tests, test_arena_setup, test_arena_teardown);
}
