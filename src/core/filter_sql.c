#include "core/filter_tree.h"

typedef struct {
    act_arena *arena;
    act_buf *out;
    act_sql_param *params;
    size_t n;
} emitter;

static const char *op_text(enum act_pred_op op)
{
    switch (op) {
    case ACT_OP_EQ:
        return "=";
    case ACT_OP_NE:
        return "!=";
    case ACT_OP_LT:
        return "<";
    case ACT_OP_LE:
        return "<=";
    case ACT_OP_GT:
        return ">";
    case ACT_OP_GE:
        return ">=";
    }
    return "=";
}

static act_sql_param *add_param(emitter *e, const char *type)
{
    if (e->n == ACT_FILTER_PARAMS_MAX) {
        e->out->err = ACT_ELIMIT;
        return NULL;
    }
    act_sql_param *p = &e->params[e->n];
    (void)snprintf(p->name, sizeof p->name, "f%u", (unsigned)e->n % 1000); /* at most 500 */
    e->n++;
    act_buf_printf(e->out, "{%s:%s}", p->name, type);
    return p;
}

static void emit_string(emitter *e, act_str s)
{
    act_sql_param *p = add_param(e, "String");
    if (!p)
        return;
    p->type = ACT_SQL_STRING;
    p->as.string = s;
}

static void emit_i64(emitter *e, int64_t v)
{
    act_sql_param *p = add_param(e, "Int64");
    if (!p)
        return;
    p->type = ACT_SQL_I64;
    p->as.i64 = v;
}

static void emit_time(emitter *e, int64_t us)
{
    act_sql_param *p = add_param(e, "DateTime64(6, 'UTC')");
    if (!p)
        return;
    p->type = ACT_SQL_TIME;
    p->as.i64 = us;
}

static void emit_strings(emitter *e, const act_str *items, size_t n)
{
    act_sql_param *p = add_param(e, "Array(String)");
    if (!p)
        return;
    p->type = ACT_SQL_STRINGS;
    p->as.strings.ptr = items;
    p->as.strings.n = n;
}

static void emit_operand(emitter *e, const act_pred_operand *o)
{
    /* lower() and upper() touch ASCII only, as lowerAscii() does; lowerUTF8 would not. */
    const char *open = o->letters == ACT_CASE_LOWER   ? "lower("
                       : o->letters == ACT_CASE_UPPER ? "upper("
                                                      : "";
    act_buf_printf(e->out, "%s%s", open, o->field->column);
    if (o->is_entry) { /* of a key that is not there: empty */
        act_buf_add_byte(e->out, '[');
        emit_string(e, o->key);
        act_buf_add_byte(e->out, ']');
    }
    if (*open)
        act_buf_add_byte(e->out, ')');
}

static void emit_constant(emitter *e, const act_pred *p)
{
    switch (act_pred_class(&p->of)) {
    case ACT_FILTER_STRING:
    case ACT_FILTER_STRINGS:
    case ACT_FILTER_MAP:
        emit_string(e, p->string);
        return;
    case ACT_FILTER_INT:
        emit_i64(e, p->i64);
        return;
    case ACT_FILTER_TIME:
        emit_time(e, p->i64);
        return;
    }
}

static void emit_call(emitter *e, const char *function, const act_pred_operand *of,
                      act_str argument)
{
    act_buf_printf(e->out, "%s(", function);
    emit_operand(e, of);
    act_buf_add(e->out, ACT_STR(", "));
    emit_string(e, argument);
    act_buf_add(e->out, ACT_STR(")"));
}

static void emit_in(emitter *e, const act_pred *p)
{
    if (p->n_strings == 0) { /* older servers refuse an empty list */
        act_buf_add_byte(e->out, '0');
        return;
    }
    emit_operand(e, &p->of);
    if (p->n_strings == 1) {
        act_buf_add(e->out, ACT_STR(" = "));
        emit_string(e, p->strings[0]);
    } else {
        act_buf_add(e->out, ACT_STR(" IN "));
        emit_strings(e, p->strings, p->n_strings);
    }
}

