#include "base/json.h"
#include "base/alloc.h"
#include "base/json_write.h"
#include "json_cases.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

/* Every allocation of the process goes through here, so that a test can count them. */
static size_t heap_calls;

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define COUNTS_HEAP 1
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *p, size_t size);

void *malloc(size_t size)
{
    heap_calls++;
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    heap_calls++;
    return __libc_calloc(count, size);
}

void *realloc(void *p, size_t size)
{
    heap_calls++;
    return __libc_realloc(p, size);
}
#endif

struct fixture {
    act_json_parser *p;
    act_arena *a;
    act_err e;
};

static int setup(void **state)
{
    static struct fixture f;
    if (act_json_parser_new((act_json_limits){ 0 }, &f.p) ||
        act_arena_new(64 << 20, 0, &f.a))
        return 1;
    f.e = ACT_ERR_INIT;
    *state = &f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    act_json_parser_free(f->p);
    act_arena_free(f->a);
    return 0;
}

static const act_json *parsed(struct fixture *f, act_str text)
{
    const act_json *v = NULL;
    int err = act_json_parse(f->p, f->a, text, 0, &v, &f->e);
    if (err)
        fail_msg("%.*s: %s", ACT_STR_ARG(text), f->e.text);
    return v;
}

static void documents_are_judged_as_rfc_8259_says(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < json_case_count; i++) {
        const struct json_case *c = &json_cases[i];
        /* Exactly the text's bytes on the heap: a read behind them is seen by ASan. */
        char *exact = act_alloc(c->text.len);
        assert_non_null(exact);
        if (c->text.len)
            memcpy(exact, c->text.ptr, c->text.len);
        const act_json *v = NULL;
        size_t used = act_arena_used(f->a);
        int err =
            act_json_parse(f->p, f->a, act_str_from(exact, c->text.len), 0, &v, &f->e);
        if (err != (c->valid ? ACT_OK : ACT_EPARSE))
            fail_msg("case %zu: %.*s: %s", i, ACT_STR_ARG(c->text), act_errname(err));
        assert_true(c->valid == (v != NULL));
        assert_true(c->valid || act_arena_used(f->a) == used);
        if (!c->valid) {
            assert_true(f->e.line >= 1 && f->e.column >= 1 && f->e.offset <= c->text.len);
            assert_true(f->e.text[0] != '\0');
        }
        act_dealloc(exact);
    }
}

static void number_kinds_are_kept_apart(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *text;
        enum act_json_type type;
        int64_t i64;
        uint64_t u64;
        double f64;
    } cases[] = {
        { "0", ACT_JSON_INT, 0, 0, 0 },
        { "-0", ACT_JSON_INT, 0, 0, 0 },
        { "9223372036854775807", ACT_JSON_INT, INT64_MAX, 0, 0 },
        { "-9223372036854775808", ACT_JSON_INT, INT64_MIN, 0, 0 },
        { "9223372036854775808", ACT_JSON_UINT, 0, UINT64_C(1) << 63, 0 },
        { "18446744073709551615", ACT_JSON_UINT, 0, UINT64_MAX, 0 },
        { "18446744073709551616", ACT_JSON_DOUBLE, 0, 0, 18446744073709551616.0 },
        { "-9223372036854775809", ACT_JSON_DOUBLE, 0, 0, -9223372036854775809.0 },
        { "100000000000000000000000", ACT_JSON_DOUBLE, 0, 0, 1e23 },
        { "1.0", ACT_JSON_DOUBLE, 0, 0, 1 },
        { "1e2", ACT_JSON_DOUBLE, 0, 0, 100 },
        { "-1.5E-3", ACT_JSON_DOUBLE, 0, 0, -0.0015 },
        { "0.1", ACT_JSON_DOUBLE, 0, 0, 0.1 },
        { "1.7976931348623157e308", ACT_JSON_DOUBLE, 0, 0, 1.7976931348623157e308 },
        { "5e-324", ACT_JSON_DOUBLE, 0, 0, 5e-324 },
        { "1e-400", ACT_JSON_DOUBLE, 0, 0, 0 },
        { "0.0e99999999999999999999", ACT_JSON_DOUBLE, 0, 0, 0 },
        { "1e-99999999999999999999", ACT_JSON_DOUBLE, 0, 0, 0 },
    };
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        const act_json *v = parsed(f, act_str_cstr(cases[i].text));
        assert_int_equal(v->type, cases[i].type);
        assert_true(act_str_eq_cstr(v->raw, cases[i].text));
        if (v->type == ACT_JSON_INT)
            assert_true(v->as.i64 == cases[i].i64);
        else if (v->type == ACT_JSON_UINT)
            assert_true(v->as.u64 == cases[i].u64);
        else
            assert_true(v->as.f64 == cases[i].f64);
    }
}

