#include "fuzz/support/cel_walk.h"

#include "cel/eval.h"
#include "cel/time.h"
#include "fuzz/support/cel_walk_value.h"

#include <math.h>

enum { ARGS_MAX = 33 };

/* A local variable: a value, or an expression that its first reader computes. */
typedef struct {
    cel_value value;
    const cel_node *lazy;
} local;

typedef struct {
    const cel_program *program;
    const cel_value *vars;
    act_arena *arena;
    local *locals;
    cel_meter meter;
    cel_scratch scratch;
    cel_limits limits;
} walker;

static cel_value walk(walker *w, const cel_node *n);

static cel_value fail(const cel_node *n, enum cel_error_kind kind)
{
    (void)n; /* the place does not matter here, only the kind */
    return cel_error(kind, 0, NULL);
}

static cel_value bool_or_error(const cel_node *n, cel_value v)
{
    return v.kind == CEL_BOOL || v.kind == CEL_ERROR ? v : fail(n, CEL_E_NO_OVERLOAD);
}

/* ---- order --------------------------------------------------------------------------- */

static cel_value order(const cel_node *n, cel_value a, cel_value b, int *ret)
{
    if (cel_walk_is_number(a) && cel_walk_is_number(b)) {
        *ret = cel_walk_compare_numbers(a, b);
        return *ret == 2 ? fail(n, CEL_E_INVALID_ARGUMENT) : cel_null();
    }
    if (a.kind != b.kind)
        return fail(n, CEL_E_NO_OVERLOAD);
    switch (a.kind) {
    case CEL_BOOL:
        *ret = (int)a.as.boolean - (int)b.as.boolean;
        return cel_null();
    case CEL_STRING:
    case CEL_BYTES:
        *ret = act_str_cmp(cel_value_str(a), cel_value_str(b));
        return cel_null();
    case CEL_TIMESTAMP:
        *ret = (a.as.i64 > b.as.i64) - (a.as.i64 < b.as.i64);
        if (*ret == 0)
            *ret = (a.len > b.len) - (a.len < b.len);
        return cel_null();
    case CEL_DURATION:
        *ret = (a.as.i64 > b.as.i64) - (a.as.i64 < b.as.i64);
        return cel_null();
    default:
        return fail(n, CEL_E_NO_OVERLOAD);
    }
}

/* ---- arithmetic ---------------------------------------------------------------------- */

static cel_value fit(const cel_node *n, __int128 v, uint8_t kind)
{
    bool fits =
        kind == CEL_UINT ? v >= 0 && v <= UINT64_MAX : v >= INT64_MIN && v <= INT64_MAX;
    if (!fits)
        return fail(n, CEL_E_OVERFLOW);
    cel_value r = kind == CEL_UINT ? cel_uint((uint64_t)v) : cel_int((int64_t)v);
    r.kind = kind;
    return r;
}

static cel_value integers(const cel_node *n, char op, cel_value a, cel_value b)
{
    __int128 x = a.kind == CEL_UINT ? (__int128)a.as.u64 : (__int128)a.as.i64;
    __int128 y = a.kind == CEL_UINT ? (__int128)b.as.u64 : (__int128)b.as.i64;
    switch (op) {
    case '+':
        return fit(n, x + y, a.kind);
    case '-':
        return fit(n, x - y, a.kind);
    case '*':
        if (a.kind == CEL_UINT && y && x > (__int128)UINT64_MAX / y)
            return fail(n, CEL_E_OVERFLOW);
        return fit(n, x * y, a.kind);
    case '/':
        return y ? fit(n, x / y, a.kind) : fail(n, CEL_E_DIVIDE_BY_ZERO);
    default:
        if (y && !(a.kind == CEL_INT && x == INT64_MIN && y == -1))
            return fit(n, x % y, a.kind);
        return fail(n, y ? CEL_E_OVERFLOW : CEL_E_MODULUS_BY_ZERO);
    }
}

