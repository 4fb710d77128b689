#include "base/file.h"

#include "base/folder.h"
#include "base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static int write_all(int fd, act_str s)
{
    while (s.len) {
        ssize_t n = write(fd, s.ptr, s.len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        s = act_str_cut(s, (size_t)n);
    }
    return 0;
}

int act_file_replace(const char *path, act_str content, unsigned mode, act_err *e)
{
    act_buf temporary = ACT_BUF_INIT;
    act_buf_printf(&temporary, "%s.tmp.XXXXXX", path);
    act_buf_add_byte(&temporary, '\0');
    if (act_buf_err(&temporary)) {
        act_buf_done(&temporary);
        return act_fail(e, ACT_ENOMEM, "cannot write %s: out of memory", path);
    }
    int fd = mkostemp(temporary.ptr, O_CLOEXEC); /* made with 0600 */
    bool ok = fd >= 0 && write_all(fd, content) == 0 && fchmod(fd, (mode_t)mode) == 0 &&
              fsync(fd) == 0;
    int saved = errno;
    if (fd >= 0 && close(fd) != 0 && ok) {
        saved = errno;
        ok = false;
    }
    if (ok && (rename(temporary.ptr, path) != 0 || act_folder_sync_above(path) != 0)) {
        saved = errno;
        ok = false;
    }
    if (!ok && fd >= 0)
        (void)unlink(temporary.ptr); /* may be renamed already; the error tells */
    act_buf_done(&temporary);
    return ok ? ACT_OK : act_fail(e, ACT_EIO, "cannot write %s: %s", path, strerror(saved));
}

static int read_fd(int fd, size_t max, act_buf *out)
{
    enum { STEP = 16 << 10 };
    size_t start = out->len;
    for (;;) {
        char *room = act_buf_reserve(out, STEP);
        if (!room)
            return act_buf_err(out);
        ssize_t n = read(fd, room, STEP);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return ACT_EIO;
        if (n == 0)
            return ACT_OK;
        out->len += (size_t)n;
        if (out->len - start > max)
            return ACT_ELIMIT;
    }
}

int act_file_read(const char *path, size_t max_bytes, act_buf *out, act_err *e)
{
    if (act_buf_err(out))
        return act_buf_err(out);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return act_fail(e, errno == ENOENT ? ACT_ENOTFOUND : ACT_EIO, "cannot read %s: %s",
                        path, strerror(errno));
    size_t before = out->len;
    int err = read_fd(fd, max_bytes, out);
    int saved = errno;
    close(fd);
    if (!err)
        return ACT_OK;
    act_wipe(out->ptr + before, out->len - before);
    out->len = before;
    out->err = ACT_OK;
    if (err == ACT_ELIMIT)
        return act_fail(e, err, "%s is larger than %zu bytes", path, max_bytes);
    return act_fail(e, err, "cannot read %s: %s", path,
                    err == ACT_EIO ? strerror(saved) : act_strerror(err));
}
