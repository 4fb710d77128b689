#include "fuzz/support/cel_gen.h"

#include "base/json_write.h"
#include "cel/time.h"
#include "fuzz/support/cel_forms.h"

#include <math.h>

enum { DEPTH_MAX = 6, LOCALS_MAX = 12, SIZE_MAX_BYTES = 800 };

/* ---- variables ----------------------------------------------------------------------- */

static const struct {
    const char *name, *type;
    char letter;
} variables[CEL_GEN_VARS] = {
    { "e", "map(string, dyn)", 'e' },
    { "vb", "bool", 'b' },
    { "vi", "int", 'i' },
    { "vu", "uint", 'u' },
    { "vd", "double", 'd' },
    { "vs", "string", 's' },
    { "vy", "bytes", 'y' },
    { "vt", "timestamp", 't' },
    { "vk", "duration", 'k' },
    { "vL", "list(int)", 'L' },
    { "vS", "list(string)", 'S' },
    { "vM", "map(string, int)", 'M' },
};

const char *cel_gen_name(uint32_t i)
{
    return variables[i].name;
}

int cel_gen_declare(cel_env *env)
{
    int err = ACT_OK;
    for (size_t i = 0; i < CEL_GEN_VARS && !err; i++)
        err = cel_env_var(env, variables[i].name, variables[i].type, NULL, NULL);
    return err;
}

/* ---- values -------------------------------------------------------------------------- */

static const int64_t ints[] = { 0,
                                1,
                                2,
                                3,
                                -1,
                                5,
                                10,
                                200,
                                404,
                                -7,
                                INT64_MAX,
                                INT64_MIN,
                                INT64_C(1) << 53,
                                (INT64_C(1) << 53) + 1,
                                1000000007 };
static const double doubles[] = { 0,
                                  1,
                                  -1,
                                  2.5,
                                  0.1,
                                  200,
                                  404,
                                  -0.,
                                  1e10,
                                  1e300,
                                  -1e18,
                                  5e-324,
                                  9007199254740993.,
                                  1.8446744073709552e19 };
static const char *const strings[] = {
    "",
    "a",
    "b",
    "ab",
    "abc",
    "create",
    "A b",
    "\u00e9",
    "\U0001F600x",
    "200",
    "-7",
    "1.5",
    "true",
    "a/b/c",
    "x.y",
    "a\\b",
    "it's",
    "\n\t",
    "10.0.0.1",
    "1Gi",
    "1.2.3",
    "2024-02-29T12:00:00Z",
    "1h30m",
    "https://h:80/p?q=1",
};
static const int64_t times[] = {
    0, 1, -1, 1709208000, 951782400, -62135596800, 253402300799, 1000000000
};
static const int64_t durations[] = {
    0, 1, -1, 1000000000, 5400000000000, INT64_MAX, INT64_MIN, -1500000000, 123321456789
};

static int64_t an_int(fuzz_input *in)
{
    uint8_t pick = fuzz_byte(in);
    return pick < 250 ? ints[pick % ACT_COUNT(ints)] : (int64_t)fuzz_u64(in);
}

static double a_double(fuzz_input *in)
{
    uint8_t pick = fuzz_byte(in);
    double d = doubles[pick % ACT_COUNT(doubles)];
    if (pick >= 250) {
        uint64_t bits = fuzz_u64(in);
        memcpy(&d, &bits, sizeof d);
    }
    return isfinite(d) ? d : 0;
}

static act_str a_string(fuzz_input *in)
{
    return act_str_cstr(strings[fuzz_byte(in) % ACT_COUNT(strings)]);
}

static const char *const keys[] = { "a", "b", "c", "verb", "n", "x y" };

/* A JSON value, at most @depth levels. */
static void write_json(fuzz_input *in, unsigned depth, act_json_writer *w)
{
    uint8_t pick = fuzz_byte(in);
    switch (depth ? pick % 8 : pick % 6) {
    case 0:
        act_jw_null(w);
        break;
    case 1:
        act_jw_bool(w, fuzz_byte(in) & 1);
        break;
    case 2:
        act_jw_i64(w, an_int(in));
        break;
    case 3:
        act_jw_f64(w, a_double(in));
        break;
    case 4:
    case 5:
        act_jw_string(w, a_string(in));
        break;
    case 6:
        act_jw_array(w);
        for (uint32_t n = fuzz_below(in, 5); n > 0; n--)
            write_json(in, depth - 1, w);
        act_jw_array_end(w);
        break;
    default:
        act_jw_object(w);
        for (size_t i = 0; i < ACT_COUNT(keys); i++) {
            if (fuzz_byte(in) % 3 == 0)
                continue;
            act_jw_key(w, act_str_cstr(keys[i]));
            write_json(in, depth - 1, w);
        }
        act_jw_object_end(w);
        break;
    }
}