static void numbers_beyond_the_largest_double_are_refused(void **state)
{
    struct fixture *f = *state;
    static const char *const texts[] = { "1e309", "-1e309", "[1e400]", "1.8e308",
                                         "1e99999999999999999999" };
    for (size_t i = 0; i < ACT_COUNT(texts); i++) {
        const act_json *v = NULL;
        assert_int_equal(act_json_parse(f->p, f->a, act_str_cstr(texts[i]), 0, &v, &f->e),
                         ACT_EPARSE);
        assert_non_null(strstr(f->e.text, "out of range"));
        assert_null(v);
    }
}

static void strings_are_unescaped(void **state)
{
    struct fixture *f = *state;
    static const struct {
        act_str json, want;
    } cases[] = {
        { ACT_STR("\"\""), ACT_STR("") },
        { ACT_STR("\"plain\""), ACT_STR("plain") },
        { ACT_STR("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""), ACT_STR("\"\\/\b\f\n\r\t") },
        { ACT_STR("\"a\\u0000b\""), ACT_STR("a\0b") },
        { ACT_STR("\"\\u00e9\\u20AC\\uD83D\\ude00\""),
          ACT_STR("\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80") },
        { ACT_STR("\"\\ud800\""), ACT_STR("\xEF\xBF\xBD") },
        { ACT_STR("\"\\udc00x\""), ACT_STR("\xEF\xBF\xBDx") },
        { ACT_STR("\"\\ud800\\ud800\\udc00\""), ACT_STR("\xEF\xBF\xBD\xF0\x90\x80\x80") },
        { ACT_STR("\"\\udc00\\udc00\""), ACT_STR("\xEF\xBF\xBD\xEF\xBF\xBD") },
        { ACT_STR("\"\\ud800\\n\""), ACT_STR("\xEF\xBF\xBD\n") },
        { ACT_STR("\"\\uDBFF\\uDFFF\""), ACT_STR("\xF4\x8F\xBF\xBF") },
        { ACT_STR("\"\xE2\x82\xAC\\u0041\""), ACT_STR("\xE2\x82\xAC"
                                                      "A") },
    };
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        const act_json *v = parsed(f, cases[i].json);
        assert_int_equal(v->type, ACT_JSON_STRING);
        assert_true(act_json_is(v, cases[i].want));
        assert_true(act_str_eq(act_json_string(v), cases[i].want));
        assert_true(act_str_eq(v->raw, cases[i].json));
    }
    const act_json *v = parsed(f, ACT_STR("{\"\\u0061b\" : \"\\u0041\", \"c\":\"\\n\"}"));
    assert_true(act_json_is(act_json_get(v, ACT_STR("ab")), ACT_STR("A")));
    assert_true(act_json_is(act_json_get(v, ACT_STR("c")), ACT_STR("\n")));
}

