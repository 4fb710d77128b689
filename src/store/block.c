#include "store/block.h"

#include "base/alloc.h"

/* RowBinary: values one after the other, rows one after the other, nothing between them.
 * Integers are little-endian, text is a LEB128 length and bytes, an array is a LEB128 count
 * and its elements, a map the same with key and value in turn. (ClickHouse documentation,
 * "RowBinary".) */
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "RowBinary is little-endian");

enum {
    VARINT_MAX = 10,
    /* One insert travels and is parsed as one piece; past this a caller has a bug. */
    BLOCK_BYTES_MAX = 1 << 30,
};

struct act_store_block {
    act_str table;
    act_str column_list;
    enum act_store_type *types;
    size_t column_count;
    size_t column; /* the one that the next value belongs to */
    size_t rows;
    act_buf data;
};

static int make_column_list(const act_store_column *columns, size_t n, act_str *ret)
{
    act_buf list = ACT_BUF_INIT;
    for (size_t i = 0; i < n; i++)
        act_buf_printf(&list, "%s`%s`", i ? ", " : "", columns[i].name);
    int err = act_buf_err(&list);
    if (!err)
        err = act_str_dup(act_buf_str(&list), ret);
    act_buf_done(&list);
    return err;
}

int act_store_block_new(const char *table, const act_store_column *columns, size_t n,
                        act_store_block **ret)
{
    assert(n > 0);
    act_store_block *b = act_zalloc(1, sizeof *b);
    if (!b)
        return ACT_ENOMEM;
    int err = act_str_dup(act_str_cstr(table), &b->table);
    if (!err)
        err = make_column_list(columns, n, &b->column_list);
    if (!err && !(b->types = act_zalloc(n, sizeof *b->types)))
        err = ACT_ENOMEM;
    if (err) {
        act_store_block_free(b);
        return err;
    }
    for (size_t i = 0; i < n; i++)
        b->types[i] = columns[i].type;
    b->column_count = n;
    b->data.cap = BLOCK_BYTES_MAX;
    *ret = b;
    return ACT_OK;
}

void act_store_block_free(act_store_block *b)
{
    if (!b)
        return;
    act_str_free(b->table);
    act_str_free(b->column_list);
    act_dealloc(b->types);
    act_buf_done(&b->data);
    act_dealloc(b);
}

void act_store_block_clear(act_store_block *b)
{
    act_buf_clear(&b->data);
    b->column = 0;
    b->rows = 0;
}

static enum act_store_type next_column(act_store_block *b)
{
    enum act_store_type type = b->types[b->column];
    if (++b->column == b->column_count) {
        b->column = 0;
        b->rows++;
    }
    return type;
}

static size_t put_varint(char *at, uint64_t v)
{
    size_t n = 0;
    while (v >= 0x80) {
        at[n++] = (char)(v | 0x80);
        v >>= 7;
    }
    at[n++] = (char)v;
    return n;
}

static void add_varint(act_buf *data, uint64_t v)
{
    char *at = act_buf_reserve(data, VARINT_MAX);
    if (at)
        data->len += put_varint(at, v);
}

static void add_text(act_buf *data, act_str v)
{
    char *at = act_buf_reserve(data, VARINT_MAX + v.len);
    if (!at)
        return;
    size_t n = put_varint(at, v.len);
    if (v.len > 0)
        memcpy(at + n, v.ptr, v.len);
    data->len += n + v.len;
}

static void add_bytes(act_buf *data, const void *value, size_t size)
{
    char *at = act_buf_reserve(data, size);
    if (at) {
        memcpy(at, value, size);
        data->len += size;
    }
}

void act_store_add_str(act_store_block *b, act_str v)
{
    enum act_store_type type = next_column(b);
    assert(type == ACT_STORE_STRING);
    (void)type;
    add_text(&b->data, v);
}

static size_t unsigned_size(enum act_store_type type)
{
    switch (type) {
    case ACT_STORE_U8:
        return 1;
    case ACT_STORE_U16:
        return 2;
    case ACT_STORE_U32:
        return 4;
    case ACT_STORE_U64:
        return 8;
    case ACT_STORE_STRING:
    case ACT_STORE_I32:
    case ACT_STORE_I64:
    case ACT_STORE_F64:
    case ACT_STORE_TIME_MS:
    case ACT_STORE_TIME_US:
    case ACT_STORE_STRINGS:
    case ACT_STORE_MAP:
        break;
    }
    return 0;
}

void act_store_add_u64(act_store_block *b, uint64_t v)
{
    size_t size = unsigned_size(next_column(b));
    assert(size > 0);
    assert(size == 8 || v >> (size * 8) == 0);
    add_bytes(&b->data, &v, size);
}

void act_store_add_i64(act_store_block *b, int64_t v)
{
    enum act_store_type type = next_column(b);
    if (type == ACT_STORE_I32) {
        assert(v >= INT32_MIN && v <= INT32_MAX);
        add_bytes(&b->data, &v, 4);
    } else {
        assert(type == ACT_STORE_I64 || type == ACT_STORE_TIME_MS ||
               type == ACT_STORE_TIME_US);
        add_bytes(&b->data, &v, 8);
    }
}

void act_store_add_f64(act_store_block *b, double v)
{
    enum act_store_type type = next_column(b);
    assert(type == ACT_STORE_F64);
    (void)type;
    add_bytes(&b->data, &v, sizeof v);
}

void act_store_add_strs(act_store_block *b, const act_str *v, size_t n)
{
    enum act_store_type type = next_column(b);
    assert(type == ACT_STORE_STRINGS);
    (void)type;
    add_varint(&b->data, n);
    for (size_t i = 0; i < n; i++)
        add_text(&b->data, v[i]);
}

void act_store_add_map(act_store_block *b, const act_json *object)
{
    enum act_store_type type = next_column(b);
    assert(type == ACT_STORE_MAP);
    (void)type;
    size_t n, kept = 0;
    const act_json_member *m = act_json_members(object, &n);
    for (size_t i = 0; i < n; i++)
        kept += m[i].value.type == ACT_JSON_STRING;
    add_varint(&b->data, kept);
    for (size_t i = 0; i < n; i++) {
        if (m[i].value.type != ACT_JSON_STRING)
            continue;
        add_text(&b->data, m[i].key);
        add_text(&b->data, act_json_string(&m[i].value));
    }
}

size_t act_store_block_rows(const act_store_block *b)
{
    return b->rows;
}

size_t act_store_block_bytes(const act_store_block *b)
{
    return b->data.len;
}

int act_store_block_err(const act_store_block *b)
{
    assert(b->column == 0); /* no half row */
    return act_buf_err(&b->data);
}

act_str act_store_block_table(const act_store_block *b)
{
    return b->table;
}

act_str act_store_block_column_list(const act_store_block *b)
{
    return b->column_list;
}

act_str act_store_block_data(const act_store_block *b)
{
    return act_buf_str(&b->data);
}
