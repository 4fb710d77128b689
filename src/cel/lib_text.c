/* Strings made piece by piece in the arena of a call, within its limits. */
#include "cel/lib_text.h"

enum { FIRST_SIZE = 128 };

char *cel_text_reserve(cel_text *t, size_t n)
{
    size_t need;
    if (t->full)
        return NULL;
    if (act_add_overflows(t->len, n, &need) || need > t->call->limits->string_bytes) {
        t->full = true;
        return NULL;
    }
    if (need > t->size || !t->ptr) {
        size_t size = t->size ? t->size : FIRST_SIZE;
        while (size < need)
            size *= 2; /* need is within a 32-bit limit */
        char *moved = act_arena_bytes(t->call->arena, size);
        if (!moved) {
            t->full = true;
            return NULL;
        }
        if (t->len)
            memcpy(moved, t->ptr, t->len);
        t->ptr = moved;
        t->size = size;
    }
    return t->ptr + t->len;
}

void cel_text_add(cel_text *t, act_str s)
{
    char *to = cel_text_reserve(t, s.len);
    if (!to || !s.len)
        return;
    memcpy(to, s.ptr, s.len);
    t->len += s.len;
}

void cel_text_add_byte(cel_text *t, char c)
{
    cel_text_add(t, (act_str){ &c, 1 });
}

/* Bytes of the valid code point at the front of @s, or 0. */
static size_t valid_width(act_str s)
{
    unsigned char lead = (unsigned char)s.ptr[0];
    size_t width = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    return width <= s.len && act_str_is_utf8(act_str_head(s, width)) ? width : 0;
}

void cel_text_add_lossy(cel_text *t, act_str bytes)
{
    if (act_str_is_utf8(bytes)) {
        cel_text_add(t, bytes);
        return;
    }
    bool in_bad_run = false;
    while (bytes.len && !t->full) {
        size_t width = valid_width(bytes);
        if (width)
            cel_text_add(t, act_str_head(bytes, width));
        else if (!in_bad_run)
            cel_text_add(t, ACT_STR("\xef\xbf\xbd"));
        in_bad_run = width == 0;
        bytes = act_str_cut(bytes, width ? width : 1);
    }
}

cel_value cel_text_value(const cel_text *t)
{
    if (t->full)
        return cel_call_memory(t->call);
    return cel_string((act_str){ t->ptr, t->len });
}

cel_value cel_lossy_string(cel_call *call, act_str bytes)
{
    if (act_str_is_utf8(bytes))
        return cel_string(bytes);
    cel_text t = CEL_TEXT_ON(call);
    cel_text_add_lossy(&t, bytes);
    return cel_text_value(&t);
}
