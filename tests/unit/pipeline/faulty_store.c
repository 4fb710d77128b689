#include "unit/pipeline/faulty_store.h"

#include "base/thread.h"

/* One of @left is used up. */
static bool use_up(atomic_int *left)
{
    int n = atomic_load(left);
    while (n > 0)
        if (atomic_compare_exchange_weak(left, &n, n - 1))
            return true;
    return false;
}

static int insert(faulty_store *s, const act_store_block *block, act_str token,
                  act_err *reterr)
{
    if (use_up(&s->down))
        return act_fail(reterr, ACT_EIO, "told to be down");
    if (use_up(&s->missing))
        return act_fail(reterr, ACT_ENOTFOUND, "told to have no table");
    if (s->poison &&
        act_str_find(act_store_block_data(block), act_str_cstr(s->poison)) != SIZE_MAX)
        return act_fail(reterr, ACT_EINVAL, "told to refuse");
    int r = 0;
    if (s->real)
        r = act_store_insert(s->real, block, token, reterr);
    else
        atomic_fetch_add(&s->rows, act_store_block_rows(block));
    if (!r && use_up(&s->unsure))
        return act_fail(reterr, ACT_EIO, "told to lose the answer");
    return r;
}

static int faulty_insert(act_store *base, const act_store_block *block, act_str token,
                         act_err *reterr)
{
    static const atomic_bool never = false;
    faulty_store *s = (faulty_store *)base;
    atomic_fetch_add(&s->inserts, 1);
    int at_once = atomic_fetch_add(&s->at_once, 1) + 1;
    if (at_once > atomic_load(&s->most_at_once))
        atomic_store(&s->most_at_once, at_once);
    act_sleep_ns(atomic_load(&s->slow_ms) * ACT_NS_PER_MS, &never);
    int r = insert(s, block, token, reterr);
    atomic_fetch_sub(&s->at_once, 1);
    return r;
}

/* ---- results without rows ----------------------------------------------------------- */

static int no_next(act_row_source *src, act_str *ret, act_err *reterr)
{
    (void)src;
    (void)ret;
    (void)reterr;
    return 0;
}

static void no_close(act_row_source *src, act_store_cost *ret_cost)
{
    (void)src;
    (void)ret_cost;
}

static const act_row_source_ops no_ops = { .next = no_next, .close = no_close };
static act_row_source no_rows = { &no_ops };

static int faulty_query(act_store *base, act_str sql, const act_store_param *params,
                        size_t n, const act_store_limits *limits, act_row_source **ret,
                        act_err *reterr)
{
    faulty_store *s = (faulty_store *)base;
    if (use_up(&s->query_down))
        return act_fail(reterr, ACT_EIO, "told to be down");
    if (!s->real) {
        *ret = &no_rows;
        return 0;
    }
    return s->real->ops->query(s->real, sql, params, n, limits, ret, reterr);
}

static int faulty_exec(act_store *base, act_str sql, const act_store_param *params,
                       size_t n, act_err *reterr)
{
    faulty_store *s = (faulty_store *)base;
    return s->real ? s->real->ops->exec(s->real, sql, params, n, reterr) : 0;
}

static void faulty_free(act_store *base)
{
    act_store_done(base);
}

static const act_store_ops faulty_ops = {
    .insert = faulty_insert,
    .query = faulty_query,
    .exec = faulty_exec,
    .free = faulty_free,
};

int faulty_store_init(faulty_store *s, act_store *real)
{
    *s = (faulty_store){ .real = real };
    return act_store_init(&s->base, &faulty_ops, NULL);
}
