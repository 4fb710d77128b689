/* string.format(): one clause after the other, each verb with the kinds that it takes. */
#include "cel/format.h"

#include "cel/cost.h"
#include "cel/lib_text.h"
#include "cel/num.h"
#include "cel/time.h"

#include <math.h>

enum {
    DEFAULT_PRECISION = 6,
    DEPTH_MAX = 128, /* of nested lists and maps */
};

/* ---- clauses --------------------------------------------------------------------------
 */

/* What a verb takes, in kinds, and what to say when it gets something else. */
typedef struct {
    char verb;
    uint32_t kinds;
    const char *refusal;
} verb_rule;

#define KIND(name) (1u << CEL_##name)

static const verb_rule verb_rules[] = {
    { 's',
      KIND(NULL) | KIND(BOOL) | KIND(INT) | KIND(UINT) | KIND(DOUBLE) | KIND(STRING) |
          KIND(BYTES) | KIND(LIST) | KIND(MAP) | KIND(TIMESTAMP) | KIND(DURATION) |
          KIND(TYPE),
      "string clause can only be used on strings, bools, bytes, ints, doubles, maps, "
      "lists, "
      "types, durations, and timestamps" },
    { 'd', KIND(INT) | KIND(UINT) | KIND(DOUBLE),
      "decimal clause can only be used on ints, uints, and doubles" },
    { 'f', KIND(INT) | KIND(UINT) | KIND(DOUBLE),
      "fixed-point clause can only be used on ints, uints, and doubles" },
    { 'e', KIND(INT) | KIND(UINT) | KIND(DOUBLE),
      "scientific clause can only be used on ints, uints, and doubles" },
    { 'x', KIND(INT) | KIND(UINT) | KIND(STRING) | KIND(BYTES),
      "only ints, uints, bytes, and strings can be formatted as hex" },
    { 'X', KIND(INT) | KIND(UINT) | KIND(STRING) | KIND(BYTES),
      "only ints, uints, bytes, and strings can be formatted as hex" },
    { 'o', KIND(INT) | KIND(UINT), "octal clause can only be used on ints and uints" },
    { 'b', KIND(INT) | KIND(UINT) | KIND(BOOL),
      "only ints, uints, and bools can be formatted as binary" },
};

typedef struct {
    act_str literal;       /* text before the clause, "%%" excluded */
    const verb_rule *rule; /* NULL: no clause follows */
    bool percent;          /* "%%" */
    int precision;         /* -1: not given */
} clause;

typedef struct {
    const char *text; /* static, or NULL */
    char verb;        /* the unknown one, or 0 */
} clause_error;

static bool take_precision(act_str *s, uint32_t max, int *ret, clause_error *e)
{
    *s = act_str_cut(*s, 1); /* the dot */
    int value = 0;
    size_t n = 0;
    for (; n < s->len && s->ptr[n] >= '0' && s->ptr[n] <= '9'; n++) {
        value = value * 10 + (s->ptr[n] - '0');
        if (value > CEL_NUM_PRECISION || (uint32_t)value > max) {
            e->text = "could not parse formatting clause: precision is too large";
            return false;
        }
    }
    if (n == 0) {
        e->text = "could not parse formatting clause: precision without digits";
        return false;
    }
    *s = act_str_cut(*s, n);
    *ret = value;
    return true;
}

/* Cut the next clause off *s. @max is the largest precision. */
static bool next_clause(act_str *s, uint32_t max, clause *ret, clause_error *e)
{
    clause c = { .literal = *s, .precision = -1 };
    size_t percent = act_str_find_byte(*s, '%');
    if (percent == SIZE_MAX) {
        *s = act_str_cut(*s, s->len);
        *ret = c;
        return true;
    }
    c.literal = act_str_head(*s, percent);
    *s = act_str_cut(*s, percent + 1);
    if (s->len && s->ptr[0] == '.' && !take_precision(s, max, &c.precision, e))
        return false;
    if (s->len == 0) {
        e->text = "could not parse formatting clause: unexpected end of string";
        return false;
    }
    char verb = s->ptr[0];
    *s = act_str_cut(*s, 1);
    c.percent = verb == '%' && c.precision < 0;
    for (size_t i = 0; i < ACT_COUNT(verb_rules) && !c.rule; i++)
        if (verb_rules[i].verb == verb)
            c.rule = &verb_rules[i];
    if (!c.rule && !c.percent) {
        e->text = "could not parse formatting clause: unrecognized formatting clause";
        e->verb = verb;
        return false;
    }
    *ret = c;
    return true;
}