static int make_event(fuzz_input *in, act_json_parser *parser, act_arena *a,
                      const act_json **ret)
{
    act_buf text = ACT_BUF_INIT;
    act_json_writer w = act_json_writer_on(&text);
    act_jw_object(&w);
    for (size_t i = 0; i < ACT_COUNT(keys); i++) {
        if (fuzz_byte(in) % 8 == 7)
            continue;
        act_jw_key(&w, act_str_cstr(keys[i]));
        write_json(in, 3, &w);
    }
    act_jw_object_end(&w);
    act_str copy;
    int err = act_buf_err(&text);
    if (!err)
        err = act_arena_str(a, act_buf_str(&text), &copy);
    if (!err)
        err = act_json_parse(parser, a, copy, 0, ret, NULL);
    act_buf_done(&text);
    return err;
}

/* A list of @count values of type @letter ('i' or 's'). */
static cel_value a_list(fuzz_input *in, act_arena *a, char letter)
{
    uint32_t n = fuzz_below(in, 5);
    cel_value *items = act_arena_make_n(a, cel_value, n);
    for (uint32_t i = 0; items && i < n; i++)
        items[i] = letter == 'i' ? cel_int(an_int(in)) : cel_string(a_string(in));
    return items ? cel_list_of(a, items, n) : cel_null();
}

static cel_value a_map(fuzz_input *in, act_arena *a)
{
    cel_entry *entries = act_arena_make_n(a, cel_entry, ACT_COUNT(keys));
    uint32_t n = 0;
    for (size_t i = 0; entries && i < ACT_COUNT(keys); i++)
        if (fuzz_byte(in) & 1)
            entries[n++] =
                (cel_entry){ cel_string(act_str_cstr(keys[i])), cel_int(an_int(in)) };
    return entries ? cel_map_of(a, entries, n) : cel_null();
}

int cel_gen_values(fuzz_input *in, act_json_parser *parser, act_arena *a,
                   cel_gen_world *ret)
{
    cel_gen_world w = { 0 };
    int err = make_event(in, parser, a, &w.event);
    if (err)
        return err;
    cel_value *v = w.value;
    v[0] = cel_json(w.event, false);
    v[1] = cel_bool(fuzz_byte(in) & 1);
    v[2] = cel_int(an_int(in));
    v[3] = cel_uint((uint64_t)an_int(in));
    v[4] = cel_double(a_double(in));
    v[5] = cel_string(a_string(in));
    v[6] = cel_bytes(a_string(in));
    v[7] = cel_timestamp(times[fuzz_byte(in) % ACT_COUNT(times)],
                         fuzz_byte(in) % 2 ? 123456789 : 0);
    v[8] = cel_duration(durations[fuzz_byte(in) % ACT_COUNT(durations)]);
    v[9] = a_list(in, a, 'i');
    v[10] = a_list(in, a, 's');
    v[11] = a_map(in, a);
    for (size_t i = 9; i < CEL_GEN_VARS; i++)
        if (v[i].kind == CEL_NULL || v[i].kind == CEL_ERROR)
            return ACT_ENOMEM;
    *ret = w;
    return ACT_OK;
}

/* ---- expressions --------------------------------------------------------------------- */

typedef struct {
    fuzz_input *in;
    act_buf *out;
    enum cel_gen_language language;
    unsigned depth;
    struct {
        char type;
        unsigned number;
        bool visible;
    } locals[LOCALS_MAX];
    size_t local_count;
    unsigned next_local;
} generator;

static void put_escaped(act_buf *out, act_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (c == '\'' || c == '\\')
            act_buf_add_byte(out, '\\');
        if (c == '\n' || c == '\t')
            act_buf_add(out, c == '\n' ? ACT_STR("\\n") : ACT_STR("\\t"));
        else
            act_buf_add_byte(out, c);
    }
}

static void put_double(act_buf *out, double d)
{
    char text[40];
    (void)snprintf(text, sizeof text, "%.17g", d);
    act_buf_printf(out, "%s%s", text, strpbrk(text, ".e") ? "" : ".0");
}

static void put_time(act_buf *out, int64_t seconds)
{
    char text[CEL_TIME_PRINT_MAX];
    size_t n = cel_time_print((cel_time){ seconds, 0 }, text);
    act_buf_printf(out, "timestamp('%.*s')", (int)n, text);
}