static void values_keep_their_raw_bytes_without_space_around(void **state)
{
    struct fixture *f = *state;
    act_str text =
        ACT_STR(" { \"a\" : [ 1 , { } ,\"x\\n\"] ,\n\"b\":true\t,\"c\": { \"d\" : "
                "null } } ");
    const act_json *v = parsed(f, text);
    size_t n;
    assert_true(act_str_eq(v->raw, act_str_trim(text)));
    const act_json *a = act_json_get(v, ACT_STR("a"));
    assert_true(act_str_eq_cstr(a->raw, "[ 1 , { } ,\"x\\n\"]"));
    const act_json *items = act_json_items(a, &n);
    assert_int_equal(n, 3);
    assert_true(act_str_eq_cstr(items[0].raw, "1"));
    assert_true(act_str_eq_cstr(items[1].raw, "{ }"));
    assert_true(act_str_eq_cstr(items[2].raw, "\"x\\n\""));
    assert_true(act_str_eq_cstr(act_json_get(v, ACT_STR("b"))->raw, "true"));
    const act_json *d = act_json_path(v, "c", "d", NULL);
    assert_int_equal(d->type, ACT_JSON_NULL);
    assert_true(act_str_eq_cstr(d->raw, "null"));
}

static void readers_take_anything_and_give_nothing_for_the_wrong_type(void **state)
{
    struct fixture *f = *state;
    const act_json *v = parsed(f, ACT_STR("{\"s\":\"x\",\"a\":[],\"o\":{},\"n\":1}"));
    size_t n = 7;
    assert_null(act_json_get(NULL, ACT_STR("x")));
    assert_null(act_json_get(act_json_get(v, ACT_STR("s")), ACT_STR("x")));
    assert_null(act_json_get(v, ACT_STR("x")));
    assert_null(act_json_get(v, (act_str){ 0 }));
    assert_null(act_json_path(v, "s", "t", "u", NULL));
    assert_ptr_equal(act_json_path(v, NULL), v);
    assert_null(act_json_items(v, &n));
    assert_int_equal(n, 0);
    assert_null(act_json_items(act_json_get(v, ACT_STR("a")), &n));
    assert_null(act_json_members(act_json_get(v, ACT_STR("o")), &n));
    assert_null(act_json_members(act_json_get(v, ACT_STR("a")), &n));
    assert_null(act_json_members(NULL, &n));
    assert_int_equal(act_json_string(NULL).len, 0);
    assert_int_equal(act_json_string(v).len, 0);
    assert_false(act_json_is(NULL, (act_str){ 0 }));
    assert_false(act_json_is(act_json_get(v, ACT_STR("n")), (act_str){ 0 }));
}

static void last_duplicate_wins_in_the_first_place(void **state)
{
    struct fixture *f = *state;
    const act_json *v =
        parsed(f, ACT_STR("{\"a\":1,\"b\":2,\"\\u0061\":3,\"c\":4,\"a\":5}"));
    size_t n;
    const act_json_member *m = act_json_members(v, &n);
    assert_int_equal(n, 3);
    assert_true(act_str_eq_cstr(m[0].key, "a") && m[0].value.as.i64 == 5);
    assert_true(act_str_eq_cstr(m[1].key, "b") && m[1].value.as.i64 == 2);
    assert_true(act_str_eq_cstr(m[2].key, "c") && m[2].value.as.i64 == 4);
}

/* {"k0":0,...} with @n members, then the first @dups of them again with 1000 more. */
static act_str many_members(act_buf *b, size_t n, size_t dups)
{
    act_json_writer w = act_json_writer_on(b);
    char key[24];
    act_jw_object(&w);
    for (size_t i = 0; i < n + dups; i++) {
        (void)snprintf(key, sizeof key, "k%zu", i < n ? i : i - n);
        act_jw_kv_i64(&w, key, (int64_t)(i < n ? i : i - n + 1000));
    }
    act_jw_object_end(&w);
    assert_int_equal(act_buf_err(b), ACT_OK);
    return act_buf_str(b);
}