/* Is it fit to be shown in a message? */
static bool is_printable(char c)
{
    return c > ' ' && c < 0x7f;
}

/* ---- numbers --------------------------------------------------------------------------
 */

static void add_integer(cel_text *t, uint64_t magnitude, bool negative, unsigned base,
                        bool upper)
{
    const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    char out[65];
    size_t at = sizeof out;
    do {
        out[--at] = digits[magnitude % base];
        magnitude /= base;
    } while (magnitude);
    if (negative)
        cel_text_add_byte(t, '-');
    cel_text_add(t, (act_str){ out + at, sizeof out - at });
}

static uint64_t magnitude_of(cel_value v)
{
    return v.kind == CEL_INT && v.as.i64 < 0 ? 0 - (uint64_t)v.as.i64 : v.as.u64;
}

static bool is_negative(cel_value v)
{
    return v.kind == CEL_INT && v.as.i64 < 0;
}

static void add_hex(cel_text *t, cel_value v, bool upper)
{
    if (v.kind == CEL_INT || v.kind == CEL_UINT) {
        add_integer(t, magnitude_of(v), is_negative(v), 16, upper);
        return;
    }
    const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    act_str s = cel_value_str(v);
    char *to = cel_text_reserve(t, s.len * 2);
    for (size_t i = 0; to && i < s.len; i++) {
        *to++ = digits[(unsigned char)s.ptr[i] >> 4];
        *to++ = digits[(unsigned char)s.ptr[i] & 15];
    }
    if (to)
        t->len += s.len * 2;
}

static void add_plain_double(cel_text *t, double d)
{
    char out[CEL_NUM_FIXED_MAX];
    cel_text_add(t, (act_str){ out, cel_num_print_plain(d, out) });
}

static void add_decimal(cel_text *t, cel_value v)
{
    if (v.kind == CEL_DOUBLE)
        add_plain_double(t, v.as.f64);
    else
        add_integer(t, magnitude_of(v), is_negative(v), 10, false);
}

static void add_fixed(cel_text *t, cel_value v, unsigned precision)
{
    if (v.kind == CEL_DOUBLE) {
        char out[CEL_NUM_FIXED_MAX];
        cel_text_add(t, (act_str){ out, cel_num_print_fixed(v.as.f64, precision, out) });
        return;
    }
    add_integer(t, magnitude_of(v), is_negative(v), 10, false); /* exact, unlike a double */
    if (precision)
        cel_text_add_byte(t, '.');
    for (unsigned i = 0; i < precision; i++)
        cel_text_add_byte(t, '0');
}

static void add_scientific(cel_text *t, cel_value v, unsigned precision)
{
    char out[CEL_NUM_FIXED_MAX];
    double d = v.kind == CEL_DOUBLE ? v.as.f64
               : v.kind == CEL_INT  ? (double)v.as.i64
                                    : (double)v.as.u64;
    cel_text_add(t, (act_str){ out, cel_num_print_exponent(d, precision, out) });
}

/* ---- %s -------------------------------------------------------------------------------
 */

static cel_value add_value(cel_text *t, cel_value v, unsigned depth);

static cel_value refused(cel_call *call, const verb_rule *rule, cel_value v)
{
    act_str type = cel_value_type_name(v);
    return cel_call_failf(call, CEL_E_INVALID_ARGUMENT,
                          "error during formatting: %s, was given %.*s", rule->refusal,
                          ACT_STR_ARG(type));
}