__attribute__((no_sanitize("float-divide-by-zero"))) static cel_value
floats(const cel_node *n, char op, double a, double b)
{
    switch (op) {
    case '+':
        return cel_double(a + b);
    case '-':
        return cel_double(a - b);
    case '*':
        return cel_double(a * b);
    case '/':
        return cel_double(a / b);
    default:
        return fail(n, CEL_E_NO_OVERLOAD);
    }
}

static __int128 nanos_of(cel_value v)
{
    if (v.kind == CEL_DURATION)
        return v.as.i64;
    return (__int128)v.as.i64 * 1000000000 + v.len;
}

static cel_value time_at(const cel_node *n, __int128 nanos)
{
    __int128 seconds = nanos / 1000000000, rest = nanos % 1000000000;
    if (rest < 0) {
        seconds--;
        rest += 1000000000;
    }
    if (seconds < CEL_TIME_MIN_S || seconds > CEL_TIME_MAX_S)
        return fail(n, CEL_E_OVERFLOW);
    return cel_timestamp((int64_t)seconds, (uint32_t)rest);
}

static cel_value times(const cel_node *n, char op, cel_value a, cel_value b)
{
    __int128 x = nanos_of(a), y = nanos_of(b);
    bool at = a.kind == CEL_TIMESTAMP, bt = b.kind == CEL_TIMESTAMP;
    if (op == '+' && !(at && bt))
        return at || bt ? time_at(n, x + y) : fit(n, x + y, CEL_DURATION);
    if (op == '-' && (at || !bt))
        return at && !bt ? time_at(n, x - y) : fit(n, x - y, CEL_DURATION);
    return fail(n, CEL_E_NO_OVERLOAD);
}

static cel_value join(walker *w, const cel_node *n, cel_value a, cel_value b)
{
    if (a.kind == CEL_LIST) {
        uint32_t na = cel_list_count(a), nb = cel_list_count(b);
        cel_value *items = act_arena_make_n(w->arena, cel_value, na + nb);
        if (!items)
            return fail(n, CEL_E_MEMORY_LIMIT);
        for (uint32_t i = 0; i < na + nb; i++)
            items[i] = i < na ? cel_list_at(a, i) : cel_list_at(b, i - na);
        return cel_list_of(w->arena, items, na + nb);
    }
    char *room = act_arena_bytes(w->arena, (size_t)a.len + b.len);
    if (!room || a.len + b.len > w->limits.string_bytes)
        return fail(n, CEL_E_MEMORY_LIMIT);
    if (a.len)
        memcpy(room, a.as.bytes, a.len);
    if (b.len)
        memcpy(room + a.len, b.as.bytes, b.len);
    act_str s = act_str_from(room, (size_t)a.len + b.len);
    return a.kind == CEL_STRING ? cel_string(s) : cel_bytes(s);
}

static cel_value arithmetic(walker *w, const cel_node *n, char op, cel_value a, cel_value b)
{
    bool ta = a.kind == CEL_TIMESTAMP || a.kind == CEL_DURATION;
    bool tb = b.kind == CEL_TIMESTAMP || b.kind == CEL_DURATION;
    if (ta && tb)
        return times(n, op, a, b);
    if (a.kind != b.kind)
        return fail(n, CEL_E_NO_OVERLOAD);
    if (a.kind == CEL_INT || a.kind == CEL_UINT)
        return integers(n, op, a, b);
    if (a.kind == CEL_DOUBLE)
        return floats(n, op, a.as.f64, b.as.f64);
    if (op == '+' && (a.kind == CEL_STRING || a.kind == CEL_BYTES || a.kind == CEL_LIST))
        return join(w, n, a, b);
    return fail(n, CEL_E_NO_OVERLOAD);
}

static cel_value negate(const cel_node *n, cel_value v)
{
    if (v.kind == CEL_INT)
        return fit(n, -(__int128)v.as.i64, CEL_INT);
    return v.kind == CEL_DOUBLE ? cel_double(-v.as.f64) : fail(n, CEL_E_NO_OVERLOAD);
}