static void objects_of_every_size_are_searched_and_cleaned(void **state)
{
    struct fixture *f = *state;
    for (size_t n = 1; n <= 600; n = n < 70 ? n + 1 : n * 2) {
        for (size_t dups = 0; dups <= n; dups += n / 2 + 1) {
            act_buf b = ACT_BUF_INIT;
            const act_json *v = parsed(f, many_members(&b, n, dups));
            size_t count;
            const act_json_member *m = act_json_members(v, &count);
            assert_int_equal(count, n);
            for (size_t i = 0; i < n; i++) {
                char key[24];
                (void)snprintf(key, sizeof key, "k%zu", i);
                assert_ptr_equal(act_json_get(v, act_str_cstr(key)), &m[i].value);
                assert_int_equal(m[i].value.as.i64, i < dups ? i + 1000 : i);
            }
            assert_null(act_json_get(v, ACT_STR("k")));
            assert_null(act_json_get(v, ACT_STR("missing")));
            act_buf_done(&b);
            act_arena_reset(f->a);
        }
    }
}

static void errors_say_where(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *text;
        uint32_t line, column;
        size_t offset;
        const char *word;
    } cases[] = {
        { "", 1, 1, 0, "no value" },
        { " \n ", 2, 2, 3, "no value" },
        { "{\"a\":1,\n \"b\" 2}", 2, 6, 13, "expected ':'" },
        { "{\"a\":1 \"b\":2}", 1, 8, 7, "expected ',' or '}'" },
        { "[1,2", 1, 5, 4, "unexpected end" },
        { "[1,]", 1, 4, 3, "expected a value" },
        { "[\"\xC3\xA9\xC3\xA9\", x]", 1, 8, 9, "expected a value" },
        { "{\"a\":1} {}", 1, 9, 8, "bytes behind" },
        { "[\"ab\\x\"]", 1, 5, 4, "invalid escape" },
        { "[\"ab\ncd\"]", 1, 5, 4, "control character" },
        { "[\"ab\xFF\"]", 1, 5, 4, "UTF-8" },
        { "[1, \"ab", 1, 5, 4, "without an end" },
        { "{1:2}", 1, 2, 1, "expected a member name" },
        { "[truex]", 1, 6, 5, "unexpected character" },
    };
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        const act_json *v = NULL;
        f->e = ACT_ERR_INIT;
        assert_int_equal(
            act_json_parse(f->p, f->a, act_str_cstr(cases[i].text), 0, &v, &f->e),
            ACT_EPARSE);
        if (!strstr(f->e.text, cases[i].word))
            fail_msg("%s: %s", cases[i].text, f->e.text);
        assert_int_equal(f->e.line, cases[i].line);
        assert_int_equal(f->e.column, cases[i].column);
        assert_int_equal(f->e.offset, cases[i].offset);
        assert_int_equal(
            act_json_parse(f->p, f->a, act_str_cstr(cases[i].text), 0, &v, NULL),
            ACT_EPARSE);
    }
}

/* @depth opening brackets and as many closing ones. */
static act_str nested(act_buf *b, size_t depth, bool objects)
{
    for (size_t i = 0; i < depth; i++)
        act_buf_add(b, objects ? ACT_STR("{\"a\":") : ACT_STR("["));
    act_buf_add(b, objects ? ACT_STR("0") : ACT_STR(" "));
    for (size_t i = 0; i < depth; i++)
        act_buf_add_byte(b, objects ? '}' : ']');
    return act_buf_str(b);
}

