#include "api/query_selector.h"

static act_store_param text_param(act_str value)
{
    return (act_store_param){ .type = ACT_STORE_STRING, .as.str = value };
}

int act_query_where_text(act_call *c, act_query *q, const char *sql, bool equal,
                         act_str value)
{
    const char *name;
    int r = act_query_param(c, q, text_param(value), &name);
    if (!r)
        act_buf_printf(&q->where, " AND %s %s {%s:String}", sql, equal ? "=" : "!=", name);
    return r;
}

/* The value of label {@key}, as SQL. */
static void write_label(act_query *q, const char *key)
{
    if (q->table->labels)
        act_buf_printf(&q->where, "%s[{%s:String}]", q->table->labels, key);
    else
        act_buf_printf(&q->where,
                       "JSONExtractString(%s, 'metadata', 'labels', {%s:String})",
                       q->table->json, key);
}

/* Whether there is label {@key}, as SQL: absent and empty differ. */
static void write_has_label(act_query *q, const char *key)
{
    if (q->table->labels)
        act_buf_printf(&q->where, "mapContains(%s, {%s:String})", q->table->labels, key);
    else
        act_buf_printf(&q->where, "JSONHas(%s, 'metadata', 'labels', {%s:String})",
                       q->table->json, key);
}

/* What must be true of the value of label {@key}, which is there. */
static int write_label_test(act_call *c, act_query *q, const act_requirement *r,
                            const char *key)
{
    const char *value;
    act_store_param p = { .type = ACT_STORE_STRINGS };
    int e;
    switch (r->op) {
    case ACT_SEL_EXISTS:
    case ACT_SEL_NOT_EXISTS:
        return 0;
    case ACT_SEL_GT:
    case ACT_SEL_LT:
        e = act_query_param(c, q, text_param(r->values[0]), &value);
        act_buf_add(&q->where, ACT_STR(" AND ifNull(toInt64OrNull("));
        write_label(q, key);
        act_buf_printf(&q->where, ") %s toInt64OrNull({%s:String}), 0)",
                       r->op == ACT_SEL_GT ? ">" : "<", value);
        return e;
    case ACT_SEL_EQ:
    case ACT_SEL_NE:
    case ACT_SEL_IN:
    case ACT_SEL_NOTIN:
        p.as.strs.ptr = r->values;
        p.as.strs.n = r->n;
        e = act_query_param(c, q, p, &value);
        act_buf_add(&q->where, ACT_STR(" AND "));
        write_label(q, key);
        act_buf_printf(&q->where, " IN {%s:Array(String)}", value);
        return e;
    }
    return ACT_EINVAL;
}

int act_query_where_label(act_call *c, act_query *q, const act_requirement *r)
{
    const char *key = "";
    bool negative =
        r->op == ACT_SEL_NE || r->op == ACT_SEL_NOTIN || r->op == ACT_SEL_NOT_EXISTS;
    int e = act_query_param(c, q, text_param(r->key), &key);
    act_buf_add(&q->where, negative ? ACT_STR(" AND NOT (") : ACT_STR(" AND ("));
    write_has_label(q, key);
    if (!e)
        e = write_label_test(c, q, r, key);
    act_buf_add_byte(&q->where, ')');
    return e;
}

bool act_label_lookup(void *ctx, act_str key, act_str *ret)
{
    const act_json *meta = act_json_get(ctx, ACT_STR("metadata"));
    const act_json *v = act_json_get(act_json_get(meta, ACT_STR("labels")), key);
    if (!v)
        return false;
    *ret = act_json_string(v);
    return true;
}
