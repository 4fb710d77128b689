#include "kube/field_path.h"

/* Recursion is as deep as the walk that made the path. */
static void write_path(const act_field_path *p, act_buf *out)
{
    if (!p)
        return;
    write_path(p->up, out);
    if (!p->name.ptr) {
        act_buf_printf(out, "[%zu]", p->index);
        return;
    }
    if (out->len > 0)
        act_buf_add_byte(out, '.');
    act_buf_add(out, p->name);
}

int act_field_path_text(const act_field_path *p, act_arena *a, act_str *ret)
{
    act_buf text = ACT_BUF_INIT;
    write_path(p, &text);
    int r = act_buf_err(&text);
    if (!r)
        r = act_arena_str(a, act_buf_str(&text), ret);
    act_buf_done(&text);
    return r;
}
