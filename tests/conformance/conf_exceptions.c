#include "conformance/conf_exceptions.h"

#include "base/alloc.h"
#include "conformance/conf_file.h"

struct conf_exceptions {
    act_buf text;
};

/* Cut the next line with content off *rest: its id and its reason. */
static bool next_line(act_str *rest, act_str *id, act_str *reason)
{
    while (rest->len) {
        act_str line;
        *rest = act_str_split(*rest, '\n', &line);
        line = act_str_trim(line);
        if (line.len == 0 || line.ptr[0] == '#')
            continue;
        *reason = act_str_trim(act_str_split(line, ' ', id));
        return true;
    }
    return false;
}

int conf_exceptions_read(const char *path, conf_exceptions **ret, act_err *e)
{
    conf_exceptions *x = act_zalloc(1, sizeof *x);
    if (!x)
        return act_fail(e, ACT_ENOMEM, "out of memory");
    int err = conf_file_read(path, &x->text, e);
    act_str rest = act_buf_str(&x->text), id, reason;
    while (!err && next_line(&rest, &id, &reason))
        if (reason.len == 0)
            err = act_fail(e, ACT_EPARSE, "%s: no reason for %.*s", path, ACT_STR_ARG(id));
    if (err) {
        conf_exceptions_free(x);
        return err;
    }
    *ret = x;
    return ACT_OK;
}

void conf_exceptions_free(conf_exceptions *x)
{
    if (!x)
        return;
    act_buf_done(&x->text);
    act_dealloc(x);
}

act_str conf_exceptions_reason(const conf_exceptions *x, act_str id)
{
    act_str rest = act_buf_str(&x->text), listed, reason;
    while (next_line(&rest, &listed, &reason))
        if (act_str_eq(listed, id))
            return reason;
    return (act_str){ 0 };
}
