/* Type terms: construction, equality, text in both directions. */
#include "cel/type.h"

#define PRIMITIVE(k) [k] = { .kind = k, .size = 1 }
static const cel_type primitives[CEL_T_COUNT] = {
    PRIMITIVE(CEL_T_DYN),       PRIMITIVE(CEL_T_ERROR),    PRIMITIVE(CEL_T_NULL),
    PRIMITIVE(CEL_T_BOOL),      PRIMITIVE(CEL_T_INT),      PRIMITIVE(CEL_T_UINT),
    PRIMITIVE(CEL_T_DOUBLE),    PRIMITIVE(CEL_T_STRING),   PRIMITIVE(CEL_T_BYTES),
    PRIMITIVE(CEL_T_TIMESTAMP), PRIMITIVE(CEL_T_DURATION), PRIMITIVE(CEL_T_TYPE),
};

static const char *const names[CEL_T_COUNT] = {
    [CEL_T_DYN] = "dyn",
    [CEL_T_ERROR] = "!error!",
    [CEL_T_NULL] = "null",
    [CEL_T_BOOL] = "bool",
    [CEL_T_INT] = "int",
    [CEL_T_UINT] = "uint",
    [CEL_T_DOUBLE] = "double",
    [CEL_T_STRING] = "string",
    [CEL_T_BYTES] = "bytes",
    [CEL_T_TIMESTAMP] = "timestamp",
    [CEL_T_DURATION] = "duration",
    [CEL_T_LIST] = "list",
    [CEL_T_MAP] = "map",
    [CEL_T_TYPE] = "type",
    [CEL_T_OPTIONAL] = "optional_type",
    [CEL_T_OPAQUE] = "opaque",
    [CEL_T_PARAM] = "param",
};

const cel_type *cel_type_of(enum cel_type_kind kind)
{
    assert(primitives[kind].size > 0);
    return &primitives[kind];
}

static const cel_type *make(act_arena *a, enum cel_type_kind kind, act_str name,
                            const cel_type *const *args, uint8_t count)
{
    uint32_t size = 1;
    for (uint8_t i = 0; i < count; i++)
        size += args[i]->size;
    if (size > CEL_TYPE_SIZE_MAX)
        return &primitives[CEL_T_DYN];
    cel_type *t = act_arena_make(a, cel_type);
    if (!t)
        return NULL;
    t->kind = (uint8_t)kind;
    t->count = count;
    t->size = (uint16_t)size;
    t->name = name;
    for (uint8_t i = 0; i < count; i++)
        t->args[i] = args[i];
    return t;
}

static const act_str unnamed;

const cel_type *cel_type_list(act_arena *a, const cel_type *element)
{
    return make(a, CEL_T_LIST, unnamed, &element, 1);
}

const cel_type *cel_type_map(act_arena *a, const cel_type *key, const cel_type *value)
{
    const cel_type *args[] = { key, value };
    return make(a, CEL_T_MAP, unnamed, args, 2);
}

const cel_type *cel_type_optional(act_arena *a, const cel_type *of)
{
    return make(a, CEL_T_OPTIONAL, unnamed, &of, 1);
}

const cel_type *cel_type_type(act_arena *a, const cel_type *of)
{
    return make(a, CEL_T_TYPE, unnamed, &of, 1);
}

const cel_type *cel_type_opaque(act_arena *a, act_str name, const cel_type *const *args,
                                uint8_t count)
{
    return make(a, CEL_T_OPAQUE, name, args, count);
}

const cel_type *cel_type_param(act_arena *a, uint32_t id, act_str name)
{
    cel_type *t = act_arena_make(a, cel_type);
    if (t)
        *t = (cel_type){ .kind = CEL_T_PARAM, .size = 1, .id = id, .name = name };
    return t;
}