static void put_literal(generator *g, char type)
{
    fuzz_input *in = g->in;
    act_buf *out = g->out;
    switch (type) {
    case 'b':
        act_buf_add(out, fuzz_byte(in) & 1 ? ACT_STR("true") : ACT_STR("false"));
        break;
    case 'i':
        act_buf_printf(out, "%lld", (long long)an_int(in));
        break;
    case 'u':
        act_buf_printf(out, "%lluu", (unsigned long long)an_int(in));
        break;
    case 'd':
        put_double(out, a_double(in));
        break;
    case 's':
    case 'y':
        act_buf_add(out, type == 'y' ? ACT_STR("b'") : ACT_STR("'"));
        put_escaped(out, a_string(in));
        act_buf_add_byte(out, '\'');
        break;
    case 't':
        put_time(out, times[fuzz_byte(in) % ACT_COUNT(times)]);
        break;
    case 'k':
        act_buf_printf(out, "duration('%us')", fuzz_below(in, 5000));
        break;
    case 'L':
        act_buf_printf(out, "[%u, %u]", fuzz_below(in, 4), fuzz_below(in, 4));
        break;
    case 'S':
        act_buf_add(out, ACT_STR("['a', 'b']"));
        break;
    case 'M':
        act_buf_printf(out, "{'a': %u}", fuzz_below(in, 4));
        break;
    case 'o':
        act_buf_add(out,
                    fuzz_byte(in) & 1 ? ACT_STR("[1][?2]") : ACT_STR("optional.of(1)"));
        break;
    default:
        act_buf_printf(out, "e.%s", keys[fuzz_byte(in) % (ACT_COUNT(keys) - 1)]);
        break;
    }
}

static const char *variable_of(char type)
{
    for (size_t i = 1; i < CEL_GEN_VARS; i++)
        if (variables[i].letter == type)
            return variables[i].name;
    return NULL;
}

/* A local variable, a variable or a literal. */
static void put_leaf(generator *g, char type)
{
    uint8_t pick = fuzz_byte(g->in);
    for (size_t i = g->local_count; pick % 2 && i-- > 0;)
        if (g->locals[i].visible && g->locals[i].type == type) {
            act_buf_printf(g->out, "x%u", g->locals[i].number);
            return;
        }
    const char *name = variable_of(type);
    if (pick % 4 < 2 && name)
        act_buf_add(g->out, act_str_cstr(name));
    else
        put_literal(g, type);
}

static size_t count_forms(const generator *g, char type)
{
    size_t n = 0;
    for (size_t i = 0; i < cel_form_count; i++)
        n += cel_forms[i].type == type && cel_forms[i].language <= g->language;
    return n;
}

static const cel_form *form_at(const generator *g, char type, size_t index)
{
    for (size_t i = 0; i < cel_form_count; i++)
        if (cel_forms[i].type == type && cel_forms[i].language <= g->language &&
            index-- == 0)
            return &cel_forms[i];
    return NULL;
}

static void put_local(generator *g, char type)
{
    act_buf_printf(g->out, "x%u", g->next_local);
    if (g->local_count == LOCALS_MAX)
        return; /* declared, never used */
    g->locals[g->local_count].type = type;
    g->locals[g->local_count].number = g->next_local++;
    g->locals[g->local_count++].visible = false;
}

/* Recursion ends at DEPTH_MAX. */
static void put(generator *g, char type)
{
    size_t n = count_forms(g, type);
    bool leaf = g->depth == DEPTH_MAX || fuzz_ended(g->in) || g->out->len > SIZE_MAX_BYTES;
    if (leaf || n == 0 || fuzz_byte(g->in) % 5 == 4) {
        put_leaf(g, type);
        return;
    }
    const cel_form *f = form_at(g, type, fuzz_below(g->in, (uint32_t)n));
    size_t locals = g->local_count;
    g->depth++;
    for (const char *p = f->pattern; *p; p++) {
        if (*p == '$') {
            put(g, *++p);
        } else if (*p == '#') {
            put_local(g, *++p);
        } else if (*p == '~') {
            for (size_t i = locals; i < g->local_count; i++)
                g->locals[i].visible = true;
        } else {
            act_buf_add_byte(g->out, *p);
        }
    }
    g->depth--;
    g->local_count = locals;
}

void cel_gen_expression(fuzz_input *in, enum cel_gen_language language,
                        enum cel_gen_type type, act_buf *out)
{
    generator g = { .in = in, .out = out, .language = language };
    put(&g, (char)type);
}