/* ---- reading ------------------------------------------------------------------------- */

static bool can_be_key(cel_value key)
{
    return cel_walk_is_number(key) || key.kind == CEL_BOOL || key.kind == CEL_STRING;
}

/* What is at @key of a list or map, or an error. */
static cel_value at_key(const cel_node *n, cel_value v, cel_value key)
{
    cel_value found;
    if (v.kind == CEL_MAP) {
        if (!can_be_key(key))
            return fail(n, CEL_E_BAD_KEY_TYPE);
        return cel_walk_find_key(v, key, &found) ? found : fail(n, CEL_E_NO_SUCH_KEY);
    }
    if (v.kind != CEL_LIST)
        return fail(n, CEL_E_NO_OVERLOAD);
    if (!cel_walk_is_number(key))
        return fail(n, CEL_E_INVALID_ARGUMENT);
    if (key.kind == CEL_DOUBLE &&
        (!(key.as.f64 > -0x1p63 && key.as.f64 < 0x1p63) || trunc(key.as.f64) != key.as.f64))
        return fail(n, CEL_E_INVALID_ARGUMENT);
    for (uint32_t i = 0; i < cel_list_count(v); i++)
        if (cel_walk_compare_numbers(cel_int(i), key) == 0)
            return cel_list_at(v, i);
    return fail(n, CEL_E_INDEX);
}

static cel_value optional_of(walker *w, cel_value v)
{
    if (v.kind == CEL_OPTIONAL || v.kind == CEL_ERROR)
        return v;
    cel_value *copy = act_arena_make(w->arena, cel_value);
    if (!copy)
        return cel_error(CEL_E_MEMORY_LIMIT, 0, NULL);
    *copy = v;
    return cel_optional(copy);
}

/* e[k], e.f (with a string as key), and their optional forms. */
static cel_value index_value(walker *w, const cel_node *n, cel_value v, cel_value key,
                             bool optional)
{
    if (v.kind == CEL_OPTIONAL) {
        if (!v.as.operand)
            return v;
        v = *v.as.operand;
        optional = true;
    }
    cel_value found = at_key(n, v, key);
    if (!optional)
        return found;
    if (found.kind == CEL_ERROR &&
        (found.aux == CEL_E_NO_SUCH_KEY || found.aux == CEL_E_INDEX))
        return cel_optional(NULL);
    return optional_of(w, found);
}

/* A field is a key of a map, never an index of a list. */
static cel_value field_value(walker *w, const cel_node *n, cel_value v, act_str field,
                             bool optional)
{
    cel_value inner = v.kind == CEL_OPTIONAL && v.as.operand ? *v.as.operand : v;
    if (inner.kind != CEL_MAP && v.kind == inner.kind && v.kind != CEL_OPTIONAL)
        return fail(n, CEL_E_NO_OVERLOAD);
    if (v.kind == CEL_OPTIONAL && v.as.operand && inner.kind != CEL_MAP)
        return fail(n, CEL_E_NO_OVERLOAD);
    return index_value(w, n, v, cel_string(field), optional);
}

static cel_value walk_select(walker *w, const cel_node *n)
{
    cel_value v = walk(w, n->as.select.operand);
    if (v.kind == CEL_ERROR)
        return v;
    if (!n->as.select.test_only)
        return field_value(w, n, v, n->as.select.field, false);
    if (v.kind == CEL_OPTIONAL) {
        if (!v.as.operand)
            return cel_bool(false);
        v = *v.as.operand;
    }
    cel_value found;
    if (v.kind != CEL_MAP)
        return fail(n, CEL_E_NO_OVERLOAD);
    return cel_bool(cel_walk_find_key(v, cel_string(n->as.select.field), &found));
}