bool cel_type_same(const cel_type *a, const cel_type *b)
{
    if (a == b)
        return true;
    if (a->kind != b->kind || a->count != b->count || a->size != b->size || a->id != b->id)
        return false;
    if (a->kind == CEL_T_OPAQUE && !act_str_eq(a->name, b->name))
        return false;
    for (uint8_t i = 0; i < a->count; i++) {
        if (!cel_type_same(a->args[i], b->args[i]))
            return false;
    }
    return true;
}

void cel_type_write(const cel_type *t, act_buf *out)
{
    if (t->kind == CEL_T_OPAQUE)
        act_buf_add(out, t->name);
    else if (t->kind == CEL_T_PARAM && t->name.ptr)
        act_buf_add(out, t->name);
    else if (t->kind == CEL_T_PARAM)
        act_buf_printf(out, "_var%u", t->id - CEL_TYPE_FRESH);
    else
        act_buf_add(out, act_str_cstr(names[t->kind]));
    for (uint8_t i = 0; i < t->count; i++) {
        act_buf_add(out, i == 0 ? ACT_STR("(") : ACT_STR(", "));
        cel_type_write(t->args[i], out);
    }
    if (t->count > 0)
        act_buf_add_byte(out, ')');
}

const char *cel_type_text(act_arena *a, const cel_type *t)
{
    act_buf out = ACT_BUF_INIT;
    act_str text = { 0 };
    cel_type_write(t, &out);
    bool failed = act_buf_err(&out) || act_arena_str(a, act_buf_str(&out), &text);
    act_buf_done(&out);
    return failed ? NULL : text.ptr;
}

enum { NESTING_MAX = 16 };

static bool is_name_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '_' || c == '.';
}

static act_str take_name(act_str *text)
{
    size_t n = 0;
    *text = act_str_trim(*text);
    while (n < text->len && is_name_byte(text->ptr[n]))
        n++;
    act_str name = act_str_head(*text, n);
    *text = act_str_trim(act_str_cut(*text, n));
    return name;
}

static bool take_byte(act_str *text, char c)
{
    *text = act_str_trim(*text);
    if (text->len == 0 || text->ptr[0] != c)
        return false;
    *text = act_str_cut(*text, 1);
    return true;
}

/* Kind of a type name, or CEL_T_COUNT. */
static enum cel_type_kind kind_of_name(act_str name)
{
    static const struct {
        const char *name;
        enum cel_type_kind kind;
    } aliases[] = {
        { "null_type", CEL_T_NULL },
        { "google.protobuf.Timestamp", CEL_T_TIMESTAMP },
        { "google.protobuf.Duration", CEL_T_DURATION },
        { "optional", CEL_T_OPTIONAL },
    };
    for (size_t i = 0; i < ACT_COUNT(aliases); i++) {
        if (act_str_eq_cstr(name, aliases[i].name))
            return aliases[i].kind;
    }
    for (int k = CEL_T_DYN; k < CEL_T_OPAQUE; k++) {
        if (k != CEL_T_ERROR && act_str_eq_cstr(name, names[k]))
            return (enum cel_type_kind)k;
    }
    return CEL_T_COUNT;
}

static int parse_type(act_arena *a, act_str *text, int depth, const cel_type **ret,
                      act_err *e);

/* "(T)", "(K, V)", ... behind a constructor; *retn gets how many, 0 without parentheses. */
static int parse_args(act_arena *a, act_str *text, int depth,
                      const cel_type *args[CEL_TYPE_ARGS_MAX], uint8_t *retn, act_err *e)
{
    uint8_t n = 0;
    *retn = 0;
    if (!take_byte(text, '('))
        return 0;
    do {
        if (n == CEL_TYPE_ARGS_MAX)
            return act_fail(e, ACT_EPARSE, "type has more than %d arguments",
                            CEL_TYPE_ARGS_MAX);
        int err = parse_type(a, text, depth + 1, &args[n], e);
        if (err)
            return err;
        n++;
    } while (take_byte(text, ','));
    if (!take_byte(text, ')'))
        return act_fail(e, ACT_EPARSE, "type needs ')' after its arguments");
    *retn = n;
    return 0;
}

