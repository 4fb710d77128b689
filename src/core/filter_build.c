#include "core/filter_tree.h"

#include "cel/function.h"

#include <math.h>

enum { PATH_MAX_BYTES = 128 };

typedef struct {
    act_filter_build *filter;
    const cel_env *env;
    act_arena *arena;
    act_err *e;
    unsigned depth;
} builder;

/* One side of a relation. */
typedef struct {
    enum { SIDE_FIELD, SIDE_SIZE, SIDE_CONST } kind;
    act_pred_operand of;
    cel_value value;
} side;

static int refuse(const builder *b, const cel_node *n, const char *format, ...)
    ACT_PRINTF(3, 4);
static int refuse(const builder *b, const cel_node *n, const char *format, ...)
{
    char text[ACT_ERR_TEXT_MAX];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args); /* cut is fine */
    va_end(args);
    return act_fail_at(b->e, ACT_EINVAL, 0, 0, n->offset, "%s", text);
}

static int new_pred(const builder *b, enum act_pred_kind kind, act_pred **ret)
{
    act_pred *p = act_arena_make(b->arena, act_pred);
    if (!p)
        return ACT_ENOMEM;
    p->kind = kind;
    *ret = p;
    return ACT_OK;
}

/* ---- fields -------------------------------------------------------------------------- */

/* The last name of a field, and what it is a member of (NULL: nothing). False when @n is no
 * variable, select or constant index. */
static bool last_name(const cel_node *n, act_str *name, const cel_node **parent)
{
    *parent = NULL;
    if (n->kind == CEL_NODE_IDENT && n->as.ident.ref == CEL_REF_VAR) {
        *name = n->as.ident.name;
        if (act_str_starts(*name, ACT_STR(".")))
            *name = act_str_cut(*name, 1);
        return true;
    }
    if (n->kind == CEL_NODE_SELECT) {
        *parent = n->as.select.operand;
        *name = n->as.select.field;
        return true;
    }
    if (cel_node_is_call(n, "_[_]", 2) && n->as.call.args[1]->kind == CEL_NODE_CONST &&
        n->as.call.args[1]->as.constant.kind == CEL_STRING) {
        *parent = n->as.call.args[0];
        *name = cel_value_str(n->as.call.args[1]->as.constant);
        return true;
    }
    return false;
}

/* Append the dotted path of a chain of selects and constant indexes. False when @n is not
 * such a chain on a declared variable, or too long for any field. */
static bool path_of(const cel_node *n, char *path, size_t *len)
{
    act_str last;
    const cel_node *parent;
    if (!last_name(n, &last, &parent))
        return false;
    if (parent) {
        if (!path_of(parent, path, len) || *len + 1 >= PATH_MAX_BYTES)
            return false;
        path[(*len)++] = '.';
    }
    if (last.len > PATH_MAX_BYTES - *len)
        return false;
    if (last.len)
        memcpy(path + *len, last.ptr, last.len);
    *len += last.len;
    return true;
}

static const act_filter_field *field_at(const builder *b, const cel_node *n)
{
    char path[PATH_MAX_BYTES];
    size_t len = 0;
    return path_of(n, path, &len)
               ? act_filter_field_find(b->filter->resource, act_str_from(path, len))
               : NULL;
}

static int refuse_field(const builder *b, const cel_node *n)
{
    char path[PATH_MAX_BYTES];
    size_t len = 0;
    if (path_of(n, path, &len))
        return refuse(b, n, "no field %.*s here", (int)len, path);
    return refuse(b, n, "only fields, constants and comparisons of them can be queried");
}

/* A field, or the entry of a map. */
static int operand_of(const builder *b, const cel_node *n, act_pred_operand *ret)
{
    act_pred_operand o = { .field = field_at(b, n) };
    const cel_node *parent = NULL;
    act_str key;
    if (!o.field && last_name(n, &key, &parent) && parent) {
        o.field = field_at(b, parent);
        o.is_entry = o.field && o.field->class == ACT_FILTER_MAP;
    }
    if (!o.field || (parent && !o.is_entry))
        return refuse_field(b, n);
    int err = o.is_entry ? act_arena_str(b->arena, key, &o.key) : ACT_OK;
    if (err)
        return err;
    size_t count;
    b->filter->fields |= UINT64_C(1)
                         << (o.field - act_filter_fields(b->filter->resource, &count));
    *ret = o;
    return ACT_OK;
}

/* ---- constants ----------------------------------------------------------------------- */

