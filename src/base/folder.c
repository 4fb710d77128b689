#include "base/folder.h"

#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* "a/b/" lies in "a", "b" in ".", "/b" in "/". */
static act_str above(const char *path)
{
    act_str p = act_str_cstr(path);
    while (p.len > 1 && p.ptr[p.len - 1] == '/')
        p.len--;
    size_t slash = act_str_rfind_byte(p, '/');
    if (slash == SIZE_MAX)
        return ACT_STR(".");
    return act_str_head(p, slash > 0 ? slash : 1);
}

int act_folder_sync_above(const char *path)
{
    act_str folder;
    int r = act_str_dup(above(path), &folder);
    if (r)
        return r;
    int fd = open(folder.ptr, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;
    int saved = errno;
    if (fd >= 0)
        close(fd);
    act_str_free(folder);
    errno = saved;
    return ok ? ACT_OK : ACT_EIO;
}

int act_folder_make(const char *path, act_err *e)
{
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return act_fail(e, ACT_EIO, "%s: %s", path, strerror(errno));
    int r = act_folder_sync_above(path);
    if (r == ACT_EIO && errno == EACCES)
        return ACT_OK;
    return r ? act_fail(e, r, "%s: %s", path,
                        r == ACT_EIO ? strerror(errno) : act_strerror(r))
             : ACT_OK;
}
