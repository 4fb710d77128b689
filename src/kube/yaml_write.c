#include "base/json_write.h"
#include "kube/yaml.h"
#include "kube/yaml_scalar.h"

/* JSON strings are YAML double-quoted scalars, but for the characters that YAML wants
 * escaped and JSON does not. */
static void write_quoted(act_str s, act_buf *out)
{
    act_buf json = ACT_BUF_INIT;
    act_json_add_string(&json, s);
    act_str text = act_buf_str(&json);
    size_t from = 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned code;
        size_t len = act_yaml_unprintable(text, i, &code);
        if (len == 0)
            continue;
        act_buf_add(out, act_str_from(text.ptr + from, i - from));
        act_buf_printf(out, "\\u%04X", code);
        from = i + len;
        i = from - 1;
    }
    act_buf_add(out, act_str_cut(text, from));
    if (!out->err)
        out->err = act_buf_err(&json);
    act_buf_done(&json);
}

static void write_text(act_str s, act_buf *out)
{
    if (act_yaml_needs_quotes(s))
        write_quoted(s, out);
    else
        act_buf_add(out, s);
}

static void indent(act_buf *out, uint32_t depth)
{
    for (uint32_t i = 0; i < depth; i++)
        act_buf_add(out, ACT_STR("  "));
}

static bool is_block(const act_json *v)
{
    size_t n = 0;
    if (v->type == ACT_JSON_ARRAY)
        (void)act_json_items(v, &n); /* only whether there is one */
    else if (v->type == ACT_JSON_OBJECT)
        (void)act_json_members(v, &n);
    return n > 0;
}

static void write_value(const act_json *v, uint32_t depth, bool in_item, act_buf *out);

static void write_scalar(const act_json *v, act_buf *out)
{
    act_json_writer w = act_json_writer_on(out);
    if (v->type == ACT_JSON_STRING)
        write_text(v->as.string, out);
    else
        act_jw_value(&w, v); /* numbers, booleans, null, {} and [] are the same in both */
    act_buf_add_byte(out, '\n');
}

static void write_items(const act_json *v, uint32_t depth, act_buf *out)
{
    size_t n;
    const act_json *items = act_json_items(v, &n);
    for (size_t i = 0; i < n; i++) {
        indent(out, depth);
        act_buf_add(out, ACT_STR("- "));
        if (is_block(&items[i]) && items[i].type == ACT_JSON_ARRAY) {
            act_buf_add_byte(out, '\n');
            write_value(&items[i], depth + 1, false, out);
        } else {
            write_value(&items[i], depth + 1, true, out);
        }
    }
}

static void write_members(const act_json *v, uint32_t depth, bool in_item, act_buf *out)
{
    size_t n;
    const act_json_member *members = act_json_members(v, &n);
    for (size_t i = 0; i < n; i++) {
        if (!in_item || i > 0)
            indent(out, depth);
        write_text(members[i].key, out);
        act_buf_add_byte(out, ':');
        const act_json *value = &members[i].value;
        if (is_block(value)) {
            act_buf_add_byte(out, '\n');
            /* as kubectl prints them, lists stand under their key without indent */
            write_value(value, value->type == ACT_JSON_ARRAY ? depth : depth + 1, false,
                        out);
        } else {
            act_buf_add_byte(out, ' ');
            write_scalar(value, out);
        }
    }
}

/* Depth is bounded by that of the value, which a parser has limited. */
static void write_value(const act_json *v, uint32_t depth, bool in_item, act_buf *out)
{
    if (!is_block(v))
        write_scalar(v, out);
    else if (v->type == ACT_JSON_ARRAY)
        write_items(v, depth, out);
    else
        write_members(v, depth, in_item, out);
}

void act_yaml_write(const act_json *v, act_buf *out)
{
    write_value(v, 0, false, out);
}