/* Mentions neither a variable nor a local name. */
static bool is_constant(const cel_node *n)
{
    if (n->kind == CEL_NODE_IDENT)
        return false;
    for (uint32_t i = 0;; i++) {
        const cel_node *child = cel_node_child(n, i);
        if (!child)
            return true;
        if (!is_constant(child))
            return false;
    }
}

static int copy_value(const builder *b, cel_value *v)
{
    if (v->kind != CEL_STRING)
        return ACT_OK;
    act_str copy;
    int err = act_arena_str(b->arena, cel_value_str(*v), &copy);
    if (!err)
        *v = cel_string(copy);
    return err;
}

static int copy_list(const builder *b, cel_value list, const act_str **ret, size_t *ret_n)
{
    uint32_t n = cel_list_count(list);
    act_str *items = act_arena_make_n(b->arena, act_str, n);
    if (!items)
        return ACT_ENOMEM;
    for (uint32_t i = 0; i < n; i++) {
        cel_value v = cel_list_at(list, i);
        if (v.kind != CEL_STRING)
            return ACT_ETYPE;
        int err = act_arena_str(b->arena, cel_value_str(v), &items[i]);
        if (err)
            return err;
    }
    *ret = items;
    *ret_n = n;
    return ACT_OK;
}

/* Evaluate a constant expression. Strings are copied into the filter's arena; lists go to
 * @strings when that is not NULL. */
static int evaluate(const builder *b, const cel_node *n, cel_value *ret,
                    const act_str **strings, size_t *n_strings)
{
    act_buf text = ACT_BUF_INIT;
    cel_ast_unparse(n, &text);
    ACT_AUTO(cel_program) program = NULL;
    ACT_AUTO(cel_ctx) ctx = NULL;
    act_err why = ACT_ERR_INIT;
    cel_value v = cel_null();
    int err = act_buf_err(&text);
    if (!err)
        err = cel_compile(b->env, act_buf_str(&text), 0, NULL, NULL, &program);
    if (!err)
        err = cel_ctx_new(b->env, &ctx);
    if (!err)
        err = cel_eval(program, ctx, &v, &why);
    if (err && err != ACT_ENOMEM)
        err = refuse(b, n, "%s", why.text[0] ? why.text : "not a constant");
    if (!err && strings && v.kind == CEL_LIST) {
        err = copy_list(b, v, strings, n_strings);
        if (err == ACT_ETYPE)
            err = refuse(b, n, "the list must hold strings only");
    } else if (!err) {
        err = copy_value(b, &v);
    }
    act_buf_done(&text);
    if (!err)
        *ret = v;
    return err;
}

static int string_constant(const builder *b, const cel_node *n, act_str *ret)
{
    if (!is_constant(n))
        return refuse(b, n, "must be a constant string");
    cel_value v;
    int err = evaluate(b, n, &v, NULL, NULL);
    if (err)
        return err;
    if (v.kind != CEL_STRING)
        return refuse(b, n, "must be a constant string");
    *ret = cel_value_str(v);
    return ACT_OK;
}

/* ---- relations ------------------------------------------------------------------------
 */

static bool is_member_call(const cel_node *n, const char *name, uint32_t argc)
{
    return n->kind == CEL_NODE_CALL && n->as.call.target && n->as.call.argc == argc &&
           act_str_eq_cstr(n->as.call.name, name);
}

/* A field, perhaps under lowerAscii() or upperAscii(). */
static int text_side(const builder *b, const cel_node *n, act_pred_operand *ret)
{
    enum act_pred_case letters = is_member_call(n, "lowerAscii", 0)   ? ACT_CASE_LOWER
                                 : is_member_call(n, "upperAscii", 0) ? ACT_CASE_UPPER
                                                                      : ACT_CASE_NONE;
    act_pred_operand o;
    int err = operand_of(b, letters ? n->as.call.target : n, &o);
    if (err)
        return err;
    if (letters && act_pred_class(&o) != ACT_FILTER_STRING)
        return refuse(b, n, "%s is no string", o.field->path);
    o.letters = letters;
    *ret = o;
    return ACT_OK;
}

static bool has_size(enum act_filter_class class)
{
    return class == ACT_FILTER_STRING || class == ACT_FILTER_STRINGS ||
           class == ACT_FILTER_MAP;
}