static void depth_and_size_have_limits(void **state)
{
    struct fixture *f = *state;
    const size_t lazy_above[] = { SIZE_MAX, 2 };
    for (size_t lazy = 0; lazy < 2; lazy++) {
        for (int objects = 0; objects < 2; objects++) {
            ACT_AUTO(act_json_parser) p = NULL;
            act_buf fits = ACT_BUF_INIT, deep = ACT_BUF_INIT;
            const act_json *v = NULL;
            act_json_limits limits = { .max_depth = 10, .lazy_above = lazy_above[lazy] };
            assert_int_equal(act_json_parser_new(limits, &p), ACT_OK);
            assert_int_equal(
                act_json_parse(p, f->a, nested(&deep, 11, objects), 0, &v, &f->e),
                ACT_ELIMIT);
            assert_non_null(strstr(f->e.text, "too deep"));
            assert_int_equal(
                act_json_parse(p, f->a, nested(&fits, 10, objects), 0, &v, &f->e), ACT_OK);
            act_buf_done(&fits);
            act_buf_done(&deep);
        }
    }
    ACT_AUTO(act_json_parser) p = NULL;
    const act_json *v = NULL;
    assert_int_equal(act_json_parser_new((act_json_limits){ .max_bytes = 6 }, &p), ACT_OK);
    assert_int_equal(act_json_parse(p, f->a, ACT_STR("[1,22]"), 0, &v, &f->e), ACT_OK);
    assert_int_equal(act_json_parse(p, f->a, ACT_STR("[1,222]"), 0, &v, &f->e), ACT_ELIMIT);
    assert_non_null(strstr(f->e.text, "6 bytes"));

    act_buf big = ACT_BUF_INIT; /* the defaults: 128 levels, 3 MiB */
    assert_int_equal(act_json_parse(f->p, f->a, nested(&big, 128, false), 0, &v, &f->e),
                     ACT_OK);
    act_buf_clear(&big);
    assert_int_equal(act_json_parse(f->p, f->a, nested(&big, 129, false), 0, &v, &f->e),
                     ACT_ELIMIT);
    act_buf_clear(&big);
    act_buf_add_byte(&big, '"');
    while (big.len < (3 << 20) - 1)
        act_buf_add_byte(&big, 'x');
    act_buf_add_byte(&big, '"');
    assert_int_equal(act_json_parse(f->p, f->a, act_buf_str(&big), 0, &v, &f->e), ACT_OK);
    act_buf_add_byte(&big, ' ');
    assert_int_equal(act_json_parse(f->p, f->a, act_buf_str(&big), 0, &v, &f->e),
                     ACT_ELIMIT);
    act_buf_done(&big);
}

static void full_arena_is_an_error_and_leaves_it_as_it_was(void **state)
{
    struct fixture *f = *state;
    act_str text = ACT_STR("{\"a\":[1,2,{\"b\":\"x\\n\"}],\"c\":[[],{}]}");
    for (size_t cap = 0;; cap += 16) {
        ACT_AUTO(act_arena) a = NULL;
        const act_json *v = NULL;
        assert_int_equal(act_arena_new(cap, 0, &a), ACT_OK);
        int err = act_json_parse(f->p, a, text, 0, &v, &f->e);
        if (err == ACT_OK)
            break;
        assert_int_equal(err, ACT_ENOMEM);
        assert_null(v);
        assert_int_equal(act_arena_used(a), 0);
        assert_true(cap < 10000);
    }
    /* A crowd of small values stops while it is collected, not after. */
    ACT_AUTO(act_arena) small = NULL;
    act_buf b = ACT_BUF_INIT;
    const act_json *v = NULL;
    act_buf_add(&b, ACT_STR("[0"));
    for (int i = 0; i < 1000000; i++)
        act_buf_add(&b, ACT_STR(",0"));
    act_buf_add_byte(&b, ']');
    assert_int_equal(act_arena_new(100000, 0, &small), ACT_OK);
    assert_int_equal(act_json_parse(f->p, small, act_buf_str(&b), 0, &v, NULL), ACT_ENOMEM);
    assert_int_equal(act_json_parse(f->p, f->a, act_buf_str(&b), 0, &v, NULL), ACT_OK);
    assert_int_equal(v->count, 1000001);
    act_buf_done(&b);
}

