#include "unit/api/blank_store.h"

static int no_piece(act_row_source *src, act_str *ret, act_err *reterr)
{
    (void)src;
    (void)ret;
    (void)reterr;
    return 0;
}

static void no_close(act_row_source *src, act_store_cost *ret_cost)
{
    (void)src;
    if (ret_cost)
        *ret_cost = (act_store_cost){ 0 };
}

static const act_row_source_ops no_ops = { .next = no_piece, .close = no_close };
static act_row_source no_rows = { &no_ops };

static int blank_query(act_store *s, act_str sql, const act_store_param *params, size_t n,
                       const act_store_limits *limits, act_row_source **ret,
                       act_err *reterr)
{
    (void)s;
    (void)sql;
    (void)params;
    (void)n;
    (void)limits;
    (void)reterr;
    *ret = &no_rows;
    return ACT_OK;
}

static int blank_insert(act_store *s, const act_store_block *block, act_str token,
                        act_err *reterr)
{
    (void)s;
    (void)block;
    (void)token;
    return act_fail(reterr, ACT_EIO, "it takes nothing");
}

static int blank_exec(act_store *s, act_str sql, const act_store_param *params, size_t n,
                      act_err *reterr)
{
    (void)s;
    (void)sql;
    (void)params;
    (void)n;
    (void)reterr;
    return ACT_OK;
}

static void blank_free(act_store *s)
{
    act_store_done(s);
}

static const act_store_ops ops = {
    .insert = blank_insert, .query = blank_query, .exec = blank_exec, .free = blank_free
};

int blank_store_init(blank_store *s)
{
    *s = (blank_store){ .base = { 0 } };
    int r = act_store_init(&s->base, &ops, NULL);
    s->base.clock = act_clock_system();
    return r;
}
