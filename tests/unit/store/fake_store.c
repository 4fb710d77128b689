#include "unit/store/fake_store.h"

#include "base/alloc.h"

typedef struct {
    act_row_source base;
    fake_store *store;
    size_t next;
} fake_source;

static int fake_next(act_row_source *base, act_str *ret, act_err *reterr)
{
    fake_source *src = (fake_source *)base;
    if (src->next == src->store->piece_count)
        return src->store->end ? act_fail(reterr, src->store->end, "told to fail") : 0;
    *ret = src->store->pieces[src->next++];
    return 1;
}

static void fake_close(act_row_source *base, act_store_cost *ret_cost)
{
    fake_source *src = (fake_source *)base;
    src->store->open_queries--;
    if (ret_cost)
        ret_cost->rows_read = src->next;
    act_dealloc(src);
}

static const act_row_source_ops plain_ops = { .next = fake_next, .close = fake_close };
static const act_row_source_ops repeating_ops = {
    .next = fake_next,
    .close = fake_close,
    .repeats_header = true,
};

static int fake_query(act_store *base, act_str sql, const act_store_param *params, size_t n,
                      const act_store_limits *limits, act_row_source **ret, act_err *reterr)
{
    (void)sql;
    (void)params;
    (void)n;
    (void)limits;
    (void)reterr;
    fake_store *s = (fake_store *)base;
    fake_source *src = act_zalloc(1, sizeof *src);
    if (!src)
        return ACT_ENOMEM;
    src->base.ops = s->repeats_header ? &repeating_ops : &plain_ops;
    src->store = s;
    s->open_queries++;
    *ret = &src->base;
    return ACT_OK;
}

static int fake_exec(act_store *base, act_str sql, const act_store_param *params, size_t n,
                     act_err *reterr)
{
    (void)params;
    (void)n;
    fake_store *s = (fake_store *)base;
    if (++s->executed == s->fail_at)
        return act_fail(reterr, ACT_EIO, "told to fail");
    act_buf_add(&s->log, sql);
    act_buf_add_byte(&s->log, '\n');
    return act_buf_err(&s->log);
}

static int fake_insert(act_store *base, const act_store_block *block, act_str token,
                       act_err *reterr)
{
    (void)token;
    return fake_exec(base, act_store_block_data(block), NULL, 0, reterr);
}

static void fake_free(act_store *base)
{
    fake_store *s = (fake_store *)base;
    act_buf_done(&s->log);
    act_store_done(base);
}

static const act_store_ops fake_ops = {
    .insert = fake_insert,
    .query = fake_query,
    .exec = fake_exec,
    .free = fake_free,
};

int fake_store_init(fake_store *s)
{
    *s = (fake_store){ .log = ACT_BUF_INIT };
    return act_store_init(&s->base, &fake_ops, NULL);
}

void put_text(act_buf *b, const char *text)
{
    assert(strlen(text) < 128);
    act_buf_add_byte(b, (char)strlen(text));
    act_buf_add(b, act_str_cstr(text));
}

void put_header(act_buf *b, size_t columns, const char *const *names_and_types)
{
    act_buf_add_byte(b, (char)columns);
    for (size_t i = 0; i < columns; i++)
        put_text(b, names_and_types[2 * i]);
    for (size_t i = 0; i < columns; i++)
        put_text(b, names_and_types[2 * i + 1]);
}
