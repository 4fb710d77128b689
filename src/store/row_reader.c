#include "store/row_reader.h"

#include "base/alloc.h"

/*  varint(columns)  columns x text(name)  columns x text(type)  then the rows:
 *  values in column order; a Nullable one has a byte before it, 1 meaning NULL and no
 * value.
 *
 *  A piece is read where it lies. Only when it ends inside a row are its last bytes copied
 *  to `tail`, and the next piece is added behind them. */

enum kind { KIND_STRING, KIND_UNSIGNED, KIND_SIGNED, KIND_FLOAT, KIND_STRINGS };

struct column {
    enum kind kind;
    uint8_t size; /* bytes of a fixed-size value */
    bool nullable;
    union {
        act_str str;
        uint64_t u64;
        int64_t i64;
        double f64;
        struct {
            size_t first; /* in items */
            size_t count;
        } list;
    } as;
};

struct act_row_reader {
    struct column *columns;
    size_t column_count;
    act_str *items; /* elements of all arrays of the row */
    size_t item_count;
    size_t item_size;
    act_str header; /* a copy of the names and types as they came */
    act_str rest;   /* undecoded bytes, in the caller's piece or in tail */
    act_buf tail;
};

/* ---- bytes ------------------------------------------------------------------------ */

/* The take_ functions return 1, 0 when the bytes end first, or an error. */

static int take_varint(act_str *in, uint64_t *ret)
{
    uint64_t v = 0;
    for (size_t i = 0; i < 10; i++) {
        if (i == in->len)
            return 0;
        uint8_t byte = (uint8_t)in->ptr[i];
        v |= (uint64_t)(byte & 0x7f) << (7 * i);
        if (byte < 0x80) {
            *in = act_str_cut(*in, i + 1);
            *ret = v;
            return 1;
        }
    }
    return ACT_ECORRUPT;
}

static int take_text(act_str *in, act_str *ret)
{
    uint64_t len;
    int got = take_varint(in, &len);
    if (got <= 0)
        return got;
    if (len > ACT_ROW_BYTES_MAX)
        return ACT_ECORRUPT;
    if (len > in->len)
        return 0;
    *ret = act_str_head(*in, len);
    *in = act_str_cut(*in, len);
    return 1;
}

/* ---- types ------------------------------------------------------------------------ */

static const struct {
    const char *name;
    enum kind kind;
    uint8_t size;
} simple_types[] = {
    { "String", KIND_STRING, 0 },
    { "UInt8", KIND_UNSIGNED, 1 },
    { "Bool", KIND_UNSIGNED, 1 },
    { "UInt16", KIND_UNSIGNED, 2 },
    { "UInt32", KIND_UNSIGNED, 4 },
    { "UInt64", KIND_UNSIGNED, 8 },
    { "Int8", KIND_SIGNED, 1 },
    { "Int16", KIND_SIGNED, 2 },
    { "Int32", KIND_SIGNED, 4 },
    { "Int64", KIND_SIGNED, 8 },
    { "Float64", KIND_FLOAT, 8 },
    { "Array(String)", KIND_STRINGS, 0 },
    { "Array(LowCardinality(String))", KIND_STRINGS, 0 },
};

static bool unwrap(act_str *type, const char *outer)
{
    size_t n = strlen(outer);
    if (!act_str_starts(*type, act_str_cstr(outer)) || !act_str_ends(*type, ACT_STR(")")))
        return false;
    *type = act_str_head(act_str_cut(*type, n), type->len - n - 1);
    return true;
}

static bool parse_type(act_str type, struct column *ret)
{
    *ret = (struct column){ 0 };
    (void)unwrap(&type, "LowCardinality(");
    ret->nullable = unwrap(&type, "Nullable(");
    /* A literal milli- or microsecond time; the unit is the query's business. */
    if (act_str_starts(type, ACT_STR("DateTime64(3")) ||
        act_str_starts(type, ACT_STR("DateTime64(6"))) {
        ret->kind = KIND_SIGNED;
        ret->size = 8;
        return true;
    }
    for (size_t i = 0; i < ACT_COUNT(simple_types); i++) {
        if (!act_str_eq_cstr(type, simple_types[i].name))
            continue;
        ret->kind = simple_types[i].kind;
        ret->size = simple_types[i].size;
        return true;
    }
    return false;
}

