/* Compile errors: collected with positions, printed with the line and a caret. */
#include "cel/env_internal.h"

#include "base/alloc.h"
#include "cel/caret.h"

enum { TEXT_CAP = 1 << 20, SNIPPET_MAX = 500 };

struct cel_errors {
    act_arena *arena; /* messages, a copy of the source, the text */
    act_str source;
    cel_error_item *items;
    uint32_t count, size, limit;
    act_buf text;
};

int cel_errors_new(cel_errors **ret)
{
    cel_errors *e = act_zalloc(1, sizeof(*e));
    if (!e)
        return ACT_ENOMEM;
    int err = act_arena_new(TEXT_CAP, 0, &e->arena);
    if (err) {
        act_dealloc(e);
        return err;
    }
    *ret = e;
    return 0;
}

void cel_errors_free(cel_errors *e)
{
    if (!e)
        return;
    act_buf_done(&e->text);
    act_arena_free(e->arena);
    act_dealloc(e);
}

void cel_errors_begin(cel_errors *e, act_str source, uint32_t limit)
{
    if (!e)
        return;
    act_arena_reset(e->arena);
    e->items = NULL;
    e->count = e->size = 0;
    e->limit = limit;
    e->source = (act_str){ 0 };
    if (act_arena_str(e->arena, source, &e->source))
        e->source = (act_str){ 0 }; /* no memory: positions become 1:1 */
}

static size_t line_start(act_str source, size_t offset)
{
    size_t newline = act_str_rfind_byte(act_str_head(source, offset), '\n');
    return newline == SIZE_MAX ? 0 : newline + 1;
}

/* The line that byte @offset is on. */
static act_str line_at(act_str source, size_t offset)
{
    act_str line;
    (void)act_str_split(act_str_cut(source, line_start(source, offset)), '\n', &line);
    return line;
}

static uint32_t codepoints(act_str s)
{
    uint32_t n = 0;
    for (size_t i = 0; i < s.len; i++)
        n += ((unsigned char)s.ptr[i] & 0xc0) != 0x80;
    return n;
}

static cel_error_item locate(act_str source, size_t offset)
{
    if (offset > source.len)
        offset = source.len;
    cel_error_item item = { .line = 1, .offset = offset };
    for (size_t i = 0; i < offset; i++)
        item.line += source.ptr[i] == '\n';
    size_t start = line_start(source, offset);
    item.column = 1 + codepoints((act_str){ source.ptr + start, offset - start });
    return item;
}

static bool grow(cel_errors *e)
{
    if (e->count < e->size)
        return true;
    uint32_t size = e->size ? e->size * 2 : 4;
    cel_error_item *items = act_arena_make_n(e->arena, cel_error_item, size);
    if (!items)
        return false;
    if (e->count)
        memcpy(items, e->items, e->count * sizeof(*items));
    e->items = items;
    e->size = size;
    return true;
}

bool cel_errors_add(cel_errors *e, uint32_t offset, const char *format, ...)
{
    if (!e)
        return true;
    if (e->count >= e->limit || !grow(e))
        return false;
    cel_error_item item = locate(e->source, offset);
    va_list args;
    va_start(args, format);
    int err = act_arena_vprintf(e->arena, &item.message, format, args);
    va_end(args);
    if (err)
        item.message = ACT_STR("error (no memory for its text)");
    e->items[e->count++] = item;
    return true;
}

size_t cel_errors_count(const cel_errors *e)
{
    return e->count;
}

cel_error_item cel_errors_at(const cel_errors *e, size_t i)
{
    return i < e->count ? e->items[i] : (cel_error_item){ 0 };
}

static void write_item(const cel_errors *e, const cel_error_item *item, act_buf *out)
{
    act_buf_printf(out, "ERROR: <input>:%u:%u: ", item->line, item->column);
    act_buf_add(out, item->message);
    act_str line = line_at(e->source, item->offset);
    if (codepoints(line) > SNIPPET_MAX) /* too long to help */
        return;
    act_buf_add_byte(out, '\n');
    cel_caret_add(line, 1, item->column, out);
}

act_str cel_errors_text(cel_errors *e)
{
    act_buf_clear(&e->text);
    for (uint32_t i = 0; i < e->count; i++) {
        if (i > 0)
            act_buf_add_byte(&e->text, '\n');
        write_item(e, &e->items[i], &e->text);
    }
    return act_buf_err(&e->text) ? ACT_STR("out of memory") : act_buf_str(&e->text);
}