static cel_value add_list(cel_text *t, cel_value list, unsigned depth)
{
    uint32_t count = cel_list_count(list);
    cel_text_add_byte(t, '[');
    for (uint32_t i = 0; i < count && !t->full; i++) {
        if (i)
            cel_text_add(t, ACT_STR(", "));
        cel_value err = add_value(t, cel_list_at(list, i), depth);
        if (cel_is_error(err))
            return err;
    }
    cel_text_add_byte(t, ']');
    return cel_null();
}

typedef struct {
    act_str key;
    cel_value value;
} shown_entry;

static int compare_shown(const void *a, const void *b)
{
    return act_str_cmp(((const shown_entry *)a)->key, ((const shown_entry *)b)->key);
}

static cel_value add_map(cel_text *t, cel_value map, unsigned depth)
{
    uint32_t count = cel_map_count(map);
    shown_entry *shown = act_arena_make_n(t->call->arena, shown_entry, count);
    if (!shown)
        return cel_call_memory(t->call);
    for (uint32_t i = 0; i < count; i++) {
        cel_entry e = cel_map_at(map, i);
        cel_text key = CEL_TEXT_ON(t->call);
        cel_value err =
            e.key.kind == CEL_STRING ? cel_null() : add_value(&key, e.key, depth);
        if (cel_is_error(err))
            return err;
        if (key.full)
            return cel_call_memory(t->call);
        shown[i].key =
            e.key.kind == CEL_STRING ? cel_value_str(e.key) : (act_str){ key.ptr, key.len };
        shown[i].value = e.value;
    }
    if (count)
        qsort(shown, count, sizeof *shown, compare_shown);
    cel_text_add_byte(t, '{');
    for (uint32_t i = 0; i < count && !t->full; i++) {
        if (i)
            cel_text_add(t, ACT_STR(", "));
        cel_text_add(t, shown[i].key);
        cel_text_add(t, ACT_STR(": "));
        cel_value err = add_value(t, shown[i].value, depth);
        if (cel_is_error(err))
            return err;
    }
    cel_text_add_byte(t, '}');
    return cel_null();
}

/* Append @v as `%s` shows it. An error value, or null. */
static cel_value add_value(cel_text *t, cel_value v, unsigned depth)
{
    char out[CEL_TIME_PRINT_MAX];
    if (!cel_call_charge(t->call, 1))
        return cel_error(CEL_E_COST_LIMIT, t->call->at, NULL);
    switch ((enum cel_kind)v.kind) {
    case CEL_NULL:
        cel_text_add(t, ACT_STR("null"));
        break;
    case CEL_BOOL:
        cel_text_add(t, v.as.boolean ? ACT_STR("true") : ACT_STR("false"));
        break;
    case CEL_INT:
    case CEL_UINT:
    case CEL_DOUBLE:
        add_decimal(t, v);
        break;
    case CEL_STRING:
    case CEL_TYPE:
        cel_text_add(t, cel_value_str(v));
        break;
    case CEL_BYTES:
        cel_text_add_lossy(t, cel_value_str(v));
        break;
    case CEL_TIMESTAMP:
        cel_text_add(t,
                     (act_str){ out, cel_time_print((cel_time){ v.as.i64, v.len }, out) });
        break;
    case CEL_DURATION:
        cel_text_add(t, (act_str){ out, cel_duration_print(v.as.i64, out) });
        break;
    case CEL_LIST:
    case CEL_MAP:
        if (depth == DEPTH_MAX)
            return cel_error(CEL_E_DEPTH_LIMIT, t->call->at, NULL);
        return v.kind == CEL_LIST ? add_list(t, v, depth + 1) : add_map(t, v, depth + 1);
    case CEL_OPTIONAL:
    case CEL_OPAQUE:
    case CEL_ERROR:
    case CEL_KIND_COUNT:
        return refused(t->call, &verb_rules[0], v);
    }
    return cel_null();
}

/* ---- all together ---------------------------------------------------------------------
 */

