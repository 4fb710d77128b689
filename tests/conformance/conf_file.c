#include "conformance/conf_file.h"

#include <errno.h>

int conf_file_read(const char *path, act_buf *out, act_err *e)
{
    enum { STEP = 1 << 16 };
    bool is_stdin = strcmp(path, "-") == 0;
    FILE *f = is_stdin ? stdin : fopen(path, "rb");
    if (!f)
        return act_fail(e, ACT_EIO, "%s: %s", path, strerror(errno));
    char *to;
    while (!feof(f) && !ferror(f) && (to = act_buf_reserve(out, STEP)))
        out->len += fread(to, 1, STEP, f);
    int err = ferror(f) ? ACT_EIO : act_buf_err(out);
    if (!is_stdin)
        (void)fclose(f); /* only read from */
    return err ? act_fail(e, err, "%s: cannot be read", path) : ACT_OK;
}