static cel_value walk_ident(walker *w, const cel_node *n)
{
    if (n->as.ident.ref == CEL_REF_VAR)
        return w->vars[n->as.ident.index];
    if (n->as.ident.ref != CEL_REF_LOCAL)
        return fail(n, CEL_E_UNDECLARED);
    local *l = &w->locals[n->as.ident.index];
    if (l->lazy) {
        const cel_node *init = l->lazy;
        l->lazy = NULL;
        cel_value v = walk(w, init);
        l->value = v;
    }
    return l->value;
}

/* ---- calls --------------------------------------------------------------------------- */

static cel_value call_function(walker *w, const cel_node *n, const cel_value *args,
                               uint32_t argc)
{
    if (!n->as.call.function)
        return fail(n, CEL_E_UNDECLARED);
    for (uint32_t i = 0; i < n->as.call.overload_count; i++) {
        const cel_overload *o = n->as.call.overloads[i];
        if (o->param_count != argc || !cel_overload_accepts(o, args))
            continue;
        if (!o->def.fn)
            return fail(n, CEL_E_UNDECLARED);
        cel_call call = { .arena = w->arena,
                          .env = cel_program_env(w->program),
                          .limits = &w->limits,
                          .meter = &w->meter,
                          .overload = o,
                          .scratch = &w->scratch,
                          .argc = argc };
        return o->def.fn(&call, args);
    }
    return fail(n, CEL_E_NO_OVERLOAD);
}

/* && (deciding: false) and || (deciding: true). */
static cel_value walk_logic(walker *w, const cel_node *n, bool deciding)
{
    cel_value a = bool_or_error(n, walk(w, n->as.call.args[0]));
    if (cel_is_fatal(a) || (a.kind == CEL_BOOL && a.as.boolean == deciding))
        return a;
    cel_value b = bool_or_error(n, walk(w, n->as.call.args[1]));
    if (cel_is_fatal(b) || (b.kind == CEL_BOOL && b.as.boolean == deciding))
        return b;
    return a.kind == CEL_ERROR ? a : b;
}

static cel_value walk_conditional(walker *w, const cel_node *n)
{
    cel_value v = bool_or_error(n, walk(w, n->as.call.args[0]));
    if (v.kind == CEL_ERROR)
        return v;
    return walk(w, n->as.call.args[v.as.boolean ? 1 : 2]);
}

/* or and orValue of optionals, whose argument waits. */
static cel_value walk_optional_or(walker *w, const cel_node *n, bool unwrap)
{
    cel_value v = walk(w, n->as.call.target);
    if (v.kind == CEL_ERROR)
        return v;
    if (v.kind != CEL_OPTIONAL)
        return fail(n, CEL_E_NO_OVERLOAD);
    if (v.as.operand)
        return unwrap ? *v.as.operand : v;
    v = walk(w, n->as.call.args[0]);
    if (unwrap || v.kind == CEL_OPTIONAL || v.kind == CEL_ERROR)
        return v;
    return fail(n, CEL_E_NO_OVERLOAD);
}

static cel_value walk_in(const cel_node *n, cel_value v, cel_value in)
{
    cel_value found;
    if (in.kind == CEL_MAP)
        return cel_bool(can_be_key(v) && cel_walk_find_key(in, v, &found));
    if (in.kind != CEL_LIST)
        return fail(n, CEL_E_NO_OVERLOAD);
    for (uint32_t i = 0; i < cel_list_count(in); i++)
        if (cel_walk_equal(v, cel_list_at(in, i)))
            return cel_bool(true);
    return cel_bool(false);
}