static void failed_allocations_are_errors(void **state)
{
    (void)state;
    act_str text = ACT_STR("{\"a\":[1,2,{\"b\":\"x\\n\"}],\"c\":[[],{}]}");
    for (size_t n = 0;; n++) {
        ACT_AUTO(act_json_parser) p = NULL;
        ACT_AUTO(act_arena) a = NULL;
        const act_json *v = NULL;
        act_fail_after(n);
        int err = act_json_parser_new((act_json_limits){ 0 }, &p);
        if (!err)
            err = act_arena_new(1 << 20, 0, &a);
        if (!err)
            err = act_json_parse(p, a, text, 0, &v, NULL);
        act_fail_after(SIZE_MAX);
        assert_true(err == ACT_OK || err == ACT_ENOMEM);
        assert_true((err == ACT_OK) == (v != NULL));
        if (err == ACT_OK)
            break;
        assert_true(n < 100);
    }
}

/* The text lies against a page that must not be touched: the indexer reads no padding. */
static void nothing_is_read_behind_the_text(void **state)
{
    struct fixture *f = *state;
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *map =
        mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(map != MAP_FAILED);
    assert_int_equal(mprotect(map + page, page, PROT_NONE), 0);
    for (size_t len = 2; len <= 700; len++) {
        char *text = map + page - len;
        const act_json *v = NULL;
        memset(text, 'x', len);
        text[0] = text[len - 1] = '"';
        assert_string_equal(
            act_errname(act_json_parse(f->p, f->a, act_str_from(text, len), 0, &v, &f->e)),
            "OK");
        assert_int_equal(v->as.string.len, len - 2);
        memset(text, '1', len); /* a number that ends with the text */
        if (len < 300)
            assert_int_equal(
                act_json_parse(f->p, f->a, act_str_from(text, len), 0, &v, NULL), ACT_OK);
        text[0] = '[';
        assert_int_equal(act_json_parse(f->p, f->a, act_str_from(text, len), 0, &v, NULL),
                         ACT_EPARSE);
        memset(text, '[', len);
        assert_true(act_json_parse(f->p, f->a, act_str_from(text, len), 0, &v, NULL) != 0);
        memcpy(text + len - 2, "\"\\", 2);
        assert_true(act_json_parse(f->p, f->a, act_str_from(text, len), 0, &v, NULL) != 0);
    }
    assert_int_equal(munmap(map, 2 * page), 0);
}

static bool same(const act_json *a, const act_json *b)
{
    size_t n, m;
    if (a->type != b->type || !act_str_eq(a->raw, b->raw))
        return false;
    switch ((enum act_json_type)a->type) {
    case ACT_JSON_NULL:
        return true;
    case ACT_JSON_BOOL:
        return a->as.boolean == b->as.boolean;
    case ACT_JSON_INT:
        return a->as.i64 == b->as.i64;
    case ACT_JSON_UINT:
        return a->as.u64 == b->as.u64;
    case ACT_JSON_DOUBLE:
        return a->as.f64 == b->as.f64;
    case ACT_JSON_STRING:
        return act_str_eq(a->as.string, b->as.string);
    case ACT_JSON_ARRAY: {
        const act_json *x = act_json_items(a, &n), *y = act_json_items(b, &m);
        bool equal = n == m;
        for (size_t i = 0; equal && i < n; i++)
            equal = same(&x[i], &y[i]);
        return equal;
    }
    case ACT_JSON_OBJECT: {
        const act_json_member *x = act_json_members(a, &n), *y = act_json_members(b, &m);
        bool equal = n == m;
        for (size_t i = 0; equal && i < n; i++)
            equal = act_str_eq(x[i].key, y[i].key) && x[i].hash == y[i].hash &&
                    act_json_get(b, x[i].key) == &y[i].value &&
                    same(&x[i].value, &y[i].value);
        return equal;
    }
    }
    return false;
}