static int side_of(const builder *b, const cel_node *n, side *ret)
{
    if (is_constant(n)) {
        ret->kind = SIDE_CONST;
        return evaluate(b, n, &ret->value, NULL, NULL);
    }
    const cel_node *sized = NULL;
    if (is_member_call(n, "size", 0))
        sized = n->as.call.target;
    else if (cel_node_is_call(n, "size", 1) && !n->as.call.target)
        sized = n->as.call.args[0];
    ret->kind = sized ? SIDE_SIZE : SIDE_FIELD;
    int err = text_side(b, sized ? sized : n, &ret->of);
    if (!err && sized && !has_size(act_pred_class(&ret->of)))
        return refuse(b, n, "%s has no size", ret->of.field->path);
    return err;
}

static enum act_pred_op mirrored(enum act_pred_op op)
{
    switch (op) {
    case ACT_OP_LT:
        return ACT_OP_GT;
    case ACT_OP_LE:
        return ACT_OP_GE;
    case ACT_OP_GT:
        return ACT_OP_LT;
    case ACT_OP_GE:
        return ACT_OP_LE;
    case ACT_OP_EQ:
    case ACT_OP_NE:
        break;
    }
    return op;
}

/* The relation holds for every row, or for none. */
static void make_const(act_pred *p, bool value)
{
    *p = (act_pred){ .kind = ACT_PRED_CONST, .boolean = value };
}

/* @v compared with integers: the nearest integer that keeps the answer, or no integer can
 * matter. Columns are exact; CEL compares through double, which differs above 2^53 only. */
static void compare_double(act_pred *p, double d)
{
    if (isnan(d)) {
        make_const(p, p->op == ACT_OP_NE);
        return;
    }
    if (d >= 0x1p63 || d < -0x1p63) {
        bool above = d > 0; /* the constant is above every row */
        make_const(p, p->op == ACT_OP_NE ||
                          (above ? p->op == ACT_OP_LT || p->op == ACT_OP_LE
                                 : p->op == ACT_OP_GT || p->op == ACT_OP_GE));
        return;
    }
    double floor_d = floor(d);
    if (floor_d == d) {
        p->i64 = (int64_t)d;
        return;
    }
    switch (p->op) {
    case ACT_OP_EQ:
    case ACT_OP_NE:
        make_const(p, p->op == ACT_OP_NE);
        return;
    case ACT_OP_LT: /* x < 2.5 is x <= 2 */
    case ACT_OP_LE:
        p->op = ACT_OP_LE;
        p->i64 = (int64_t)floor_d;
        return;
    case ACT_OP_GT:
    case ACT_OP_GE:
        p->op = ACT_OP_GT;
        p->i64 = (int64_t)floor_d;
        return;
    }
}

static int compare_number(const builder *b, const cel_node *n, cel_value v, act_pred *p)
{
    const char *path = p->of.field->path;
    switch (v.kind) {
    case CEL_INT:
        p->i64 = v.as.i64;
        return ACT_OK;
    case CEL_UINT:
        if (v.as.u64 > INT64_MAX)
            compare_double(p, 0x1p64);
        else
            p->i64 = (int64_t)v.as.u64;
        return ACT_OK;
    case CEL_DOUBLE:
        if (isnan(v.as.f64) && p->op != ACT_OP_EQ && p->op != ACT_OP_NE)
            return refuse(b, n, "NaN values cannot be ordered");
        compare_double(p, v.as.f64);
        return ACT_OK;
    default:
        return refuse(b, n, "%s must be compared with a number",
                      p->kind == ACT_PRED_SIZE ? "a size" : path);
    }
}

/* Rows hold microseconds from 1970 to 2259. A finer constant is moved to the microsecond
 * that keeps the answer; one outside that span decides for all rows alike. */
static int compare_time(const builder *b, const cel_node *n, cel_value v, act_pred *p)
{
    if (v.kind != CEL_TIMESTAMP)
        return refuse(b, n, "%s must be compared with timestamp('...')", p->of.field->path);
    const int64_t first_s = 0, last_s = INT64_C(9151488000); /* 2260-01-01 */
    if (v.as.i64 < first_s || v.as.i64 > last_s) {
        bool above = v.as.i64 > last_s;
        make_const(p, p->op == ACT_OP_NE ||
                          (above ? p->op == ACT_OP_LT || p->op == ACT_OP_LE
                                 : p->op == ACT_OP_GT || p->op == ACT_OP_GE));
        return ACT_OK;
    }
    p->i64 = v.as.i64 * 1000000 + v.len / 1000;
    if (v.len % 1000 == 0)
        return ACT_OK;
    if (p->op == ACT_OP_EQ || p->op == ACT_OP_NE)
        make_const(p, p->op == ACT_OP_NE);
    else if (p->op == ACT_OP_GE || p->op == ACT_OP_LT)
        p->i64++;
    return ACT_OK;
}