/* An operator with evaluated operands; false when @name is none. */
static bool walk_operator(walker *w, const cel_node *n, const cel_value *args,
                          cel_value *ret)
{
    act_str name = n->as.call.name;
    int o = 0;
    if (act_str_eq_cstr(name, "_==_") || act_str_eq_cstr(name, "_!=_")) {
        *ret = cel_bool(cel_walk_equal(args[0], args[1]) == (name.ptr[1] == '='));
    } else if (act_str_eq_cstr(name, "_<_") || act_str_eq_cstr(name, "_<=_") ||
               act_str_eq_cstr(name, "_>_") || act_str_eq_cstr(name, "_>=_")) {
        *ret = order(n, args[0], args[1], &o);
        bool less = name.ptr[1] == '<', orequal = name.ptr[2] == '=';
        if (ret->kind != CEL_ERROR)
            *ret = cel_bool((less ? o < 0 : o > 0) || (orequal && o == 0));
    } else if (name.len == 3 && strchr("+-*/%", name.ptr[1])) {
        *ret = arithmetic(w, n, name.ptr[1], args[0], args[1]);
    } else if (act_str_eq_cstr(name, "!_")) {
        *ret = bool_or_error(n, args[0]);
        if (ret->kind == CEL_BOOL)
            *ret = cel_bool(!ret->as.boolean);
    } else if (act_str_eq_cstr(name, "-_")) {
        *ret = negate(n, args[0]);
    } else if (act_str_eq_cstr(name, "@in")) {
        *ret = walk_in(n, args[0], args[1]);
    } else if (act_str_eq_cstr(name, "_[_]") || act_str_eq_cstr(name, "_[?_]")) {
        *ret = index_value(w, n, args[0], args[1], name.len == 5);
    } else if (act_str_eq_cstr(name, "_?._")) {
        *ret = field_value(w, n, args[0], cel_value_str(args[1]), true);
    } else {
        return false;
    }
    return true;
}

static cel_value walk_call(walker *w, const cel_node *n)
{
    if (cel_node_is_call(n, "_&&_", 2) || cel_node_is_call(n, "_||_", 2))
        return walk_logic(w, n, n->as.call.name.ptr[1] == '|');
    if (cel_node_is_call(n, "_?_:_", 3))
        return walk_conditional(w, n);
    if (n->as.call.target && n->as.call.function && n->as.call.argc == 1 &&
        (act_str_eq_cstr(n->as.call.name, "or") ||
         act_str_eq_cstr(n->as.call.name, "orValue")))
        return walk_optional_or(w, n, n->as.call.name.len > 2);

    cel_value args[ARGS_MAX + 1];
    uint32_t argc = 0;
    if (n->as.call.target)
        args[argc++] = walk(w, n->as.call.target);
    for (uint32_t i = 0; i < n->as.call.argc; i++) {
        if (argc && args[argc - 1].kind == CEL_ERROR)
            return args[argc - 1];
        args[argc++] = walk(w, n->as.call.args[i]);
    }
    if (argc && args[argc - 1].kind == CEL_ERROR)
        return args[argc - 1];
    cel_value v;
    return walk_operator(w, n, args, &v) ? v : call_function(w, n, args, argc);
}

/* ---- literals and folds -------------------------------------------------------------- */

/* The value of `?e`: false when there is none. */
static bool given(const cel_node *n, bool optional, cel_value *v)
{
    if (!optional || v->kind == CEL_ERROR)
        return true;
    if (v->kind != CEL_OPTIONAL)
        *v = fail(n, CEL_E_NO_OVERLOAD);
    else if (!v->as.operand)
        return false;
    else
        *v = *v->as.operand;
    return true;
}

static cel_value walk_list(walker *w, const cel_node *n)
{
    cel_value *items = act_arena_make_n(w->arena, cel_value, n->as.list.count);
    uint32_t count = 0;
    for (uint32_t i = 0; items && i < n->as.list.count; i++) {
        cel_value v = walk(w, n->as.list.items[i]);
        if (!given(n, n->as.list.optional && n->as.list.optional[i], &v))
            continue;
        if (v.kind == CEL_ERROR)
            return v;
        items[count++] = v;
    }
    return items ? cel_list_of(w->arena, items, count) : fail(n, CEL_E_MEMORY_LIMIT);
}