/* Calls @fn for each line of the sample file; returns how many there were. */
static size_t each_sample(void (*fn)(void *ctx, act_str line), void *ctx)
{
    FILE *file = fopen(ACT_TEST_DATA "/json/audit-samples.jsonl", "rb");
    assert_non_null(file);
    static char text[1 << 18];
    size_t len = fread(text, 1, sizeof text, file), count = 0;
    assert_true(len > 0 && len < sizeof text);
    fclose(file);
    for (act_str left = { text, len }, line; left.len > 0;) {
        left = act_str_split(left, '\n', &line);
        if (line.len > 0) {
            fn(ctx, line);
            count++;
        }
    }
    return count;
}

static void compare_lazy(void *ctx, act_str line)
{
    struct fixture *f = ctx;
    const act_json *whole = parsed(f, line);
    const size_t above[] = { 2, 64, 300, 1000 };
    for (size_t i = 0; i < ACT_COUNT(above); i++) {
        ACT_AUTO(act_json_parser) p = NULL;
        const act_json *v = NULL;
        act_json_limits limits = { .lazy_above = above[i] };
        assert_int_equal(act_json_parser_new(limits, &p), ACT_OK);
        assert_int_equal(act_json_parse(p, f->a, line, 0, &v, &f->e), ACT_OK);
        size_t n, lazy = 0, large = 0;
        const act_json_member *m = act_json_members(v, &n);
        for (size_t k = 0; k < n; k++) {
            bool container =
                m[k].value.type == ACT_JSON_ARRAY || m[k].value.type == ACT_JSON_OBJECT;
            lazy += m[k].value.lazy;
            large += container && m[k].value.raw.len > above[i];
        }
        assert_int_equal(lazy, large);
        assert_true(same(whole, v));
        assert_int_equal(act_json_parser_err(p), ACT_OK);
    }
}

static void lazy_trees_equal_whole_ones(void **state)
{
    assert_true(each_sample(compare_lazy, *state) >= 8);
}

static void lazy_nodes_survive_the_next_parse(void **state)
{
    struct fixture *f = *state;
    ACT_AUTO(act_json_parser) p = NULL;
    const act_json *first = NULL, *second = NULL;
    act_str one = ACT_STR("{\"a\":{\"b\":[1,{\"c\":\"x\\ty\"}]},\"z\":\"\\n\"}");
    act_str two = ACT_STR("[[true,false,[null,\"q\"]],{\"k\":{}}]");
    assert_int_equal(act_json_parser_new((act_json_limits){ .lazy_above = 2 }, &p), ACT_OK);
    assert_int_equal(act_json_parse(p, f->a, one, 0, &first, &f->e), ACT_OK);
    assert_int_equal(act_json_parse(p, f->a, two, 0, &second, &f->e), ACT_OK);
    assert_true(act_json_get(first, ACT_STR("a"))->lazy);
    assert_true(same(parsed(f, two), second));
    assert_true(same(parsed(f, one), first));
    assert_false(act_json_get(first, ACT_STR("a"))->lazy);
}

static void only_strings_with_escapes_are_copied(void **state)
{
    struct fixture *f = *state;
    ACT_AUTO(act_json_parser) p = NULL;
    const act_json *v = NULL;
    act_str text = ACT_STR("{\"lazy\":[\"x\\ty\"],\"plain\":\"abc\",\"not\":\"\\n\"}");
    assert_int_equal(act_json_parser_new((act_json_limits){ .lazy_above = 2 }, &p), ACT_OK);
    assert_int_equal(act_json_parse(p, f->a, text, 0, &v, &f->e), ACT_OK);
    const act_json *plain = act_json_get(v, ACT_STR("plain"));
    assert_ptr_equal(plain->as.string.ptr, plain->raw.ptr + 1);
    const act_json *escaped = act_json_get(v, ACT_STR("not"));
    assert_true(act_json_is(escaped, ACT_STR("\n")));
    assert_ptr_not_equal(escaped->as.string.ptr, escaped->raw.ptr + 1);
}