static int read_types(act_str *in, const act_str *names, size_t n, struct column *columns,
                      act_err *reterr)
{
    for (size_t i = 0; i < n; i++) {
        act_str type;
        int got = take_text(in, &type);
        if (got <= 0)
            return got;
        if (!parse_type(type, &columns[i]))
            return act_fail(
                reterr, ACT_EUNSUPPORTED,
                "column %.*s of the result has type %.*s, which is not read here",
                ACT_STR_ARG(names[i]), ACT_STR_ARG(type));
    }
    return 1;
}

static int read_header(act_row_reader *r, act_err *reterr)
{
    act_str in = r->rest;
    uint64_t n;
    int got = take_varint(&in, &n);
    if (got <= 0)
        return got;
    if (n == 0 || n > ACT_ROW_COLUMNS_MAX)
        return ACT_ECORRUPT;
    act_str names[ACT_ROW_COLUMNS_MAX];
    for (size_t i = 0; i < n; i++) {
        got = take_text(&in, &names[i]);
        if (got <= 0)
            return got;
    }
    struct column *columns = act_zalloc(n, sizeof *columns);
    if (!columns)
        return ACT_ENOMEM;
    got = read_types(&in, names, n, columns, reterr);
    if (got > 0) {
        int err = act_str_dup(act_str_head(r->rest, r->rest.len - in.len), &r->header);
        got = err ? err : 1;
    }
    if (got <= 0) {
        act_dealloc(columns);
        return got;
    }
    r->columns = columns;
    r->column_count = n;
    r->rest = in;
    return 1;
}

/* ---- rows ------------------------------------------------------------------------- */

static int add_item(act_row_reader *r, act_str item)
{
    if (r->item_count == r->item_size) {
        size_t size = r->item_size ? r->item_size * 2 : 16;
        act_str *items = act_realloc(r->items, size * sizeof *items);
        if (!items)
            return ACT_ENOMEM;
        r->items = items;
        r->item_size = size;
    }
    r->items[r->item_count++] = item;
    return 1;
}

static int read_list(act_row_reader *r, struct column *c, act_str *in)
{
    uint64_t n;
    int got = take_varint(in, &n);
    if (got <= 0)
        return got;
    if (n > ACT_ROW_BYTES_MAX)
        return ACT_ECORRUPT;
    c->as.list.first = r->item_count;
    c->as.list.count = (size_t)n;
    for (uint64_t i = 0; i < n; i++) {
        act_str item;
        got = take_text(in, &item);
        if (got > 0)
            got = add_item(r, item);
        if (got <= 0)
            return got;
    }
    return 1;
}

static int read_fixed(struct column *c, act_str *in)
{
    if (in->len < c->size)
        return 0;
    uint64_t v = 0;
    memcpy(&v, in->ptr, c->size);
    *in = act_str_cut(*in, c->size);
    if (c->kind == KIND_FLOAT) {
        memcpy(&c->as.f64, &v, sizeof v);
    } else if (c->kind == KIND_SIGNED) {
        unsigned unused = 64 - 8 * (unsigned)c->size;
        c->as.i64 = (int64_t)(v << unused) >> unused; /* spreads the sign */
    } else {
        c->as.u64 = v;
    }
    return 1;
}

static int read_value(act_row_reader *r, struct column *c, act_str *in)
{
    memset(&c->as, 0, sizeof c->as);
    if (c->nullable) {
        if (in->len == 0)
            return 0;
        bool is_null = in->ptr[0] != 0;
        *in = act_str_cut(*in, 1);
        if (is_null)
            return 1;
    }
    switch (c->kind) {
    case KIND_STRING:
        return take_text(in, &c->as.str);
    case KIND_STRINGS:
        return read_list(r, c, in);
    case KIND_UNSIGNED:
    case KIND_SIGNED:
    case KIND_FLOAT:
        return read_fixed(c, in);
    }
    return ACT_ECORRUPT;
}

