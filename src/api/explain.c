#include "api/explain.h"

#include "base/clock.h"

/* One statement, as JSON but for its cost. */
typedef struct statement {
    act_str sql;
    act_str parameters;
    act_store_cost cost;
    struct statement *next;
} statement;

struct act_explain {
    act_arena *arena;
    statement *first, **last;
};

int act_explain_begin(act_call *c, act_explain **ret)
{
    *ret = NULL;
    if (!act_str_eq_cstr(act_http_request_param(c->req, ACT_STR("explain")), "true"))
        return 0;
    act_explain *x = act_arena_make(c->arena, act_explain);
    if (!x)
        return ACT_ENOMEM;
    x->arena = c->arena;
    x->last = &x->first;
    *ret = x;
    return 0;
}

static void write_time(act_json_writer *w, int64_t ns, unsigned digits)
{
    char text[ACT_RFC3339_MAX];
    size_t n = act_rfc3339_format(ns, digits, text);
    act_jw_string(w, act_str_from(text, n));
}

static void write_value(act_json_writer *w, const act_store_param *p)
{
    switch (p->type) {
    case ACT_STORE_STRING:
        act_jw_string(w, p->as.str);
        return;
    case ACT_STORE_U8:
    case ACT_STORE_U16:
    case ACT_STORE_U32:
    case ACT_STORE_U64:
        act_jw_u64(w, p->as.u64);
        return;
    case ACT_STORE_I32:
    case ACT_STORE_I64:
        act_jw_i64(w, p->as.i64);
        return;
    case ACT_STORE_F64:
        act_jw_f64(w, p->as.f64);
        return;
    case ACT_STORE_TIME_MS:
        write_time(w, p->as.i64 * ACT_NS_PER_MS, 3);
        return;
    case ACT_STORE_TIME_US:
        write_time(w, p->as.i64 * ACT_NS_PER_US, 6);
        return;
    case ACT_STORE_STRINGS:
        act_jw_array(w);
        for (size_t i = 0; i < p->as.strs.n; i++)
            act_jw_string(w, p->as.strs.ptr[i]);
        act_jw_array_end(w);
        return;
    case ACT_STORE_MAP: /* columns only */
        act_jw_null(w);
        return;
    }
}

static int write_parameters(act_arena *a, const act_store_param *params, size_t n,
                            act_str *ret)
{
    act_buf text = ACT_BUF_INIT;
    act_json_writer w = act_json_writer_on(&text);
    act_jw_object(&w);
    for (size_t i = 0; i < n; i++) {
        act_jw_key(&w, act_str_cstr(params[i].name));
        write_value(&w, &params[i]);
    }
    act_jw_object_end(&w);
    int r = act_buf_err(&text);
    if (!r)
        r = act_arena_str(a, act_buf_str(&text), ret);
    act_buf_done(&text);
    return r;
}

int act_explain_add(act_explain *x, act_str sql, const act_store_param *params, size_t n,
                    const act_store_cost *cost)
{
    if (!x)
        return 0;
    statement *s = act_arena_make(x->arena, statement);
    int r = s ? act_arena_str(x->arena, sql, &s->sql) : ACT_ENOMEM;
    if (!r)
        r = write_parameters(x->arena, params, n, &s->parameters);
    if (r)
        return r;
    s->cost = *cost;
    *x->last = s;
    x->last = &s->next;
    return 0;
}

static void write_cost(const act_store_cost *cost, act_json_writer *w)
{
    act_jw_kv_i64(w, "rowsRead", (int64_t)cost->rows_read);
    act_jw_kv_i64(w, "bytesRead", (int64_t)cost->bytes_read);
    act_jw_kv_i64(w, "elapsedMicroseconds", cost->elapsed_ns / ACT_NS_PER_US);
}

void act_explain_write(const act_explain *x, act_json_writer *w)
{
    if (!x)
        return;
    act_store_cost all = { 0 };
    act_jw_key(w, ACT_STR("explain"));
    act_jw_object(w);
    act_jw_key(w, ACT_STR("statements"));
    act_jw_array(w);
    for (const statement *s = x->first; s; s = s->next) {
        act_jw_object(w);
        act_jw_kv_string(w, "sql", s->sql);
        act_jw_kv_raw(w, "parameters", s->parameters);
        write_cost(&s->cost, w);
        act_jw_object_end(w);
        all.rows_read += s->cost.rows_read;
        all.bytes_read += s->cost.bytes_read;
        all.elapsed_ns += s->cost.elapsed_ns;
    }
    act_jw_array_end(w);
    write_cost(&all, w);
    act_jw_object_end(w);
}