static int compare_constant(const builder *b, const cel_node *n, const side *left,
                            const side *right, enum act_pred_op op, act_pred *p)
{
    cel_value v = right->value;
    const char *path = left->of.field->path;
    p->kind = left->kind == SIDE_SIZE ? ACT_PRED_SIZE : ACT_PRED_CMP;
    p->of = left->of;
    p->op = op;
    if (left->kind == SIDE_SIZE)
        return compare_number(b, n, v, p);
    switch (act_pred_class(&left->of)) {
    case ACT_FILTER_INT:
        return compare_number(b, n, v, p);
    case ACT_FILTER_TIME:
        return compare_time(b, n, v, p);
    case ACT_FILTER_STRINGS:
        return refuse(b, n, "%s is a list; use 'x' in %s or size()", path, path);
    case ACT_FILTER_MAP:
        return refuse(b, n, "%s is a map; use %s['key'] or 'key' in %s", path, path, path);
    case ACT_FILTER_STRING:
        break;
    }
    if (v.kind != CEL_STRING)
        return refuse(b, n, "%s must be compared with a string", path);
    p->string = cel_value_str(v);
    return ACT_OK;
}

static int build_relation(const builder *b, const cel_node *n, enum act_pred_op op,
                          act_pred *p)
{
    side left = { 0 }, right = { 0 };
    int err = side_of(b, n->as.call.args[0], &left);
    if (!err)
        err = side_of(b, n->as.call.args[1], &right);
    if (err)
        return err;
    if (left.kind == SIDE_CONST && right.kind == SIDE_CONST) {
        cel_value v;
        err = evaluate(b, n, &v, NULL, NULL);
        if (!err)
            make_const(p, cel_value_is_true(v));
        return err;
    }
    if (left.kind == SIDE_CONST)
        return compare_constant(b, n, &right, &left, mirrored(op), p);
    if (right.kind == SIDE_CONST)
        return compare_constant(b, n, &left, &right, op, p);
    if (left.kind == SIDE_SIZE || right.kind == SIDE_SIZE)
        return refuse(b, n, "size() must be compared with a constant");
    enum act_filter_class class = act_pred_class(&left.of);
    if (class != act_pred_class(&right.of) || class == ACT_FILTER_STRINGS ||
        class == ACT_FILTER_MAP)
        return refuse(b, n, "%s and %s cannot be compared", left.of.field->path,
                      right.of.field->path);
    p->kind = ACT_PRED_CMP2;
    p->of = left.of;
    p->other = right.of;
    p->op = op;
    return ACT_OK;
}

static int number_equals(const builder *b, const cel_node *item, act_pred *p)
{
    cel_value v;
    int err = evaluate(b, item, &v, NULL, NULL);
    p->kind = ACT_PRED_CMP;
    p->op = ACT_OP_EQ;
    return err ? err : compare_number(b, item, v, p);
}

/* Is @p->of, a number, one of the @n items of @list from @first on? So many comparisons, in
 * a tree of the least depth. */
static int build_number_in(const builder *b, const cel_node *list, uint32_t first,
                           uint32_t n, act_pred *p)
{
    act_pred *left, *right;
    if (n == 0)
        make_const(p, false);
    if (n <= 1)
        return n == 0 ? ACT_OK : number_equals(b, cel_node_child(list, first), p);
    int err = new_pred(b, ACT_PRED_CMP, &left);
    if (!err)
        err = new_pred(b, ACT_PRED_CMP, &right);
    if (err)
        return err;
    left->of = right->of = p->of;
    *p = (act_pred){ .kind = ACT_PRED_OR, .left = left, .right = right };
    err = build_number_in(b, list, first, n / 2, left);
    return err ? err : build_number_in(b, list, first + n / 2, n - n / 2, right);
}

static uint32_t child_count(const cel_node *n)
{
    uint32_t count = 0;
    while (cel_node_child(n, count))
        count++;
    return count;
}