/* Entries to a map, with the rules for keys. */
static cel_value map_of(walker *w, const cel_node *n, const cel_entry *entries,
                        uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        uint8_t kind = entries[i].key.kind;
        if (kind != CEL_INT && kind != CEL_UINT && kind != CEL_BOOL && kind != CEL_STRING)
            return fail(n, CEL_E_BAD_KEY_TYPE);
        for (uint32_t k = 0; k < i; k++)
            if (cel_walk_equal(entries[i].key, entries[k].key))
                return fail(n, CEL_E_DUPLICATE_KEY);
    }
    return cel_map_of(w->arena, entries, count);
}

static cel_value walk_map(walker *w, const cel_node *n)
{
    cel_entry *entries = act_arena_make_n(w->arena, cel_entry, n->as.map.count);
    uint32_t count = 0;
    for (uint32_t i = 0; entries && i < n->as.map.count; i++) {
        const cel_node_entry *e = &n->as.map.entries[i];
        cel_value key = walk(w, e->key);
        if (key.kind == CEL_ERROR)
            return key;
        cel_value v = walk(w, e->value);
        if (!given(n, e->optional, &v))
            continue;
        if (v.kind == CEL_ERROR)
            return v;
        entries[count++] = (cel_entry){ key, v };
    }
    return entries ? map_of(w, n, entries, count) : fail(n, CEL_E_MEMORY_LIMIT);
}

/* Results of a fold, gathered. */
typedef struct {
    cel_value *items;
    cel_entry *entries;
    uint32_t count, size;
} gathered;

static bool gather(walker *w, gathered *g, cel_entry e)
{
    if (g->count == g->size) {
        uint32_t size = g->size ? g->size * 2 : 8;
        cel_entry *entries = act_arena_make_n(w->arena, cel_entry, size);
        cel_value *items = act_arena_make_n(w->arena, cel_value, size);
        if (!entries || !items)
            return false;
        for (uint32_t i = 0; i < g->count; i++) {
            entries[i] = g->entries[i];
            items[i] = g->items[i];
        }
        g->entries = entries;
        g->items = items;
        g->size = size;
    }
    g->items[g->count] = e.value;
    g->entries[g->count++] = e;
    return true;
}

static void enter(walker *w, const cel_node *n, cel_value range, uint32_t i)
{
    cel_entry e = { cel_int(i), { 0 } };
    if (range.kind == CEL_MAP)
        e = cel_map_at(range, i);
    else
        e.value = cel_list_at(range, i);
    bool two = n->as.fold.var2.ptr != NULL;
    cel_value first = two || range.kind == CEL_MAP ? e.key : e.value;
    w->locals[n->as.fold.slot1] = (local){ .value = first };
    if (two)
        w->locals[n->as.fold.slot2] = (local){ .value = e.value };
}

/* all, exists and exists_one. */
static cel_value walk_test(walker *w, const cel_node *n, cel_value range, uint32_t count)
{
    bool one = n->as.fold.kind == CEL_FOLD_EXISTS_ONE;
    bool deciding = n->as.fold.kind == CEL_FOLD_EXISTS;
    uint32_t hits = 0;
    cel_value first = cel_bool(!deciding);
    for (uint32_t i = 0; i < count; i++) {
        enter(w, n, range, i);
        cel_value v = bool_or_error(n, walk(w, n->as.fold.step));
        if (cel_is_fatal(v) || (one && v.kind == CEL_ERROR))
            return v;
        if (one)
            hits += v.as.boolean;
        else if (v.kind == CEL_BOOL && v.as.boolean == deciding)
            return v;
        else if (v.kind == CEL_ERROR && first.kind != CEL_ERROR)
            first = v;
    }
    return one ? cel_bool(hits == 1) : first;
}