static void emit_member(emitter *e, const act_pred *p)
{
    if (p->of.field->class == ACT_FILTER_MAP)
        emit_call(e, "mapContains", &p->of, p->string);
    else if (p->string.len > 0)
        emit_call(e, "has", &p->of, p->string);
    else /* has() does not find the empty text in an array of LowCardinality(String) */
        act_buf_printf(e->out, "arrayExists(x -> empty(x), %s)", p->of.field->column);
}

static void emit_has(emitter *e, const act_pred *p)
{
    const char *column = p->of.field->column;
    if (p->of.is_entry) {
        const act_pred_operand map = { .field = p->of.field };
        emit_call(e, "mapContains", &map, p->of.key);
        return;
    }
    switch (p->of.field->class) {
    case ACT_FILTER_STRING:
        act_buf_printf(e->out, "%s != ''", column);
        return;
    case ACT_FILTER_INT:
        act_buf_printf(e->out, "%s != 0", column);
        return;
    case ACT_FILTER_TIME:
        act_buf_printf(e->out, "toUnixTimestamp64Micro(%s) != 0", column);
        return;
    case ACT_FILTER_STRINGS:
    case ACT_FILTER_MAP:
        act_buf_printf(e->out, "notEmpty(%s)", column);
        return;
    }
}

/* Depth is that of the tree, bounded when it was built. */
static void emit(emitter *e, const act_pred *p)
{
    act_buf *out = e->out;
    act_buf_add_byte(out, '(');
    switch (p->kind) {
    case ACT_PRED_CONST:
        act_buf_add_byte(out, p->boolean ? '1' : '0');
        break;
    case ACT_PRED_AND:
    case ACT_PRED_OR:
        emit(e, p->left);
        act_buf_add(out, p->kind == ACT_PRED_AND ? ACT_STR(" AND ") : ACT_STR(" OR "));
        emit(e, p->right);
        break;
    case ACT_PRED_NOT:
        act_buf_add(out, ACT_STR("NOT "));
        emit(e, p->left);
        break;
    case ACT_PRED_SAME:
        emit(e, p->left);
        act_buf_printf(out, " %s ", op_text(p->op));
        emit(e, p->right);
        break;
    case ACT_PRED_CMP:
        emit_operand(e, &p->of);
        act_buf_printf(out, " %s ", op_text(p->op));
        emit_constant(e, p);
        break;
    case ACT_PRED_CMP2:
        emit_operand(e, &p->of);
        act_buf_printf(out, " %s ", op_text(p->op));
        emit_operand(e, &p->other);
        break;
    case ACT_PRED_IN:
        emit_in(e, p);
        break;
    case ACT_PRED_MEMBER:
        emit_member(e, p);
        break;
    case ACT_PRED_STARTS:
        emit_call(e, "startsWith", &p->of, p->string);
        break;
    case ACT_PRED_ENDS:
        emit_call(e, "endsWith", &p->of, p->string);
        break;
    case ACT_PRED_CONTAINS:
        emit_call(e, "position", &p->of, p->string);
        act_buf_add(out, ACT_STR(" > 0"));
        break;
    case ACT_PRED_MATCHES: /* ClickHouse lets '.' match a line feed unless told */
        emit_call(e, "match", &p->of, p->string);
        break;
    case ACT_PRED_SIZE:
        act_buf_add(out, act_pred_class(&p->of) == ACT_FILTER_STRING
                             ? ACT_STR("lengthUTF8(")
                             : ACT_STR("length("));
        emit_operand(e, &p->of);
        act_buf_printf(out, ") %s ", op_text(p->op));
        emit_i64(e, p->i64);
        break;
    case ACT_PRED_HAS:
        emit_has(e, p);
        break;
    }
    act_buf_add_byte(out, ')');
}

int act_filter_emit(const act_pred *p, act_arena *a, act_filter *ret)
{
    act_buf out = ACT_BUF_INIT;
    emitter e = { a, &out, act_arena_make_n(a, act_sql_param, ACT_FILTER_PARAMS_MAX), 0 };
    if (!e.params)
        return ACT_ENOMEM;
    emit(&e, p);
    act_str sql;
    int err = act_buf_err(&out);
    if (!err)
        err = act_arena_str(a, act_buf_str(&out), &sql);
    act_buf_done(&out);
    if (err)
        return err;
    ret->sql = sql;
    ret->params = e.params;
    ret->n_params = e.n;
    return ACT_OK;
}