static cel_value add_clause(cel_text *t, const clause *c, cel_value v)
{
    unsigned precision = c->precision < 0 ? DEFAULT_PRECISION : (unsigned)c->precision;
    if (!(c->rule->kinds >> v.kind & 1u))
        return refused(t->call, c->rule, v);
    if (c->precision > 0 && !cel_call_charge(t->call, precision)) /* a digit is work */
        return cel_error(CEL_E_COST_LIMIT, t->call->at, NULL);
    switch (c->rule->verb) {
    case 's':
        return add_value(t, v, 0);
    case 'd':
        add_decimal(t, v);
        break;
    case 'f':
        add_fixed(t, v, precision);
        break;
    case 'e':
        add_scientific(t, v, precision);
        break;
    case 'o':
        add_integer(t, magnitude_of(v), is_negative(v), 8, false);
        break;
    case 'b':
        add_integer(t, v.kind == CEL_BOOL ? v.as.boolean : magnitude_of(v), is_negative(v),
                    2, false);
        break;
    default:
        add_hex(t, v, c->rule->verb == 'X');
    }
    return cel_null();
}

static cel_value bad_clause(cel_call *call, clause_error e)
{
    if (!is_printable(e.verb))
        return cel_call_fail(call, CEL_E_INVALID_ARGUMENT, e.text);
    return cel_call_failf(call, CEL_E_INVALID_ARGUMENT, "%s \"%c\"", e.text, e.verb);
}

cel_value cel_format(cel_call *call, act_str format, cel_value list)
{
    cel_text t = CEL_TEXT_ON(call);
    uint32_t used = 0, count = cel_list_count(list);
    while (format.len && !t.full) {
        clause c;
        clause_error e = { 0 };
        if (!next_clause(&format, call->limits->format_precision, &c, &e))
            return bad_clause(call, e);
        cel_text_add(&t, c.literal);
        if (c.percent)
            cel_text_add_byte(&t, '%');
        if (!c.rule)
            continue;
        if (used == count)
            return cel_call_failf(call, CEL_E_INVALID_ARGUMENT, "index %u out of range",
                                  used);
        cel_value err = add_clause(&t, &c, cel_list_at(list, used++));
        if (cel_is_error(err))
            return err;
    }
    if (!cel_call_charge(call, cel_cost_tenth_of(t.len)))
        return cel_error(CEL_E_COST_LIMIT, call->at, NULL);
    return cel_text_value(&t);
}

/* ---- before running -------------------------------------------------------------------
 */

/* May a value of this static type have one of the kinds? */
static bool may_be(const cel_node *item, uint32_t kinds)
{
    if (item->kind == CEL_NODE_CONST)
        return kinds >> item->as.constant.kind & 1u;
    return !item->type || (cel_type_kinds(item->type) & kinds);
}

static void validate_items(cel_validation *v, const cel_node *format, const cel_node *list)
{
    act_str rest = cel_value_str(format->as.constant);
    uint32_t used = 0, count = list->as.list.count;
    while (rest.len) {
        clause c;
        clause_error e = { 0 };
        if (!next_clause(&rest, cel_validation_limits(v)->format_precision, &c, &e)) {
            if (is_printable(e.verb))
                cel_validation_error(v, format, "%s \"%c\"", e.text, e.verb);
            else
                cel_validation_error(v, format, "%s", e.text);
            return;
        }
        if (!c.rule)
            continue;
        if (used == count) {
            cel_validation_error(v, format, "index %u out of range", used);
            return;
        }
        const cel_node *item = list->as.list.items[used++];
        if (!may_be(item, c.rule->kinds))
            cel_validation_error(v, item, "error during formatting: %s", c.rule->refusal);
    }
    if (used < count)
        cel_validation_error(v, list,
                             "too many arguments supplied to string.format (expected %u, "
                             "got %u)",
                             used, count);
}

void cel_format_validate(cel_validation *v, const cel_node *call)
{
    const cel_node *format = call->as.call.target;
    if (!format || call->as.call.argc != 1 || format->kind != CEL_NODE_CONST ||
        format->as.constant.kind != CEL_STRING)
        return;
    const cel_node *list = call->as.call.args[0];
    /* Optional items may be left out, so their number is not known. */
    if (list->kind == CEL_NODE_LIST && !list->as.list.optional)
        validate_items(v, format, list);
}