/* How many arguments a kind takes. */
static uint8_t arity(enum cel_type_kind kind)
{
    return kind == CEL_T_MAP                                                    ? 2
           : kind == CEL_T_LIST || kind == CEL_T_OPTIONAL || kind == CEL_T_TYPE ? 1
                                                                                : 0;
}

static int construct(act_arena *a, enum cel_type_kind kind, act_str name,
                     const cel_type *args[CEL_TYPE_ARGS_MAX], uint8_t count,
                     const cel_type **ret, act_err *e)
{
    uint8_t want = kind == CEL_T_COUNT ? count : arity(kind);
    if (count == 0 && kind != CEL_T_TYPE) {
        for (; count < want; count++)
            args[count] = cel_type_of(CEL_T_DYN); /* plain "list" is list(dyn) */
    }
    if (count != want && !(kind == CEL_T_TYPE && count == 0))
        return act_fail(e, ACT_EPARSE, "type '%.*s' takes %u arguments", ACT_STR_ARG(name),
                        want);
    if (kind == CEL_T_COUNT && count == 0 && name.len == 1 && name.ptr[0] >= 'A' &&
        name.ptr[0] <= 'Z')
        *ret = cel_type_param(a, (uint32_t)(name.ptr[0] - 'A'), name);
    else if (kind == CEL_T_COUNT)
        *ret = make(a, CEL_T_OPAQUE, name, args, count);
    else
        *ret = count == 0 ? cel_type_of(kind) : make(a, kind, unnamed, args, count);
    return *ret ? 0 : act_fail(e, ACT_ENOMEM, "out of memory");
}

static int parse_type(act_arena *a, act_str *text, int depth, const cel_type **ret,
                      act_err *e)
{
    const cel_type *args[CEL_TYPE_ARGS_MAX];
    const cel_type *t;
    uint8_t count;
    if (depth > NESTING_MAX)
        return act_fail(e, ACT_ELIMIT, "type nests deeper than %d", NESTING_MAX);
    act_str name = take_name(text);
    if (name.len == 0)
        return act_fail(e, ACT_EPARSE, "type name expected");
    int err = parse_args(a, text, depth, args, &count, e);
    if (err)
        return err;
    err = construct(a, kind_of_name(name), name, args, count, &t, e);
    if (!err)
        *ret = t;
    return err;
}

int cel_type_parse(act_arena *a, act_str *text, const cel_type **ret, act_err *e)
{
    return parse_type(a, text, 0, ret, e);
}

uint32_t cel_type_kinds(const cel_type *t)
{
    static const uint32_t kinds[CEL_T_COUNT] = {
        [CEL_T_NULL] = 1u << CEL_NULL,         [CEL_T_BOOL] = 1u << CEL_BOOL,
        [CEL_T_INT] = 1u << CEL_INT,           [CEL_T_UINT] = 1u << CEL_UINT,
        [CEL_T_DOUBLE] = 1u << CEL_DOUBLE,     [CEL_T_STRING] = 1u << CEL_STRING,
        [CEL_T_BYTES] = 1u << CEL_BYTES,       [CEL_T_TIMESTAMP] = 1u << CEL_TIMESTAMP,
        [CEL_T_DURATION] = 1u << CEL_DURATION, [CEL_T_LIST] = 1u << CEL_LIST,
        [CEL_T_MAP] = 1u << CEL_MAP,           [CEL_T_TYPE] = 1u << CEL_TYPE,
        [CEL_T_OPTIONAL] = 1u << CEL_OPTIONAL, [CEL_T_OPAQUE] = 1u << CEL_OPAQUE,
    };
    return kinds[t->kind] ? kinds[t->kind] : ~(1u << CEL_ERROR);
}