int act_row_reader_next(act_row_reader *r, act_err *reterr)
{
    int got = r->columns ? 1 : read_header(r, reterr);
    act_str in = r->rest;
    r->item_count = 0;
    if (got > 0 && in.len == 0)
        got = 0;
    for (size_t i = 0; got > 0 && i < r->column_count; i++)
        got = read_value(r, &r->columns[i], &in);
    if (got > 0)
        r->rest = in;
    else if (got == ACT_ECORRUPT)
        (void)act_fail(reterr, got, "the result is not RowBinaryWithNamesAndTypes");
    return got;
}

int act_row_reader_feed(act_row_reader *r, act_str bytes)
{
    if (r->rest.len == 0) {
        r->rest = bytes;
        return ACT_OK;
    }
    if (r->rest.len > ACT_ROW_BYTES_MAX)
        return ACT_ELIMIT;
    bool in_tail = r->tail.ptr && r->rest.ptr >= r->tail.ptr &&
                   r->rest.ptr < r->tail.ptr + r->tail.len;
    if (in_tail) {
        memmove(r->tail.ptr, r->rest.ptr, r->rest.len);
        r->tail.len = r->rest.len;
    } else {
        act_buf_clear(&r->tail);
        act_buf_add(&r->tail, r->rest);
    }
    act_buf_add(&r->tail, bytes);
    if (act_buf_err(&r->tail))
        return act_buf_err(&r->tail);
    r->rest = act_buf_str(&r->tail);
    return ACT_OK;
}

int act_row_reader_feed_document(act_row_reader *r, act_str bytes)
{
    if (!act_row_reader_is_at_end(r))
        return ACT_ECORRUPT;
    if (r->columns) {
        if (!act_str_starts(bytes, r->header))
            return ACT_ECORRUPT;
        bytes = act_str_cut(bytes, r->header.len);
    }
    return act_row_reader_feed(r, bytes);
}

bool act_row_reader_is_at_end(const act_row_reader *r)
{
    return r->rest.len == 0;
}

int act_row_reader_new(act_row_reader **ret)
{
    act_row_reader *r = act_zalloc(1, sizeof *r);
    if (!r)
        return ACT_ENOMEM;
    *ret = r;
    return ACT_OK;
}

void act_row_reader_free(act_row_reader *r)
{
    if (!r)
        return;
    act_dealloc(r->columns);
    act_dealloc(r->items);
    act_str_free(r->header);
    act_buf_done(&r->tail);
    act_dealloc(r);
}

/* ---- access ----------------------------------------------------------------------- */

static const struct column *column_of(const act_row_reader *r, size_t i, enum kind kind)
{
    assert(i < r->column_count);
    assert(r->columns[i].kind == kind);
    (void)kind;
    return &r->columns[i];
}

size_t act_row_reader_columns(const act_row_reader *r)
{
    return r->column_count;
}

act_str act_row_reader_str(const act_row_reader *r, size_t column)
{
    return column_of(r, column, KIND_STRING)->as.str;
}

uint64_t act_row_reader_u64(const act_row_reader *r, size_t column)
{
    return column_of(r, column, KIND_UNSIGNED)->as.u64;
}

int64_t act_row_reader_i64(const act_row_reader *r, size_t column)
{
    return column_of(r, column, KIND_SIGNED)->as.i64;
}

double act_row_reader_f64(const act_row_reader *r, size_t column)
{
    return column_of(r, column, KIND_FLOAT)->as.f64;
}

size_t act_row_reader_count(const act_row_reader *r, size_t column)
{
    return column_of(r, column, KIND_STRINGS)->as.list.count;
}

act_str act_row_reader_item(const act_row_reader *r, size_t column, size_t i)
{
    const struct column *c = column_of(r, column, KIND_STRINGS);
    assert(i < c->as.list.count);
    return r->items[c->as.list.first + i];
}