static void unvalidated_lazy_text_looks_empty_and_says_why(void **state)
{
    struct fixture *f = *state;
    ACT_AUTO(act_json_parser) p = NULL;
    const act_json *v = NULL;
    assert_int_equal(act_json_parser_new((act_json_limits){ .lazy_above = 2 }, &p), ACT_OK);
    assert_int_equal(
        act_json_parse(p, f->a, ACT_STR("{\"a\":[1 2],\"b\":{\"c\":1]}"), 0, &v, &f->e),
        ACT_OK);
    assert_int_equal(act_json_parser_err(p), ACT_OK);
    size_t n;
    assert_null(act_json_items(act_json_get(v, ACT_STR("a")), &n));
    assert_int_equal(n, 0);
    assert_int_equal(act_json_parser_err(p), ACT_EPARSE);
    assert_null(act_json_get(act_json_get(v, ACT_STR("b")), ACT_STR("c")));
    assert_int_equal(act_json_parse(p, f->a, ACT_STR("{}"), 0, &v, &f->e), ACT_OK);
    assert_int_equal(act_json_parser_err(p), ACT_OK);
    /* Brackets are counted even there. */
    assert_int_equal(act_json_parse(p, f->a, ACT_STR("{\"a\":[1,2"), 0, &v, &f->e),
                     ACT_EPARSE);
}

struct repeat {
    act_json_parser *p;
    act_arena *a;
};

static void parse_and_touch(void *ctx, act_str line)
{
    struct repeat *r = ctx;
    const act_json *v = NULL;
    act_arena_reset(r->a);
    if (act_json_parse(r->p, r->a, line, 0, &v, NULL))
        abort();
    (void)act_json_path(v, "responseObject", "metadata", "name", NULL);
}

static void warm_parser_takes_no_heap(void **state)
{
    (void)state;
#if !defined(COUNTS_HEAP) || defined(ACT_ARENA_DEBUG)
    skip(); /* sanitizers own malloc; debug arenas use it for each object */
#endif
    const size_t lazy_above[] = { SIZE_MAX, 200 };
    for (size_t i = 0; i < 2; i++) {
        ACT_AUTO(act_json_parser) p = NULL;
        ACT_AUTO(act_arena) a = NULL;
        assert_int_equal(
            act_json_parser_new((act_json_limits){ .lazy_above = lazy_above[i] }, &p),
            ACT_OK);
        assert_int_equal(act_arena_new(1 << 20, 1 << 16, &a), ACT_OK);
        struct repeat r = { p, a };
        size_t samples = each_sample(parse_and_touch, &r);
        size_t before = heap_calls;
        size_t again = each_sample(parse_and_touch, &r);
        assert_int_equal(again, samples);
        assert_true(heap_calls - before <= 2); /* the file's own buffer */
        assert_true(before > 0);
    }
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(documents_are_judged_as_rfc_8259_says),
        TEST(number_kinds_are_kept_apart),
        TEST(numbers_beyond_the_largest_double_are_refused),
        TEST(strings_are_unescaped),
        TEST(values_keep_their_raw_bytes_without_space_around),
        TEST(readers_take_anything_and_give_nothing_for_the_wrong_type),
        TEST(last_duplicate_wins_in_the_first_place),
        TEST(objects_of_every_size_are_searched_and_cleaned),
        TEST(errors_say_where),
        TEST(depth_and_size_have_limits),
        TEST(full_arena_is_an_error_and_leaves_it_as_it_was),
        TEST(failed_allocations_are_errors),
        TEST(nothing_is_read_behind_the_text),
        TEST(lazy_trees_equal_whole_ones),
        TEST(lazy_nodes_survive_the_next_parse),
        TEST(only_strings_with_escapes_are_copied),
        TEST(unvalidated_lazy_text_looks_empty_and_says_why),
        TEST(warm_parser_takes_no_heap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
