/* Constants of trees as source text that reads back to the same value. */
#include "cel/ast_text.h"
#include "cel/num.h"
#include "cel/utf8.h"

/* Bytes of the code point at the front of @s, 0 when they are not UTF-8. */
static size_t code_point_width(act_str s)
{
    size_t width = cel_utf8_width(s.ptr[0]);
    return width <= s.len && act_str_is_utf8(act_str_head(s, width)) ? width : 0;
}

/* Quoted as Go does, but for code points that Go finds unprintable: they stay as they are.
 * With @ascii_only every other byte is escaped, which is right for bytes alone. */
static void write_escaped(act_str s, bool ascii_only, act_buf *out)
{
    static const char from[] = "\a\b\f\n\r\t\v\"\\";
    static const char to[] = "abfnrtv\"\\";
    act_buf_add_byte(out, '"');
    while (s.len) {
        unsigned char c = (unsigned char)s.ptr[0];
        size_t width = code_point_width(s);
        const char *place = c ? memchr(from, c, sizeof(from) - 1) : NULL;
        if (place) {
            act_buf_add_byte(out, '\\');
            act_buf_add_byte(out, to[place - from]);
        } else if (c < 0x20 || c == 0x7f || width == 0 || (ascii_only && width > 1)) {
            act_buf_printf(out, "\\x%02x", c);
            width = 1;
        } else {
            act_buf_add(out, act_str_head(s, width));
        }
        s = act_str_cut(s, width);
    }
    act_buf_add_byte(out, '"');
}

static void write_double(double v, bool as_source, act_buf *out)
{
    char text[CEL_NUM_MAX];
    act_str s = { text, cel_num_print_double(v, text) };
    act_buf_add(out, s);
    bool real = false;
    for (size_t i = 0; i < s.len; i++)
        real |= s.ptr[i] == '.' || s.ptr[i] == 'e';
    if (as_source && !real)
        act_buf_add(out, ACT_STR(".0"));
}

void cel_ast_write_constant(cel_value v, bool as_source, act_buf *out)
{
    switch ((enum cel_kind)v.kind) {
    case CEL_NULL:
        act_buf_add(out, ACT_STR("null"));
        return;
    case CEL_BOOL:
        act_buf_add(out, v.as.boolean ? ACT_STR("true") : ACT_STR("false"));
        return;
    case CEL_INT:
        act_buf_add_i64(out, v.as.i64);
        return;
    case CEL_UINT:
        act_buf_add_u64(out, v.as.u64);
        act_buf_add_byte(out, 'u');
        return;
    case CEL_DOUBLE:
        write_double(v.as.f64, as_source, out);
        return;
    case CEL_STRING:
        write_escaped(cel_value_str(v), false, out);
        return;
    case CEL_BYTES:
        act_buf_add_byte(out, 'b');
        write_escaped(cel_value_str(v), as_source, out);
        return;
    case CEL_TYPE:
        act_buf_add(out, cel_value_str(v));
        return;
    default:
        act_buf_add(out, ACT_STR("?")); /* trees hold no other constants */
        return;
    }
}