/* One step of a fold that makes a list or a map; CEL_NULL to go on. */
static cel_value step(walker *w, const cel_node *n, gathered *g)
{
    if (n->as.fold.filter) {
        cel_value admit = bool_or_error(n, walk(w, n->as.fold.filter));
        if (admit.kind == CEL_ERROR)
            return admit;
        if (!admit.as.boolean)
            return cel_null();
    }
    cel_value key = w->locals[n->as.fold.slot1].value;
    cel_value v = n->as.fold.step ? walk(w, n->as.fold.step) : key;
    if (v.kind == CEL_ERROR)
        return v;
    bool ok = true;
    if (n->as.fold.kind != CEL_FOLD_TRANSFORM_MAP_ENTRY) {
        ok = gather(w, g, (cel_entry){ key, v });
    } else {
        if (v.kind != CEL_MAP)
            return fail(n, CEL_E_NO_OVERLOAD);
        for (uint32_t i = 0; i < cel_map_count(v) && ok; i++)
            ok = gather(w, g, cel_map_at(v, i));
    }
    return ok ? cel_null() : fail(n, CEL_E_MEMORY_LIMIT);
}

static cel_value walk_fold(walker *w, const cel_node *n)
{
    cel_value range = walk(w, n->as.fold.range);
    if (range.kind == CEL_ERROR)
        return range;
    if (range.kind != CEL_LIST && range.kind != CEL_MAP)
        return fail(n, CEL_E_NO_OVERLOAD);
    uint32_t count = range.kind == CEL_MAP ? cel_map_count(range) : cel_list_count(range);
    if (n->as.fold.kind <= CEL_FOLD_EXISTS_ONE)
        return walk_test(w, n, range, count);
    gathered g = { 0 };
    for (uint32_t i = 0; i < count; i++) {
        enter(w, n, range, i);
        cel_value v = step(w, n, &g);
        if (v.kind == CEL_ERROR)
            return v;
    }
    return n->as.fold.kind >= CEL_FOLD_TRANSFORM_MAP
               ? map_of(w, n, g.entries, g.count)
               : cel_list_of(w->arena, g.items, g.count);
}

static cel_value walk(walker *w, const cel_node *n)
{
    switch ((enum cel_node_kind)n->kind) {
    case CEL_NODE_CONST:
        return n->as.constant;
    case CEL_NODE_IDENT:
        return walk_ident(w, n);
    case CEL_NODE_SELECT:
        return walk_select(w, n);
    case CEL_NODE_CALL:
        return walk_call(w, n);
    case CEL_NODE_LIST:
        return walk_list(w, n);
    case CEL_NODE_MAP:
        return walk_map(w, n);
    case CEL_NODE_FOLD:
        return walk_fold(w, n);
    case CEL_NODE_BIND:
        w->locals[n->as.bind.slot] = (local){ .lazy = n->as.bind.init };
        return walk(w, n->as.bind.body);
    case CEL_NODE_STRUCT:
        break;
    }
    return fail(n, CEL_E_UNDECLARED);
}

/* Local slots that the tree below @n names. */
static uint32_t frame_size(const cel_node *n)
{
    uint32_t size = 0;
    if (n->kind == CEL_NODE_BIND)
        size = n->as.bind.slot + 1;
    if (n->kind == CEL_NODE_FOLD)
        size = n->as.fold.slot1 + 1;
    if (n->kind == CEL_NODE_FOLD && n->as.fold.var2.ptr && n->as.fold.slot2 >= size)
        size = n->as.fold.slot2 + 1;
    const cel_node *child;
    for (uint32_t i = 0; (child = cel_node_child(n, i)) != NULL; i++) {
        uint32_t below = frame_size(child);
        size = below > size ? below : size;
    }
    return size;
}

cel_value cel_walk(const cel_program *program, const cel_value *vars, act_arena *a)
{
    walker w = { .program = program, .vars = vars, .arena = a };
    w.limits = *cel_env_limits(cel_program_env(program));
    w.meter = (cel_meter){ .cost_limit = UINT64_MAX,
                           .iteration_limit = UINT64_MAX,
                           .next_check = UINT64_MAX };
    const cel_node *root = cel_program_ast(program);
    w.locals = act_arena_make_n(a, local, frame_size(root));
    if (!w.locals)
        return cel_error(CEL_E_MEMORY_LIMIT, 0, NULL);
    cel_value v = walk(&w, root);
    cel_scratch_done(&w.scratch);
    return v;
}