static int build_in(const builder *b, const cel_node *n, act_pred *p)
{
    const cel_node *item = n->as.call.args[0], *list = n->as.call.args[1];
    if (!is_constant(list)) {
        p->kind = ACT_PRED_MEMBER;
        int err = operand_of(b, list, &p->of);
        if (!err && act_pred_class(&p->of) != ACT_FILTER_STRINGS &&
            act_pred_class(&p->of) != ACT_FILTER_MAP)
            return refuse(b, list, "%s is no list", p->of.field->path);
        return err ? err : string_constant(b, item, &p->string);
    }
    int err = text_side(b, item, &p->of);
    if (err)
        return err;
    cel_value v;
    if (act_pred_class(&p->of) == ACT_FILTER_INT && list->kind == CEL_NODE_LIST)
        return build_number_in(b, list, 0, child_count(list), p);
    if (act_pred_class(&p->of) != ACT_FILTER_STRING)
        return refuse(b, item, "%s is no string; join comparisons with ||",
                      p->of.field->path);
    p->kind = ACT_PRED_IN;
    err = evaluate(b, list, &v, &p->strings, &p->n_strings);
    if (!err && v.kind != CEL_LIST)
        return refuse(b, list, "must be a list of strings");
    return err;
}

static int check_pattern(const builder *b, const cel_node *n, act_pred *p)
{
    const cel_regex_limits limits = cel_limits_of_regex(cel_env_limits(b->env));
    cel_regex *re = NULL;
    act_err why = ACT_ERR_INIT;
    int err = cel_regex_compile(p->string, &limits, &re, &why);
    if (err == ACT_ENOMEM)
        return err;
    if (err)
        return refuse(b, n, "%s", why.text);
    if (b->filter->keeps_regexes) {
        p->regex = re;
        p->next_kept = b->filter->kept;
        b->filter->kept = p;
    } else {
        cel_regex_free(re);
    }
    return act_arena_printf(b->arena, &p->string, "(?-s)%.*s", ACT_STR_ARG(p->string));
}

/* x.startsWith('a') and its like; *ret_known is false when @n is no such call. */
static int build_text_call(const builder *b, const cel_node *n, act_pred *p,
                           bool *ret_known)
{
    static const struct {
        const char *name;
        enum act_pred_kind kind;
    } calls[] = {
        { "startsWith", ACT_PRED_STARTS },
        { "endsWith", ACT_PRED_ENDS },
        { "contains", ACT_PRED_CONTAINS },
        { "matches", ACT_PRED_MATCHES },
    };
    const cel_node *subject = NULL, *argument = NULL;
    for (size_t i = 0; i < ACT_COUNT(calls) && !subject; i++) {
        p->kind = calls[i].kind;
        if (is_member_call(n, calls[i].name, 1)) {
            subject = n->as.call.target;
            argument = n->as.call.args[0];
        } else if (calls[i].kind == ACT_PRED_MATCHES && cel_node_is_call(n, "matches", 2)) {
            subject = n->as.call.args[0];
            argument = n->as.call.args[1];
        }
    }
    *ret_known = subject != NULL;
    if (!subject)
        return ACT_OK;
    int err = text_side(b, subject, &p->of);
    if (!err && act_pred_class(&p->of) != ACT_FILTER_STRING)
        return refuse(b, subject, "%s is no string", p->of.field->path);
    if (!err)
        err = string_constant(b, argument, &p->string);
    if (!err && p->kind == ACT_PRED_MATCHES)
        err = check_pattern(b, argument, p);
    return err;
}

/* ---- logic -----------------------------------------------------------------------------
 */

static int build(builder *b, const cel_node *n, const act_pred **ret);

static int build_logic(builder *b, const cel_node *n, enum act_pred_kind kind,
                       const act_pred **ret)
{
    act_pred *p;
    int err = new_pred(b, kind, &p);
    if (!err)
        err = build(b, n->as.call.args[0], &p->left);
    if (!err && kind != ACT_PRED_NOT)
        err = build(b, n->as.call.args[1], &p->right);
    if (!err)
        *ret = p;
    return err;
}

static int build_leaf(const builder *b, const cel_node *n, act_pred *p)
{
    static const struct {
        const char *name;
        enum act_pred_op op;
    } relations[] = {
        { "_==_", ACT_OP_EQ }, { "_!=_", ACT_OP_NE }, { "_<_", ACT_OP_LT },
        { "_<=_", ACT_OP_LE }, { "_>_", ACT_OP_GT },  { "_>=_", ACT_OP_GE },
    };
    for (size_t i = 0; i < ACT_COUNT(relations); i++)
        if (cel_node_is_call(n, relations[i].name, 2))
            return build_relation(b, n, relations[i].op, p);
    if (cel_node_is_call(n, "@in", 2))
        return build_in(b, n, p);
    bool known = false;
    int err = build_text_call(b, n, p, &known);
    if (err || known)
        return err;
    if (n->kind == CEL_NODE_SELECT && n->as.select.test_only) {
        p->kind = ACT_PRED_HAS;
        return operand_of(b, n, &p->of);
    }
    switch ((enum cel_node_kind)n->kind) {
    case CEL_NODE_CALL:
        return refuse(b, n, "%.*s cannot be used in a query's filter",
                      ACT_STR_ARG(n->as.call.name));
    case CEL_NODE_FOLD:
        return refuse(b, n, "comprehensions cannot be used in a query's filter");
    case CEL_NODE_BIND:
        return refuse(b, n, "cel.bind() cannot be used in a query's filter");
    case CEL_NODE_CONST:
    case CEL_NODE_IDENT:
    case CEL_NODE_SELECT:
    case CEL_NODE_LIST:
    case CEL_NODE_MAP:
    case CEL_NODE_STRUCT:
        break;
    }
    return refuse(b, n, "must be true or false; compare the field with something");
}

static bool is_call_of(const cel_node *n, const char *const *names, size_t n_names)
{
    for (size_t i = 0; n->kind == CEL_NODE_CALL && i < n_names; i++)
        if (act_str_eq_cstr(n->as.call.name, names[i]))
            return true;
    return false;
}

/* Is @n itself true or false, and no field? Then it is equal to another such thing, or not.
 */
static bool is_claim(const cel_node *n)
{
    static const char *const names[] = { "_==_",     "_!=_",   "_<_",        "_<=_",
                                         "_>_",      "_>=_",   "_&&_",       "_||_",
                                         "!_",       "@in",    "startsWith", "endsWith",
                                         "contains", "matches" };
    return (n->kind == CEL_NODE_SELECT && n->as.select.test_only) ||
           is_call_of(n, names, ACT_COUNT(names));
}

static bool compares_claims(const cel_node *n)
{
    return (cel_node_is_call(n, "_==_", 2) || cel_node_is_call(n, "_!=_", 2)) &&
           (is_claim(n->as.call.args[0]) || is_claim(n->as.call.args[1]));
}

static int build_same(builder *b, const cel_node *n, const act_pred **ret)
{
    act_pred *p;
    int err = new_pred(b, ACT_PRED_SAME, &p);
    if (err)
        return err;
    p->op = cel_node_is_call(n, "_==_", 2) ? ACT_OP_EQ : ACT_OP_NE;
    err = build(b, n->as.call.args[0], &p->left);
    if (!err)
        err = build(b, n->as.call.args[1], &p->right);
    if (!err)
        *ret = p;
    return err;
}

static int build(builder *b, const cel_node *n, const act_pred **ret)
{
    if (b->depth == ACT_FILTER_DEPTH_MAX)
        return refuse(b, n, "nested more than %d deep", ACT_FILTER_DEPTH_MAX);
    b->depth++;
    int err;
    if (cel_node_is_call(n, "_&&_", 2)) {
        err = build_logic(b, n, ACT_PRED_AND, ret);
    } else if (cel_node_is_call(n, "_||_", 2)) {
        err = build_logic(b, n, ACT_PRED_OR, ret);
    } else if (cel_node_is_call(n, "!_", 1)) {
        err = build_logic(b, n, ACT_PRED_NOT, ret);
    } else if (compares_claims(n)) {
        err = build_same(b, n, ret);
    } else {
        act_pred *p;
        err = new_pred(b, ACT_PRED_CONST, &p);
        if (!err && is_constant(n)) {
            cel_value v;
            err = evaluate(b, n, &v, NULL, NULL);
            if (!err && v.kind != CEL_BOOL)
                err = refuse(b, n, "must be true or false");
            else if (!err)
                make_const(p, v.as.boolean);
        } else if (!err) {
            err = build_leaf(b, n, p);
        }
        if (!err)
            *ret = p;
    }
    b->depth--;
    return err;
}

int act_filter_build_tree(act_filter_build *f, const cel_env *env, const cel_node *root,
                          act_err *reterr)
{
    builder b = { f, env, f->arena, reterr, 0 };
    return build(&b, root, &f->root);
}

void act_filter_free_kept(const act_filter_build *b)
{
    for (const act_pred *p = b->kept; p; p = p->next_kept)
        cel_regex_free(p->regex);
}
