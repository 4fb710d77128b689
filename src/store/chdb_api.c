#include "store/chdb_api.h"

#include "base/buf.h"

#include <dlfcn.h>
#include <limits.h>
#include <unistd.h>

/* Lazy binding and local symbols: half a gigabyte of library with 1.3 million relative
 * relocations takes 0.1 s to map when the page cache is warm, and nothing of it may shadow
 * a symbol of ours. (RTLD_DEEPBIND would gain nothing: it exports only its own API.) */
static void *try_open(const char *path)
{
    return dlopen(path, RTLD_LAZY | RTLD_LOCAL);
}

static void *try_beside_program(const char *suffix)
{
    char path[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path);
    if (n <= 0 || (size_t)n >= sizeof path)
        return NULL;
    size_t slash = act_str_rfind_byte(act_str_from(path, (size_t)n), '/');
    if (slash == SIZE_MAX || slash + strlen(suffix) + 2 > sizeof path)
        return NULL;
    memcpy(path + slash + 1, suffix, strlen(suffix) + 1);
    return access(path, R_OK) == 0 ? try_open(path) : NULL;
}

static void *find_library(act_str path)
{
    if (path.len > 0) {
        char name[PATH_MAX];
        if (path.len >= sizeof name)
            return NULL;
        memcpy(name, path.ptr, path.len);
        name[path.len] = '\0';
        return try_open(name);
    }
    void *library = try_beside_program("libchdb.so");
    if (!library)
        library = try_beside_program("../libchdb.so"); /* the build tree */
    if (!library)
        library = try_beside_program("../lib/activity/libchdb.so");
    if (!library)
        library = try_open("libchdb.so");
    return library;
}

int act_chdb_load(act_str path, act_chdb_api *ret, act_err *reterr)
{
    void *library = find_library(path);
    if (!library) {
        const char *why = dlerror();
        return act_fail(reterr, ACT_ENOTFOUND, "libchdb.so cannot be loaded: %s",
                        why ? why : "not found");
    }
    act_chdb_api api;
    /* A function pointer may not be assigned from void *, but copied it may be (POSIX). */
#define FIND(type, name, args)                                                             \
    {                                                                                      \
        void *symbol = dlsym(library, "chdb_" #name);                                      \
        if (!symbol)                                                                       \
            return act_fail(reterr, ACT_EUNSUPPORTED,                                      \
                            "libchdb.so has no function chdb_" #name                       \
                            "; version 26.7 or newer is needed");                          \
        memcpy(&api.name, &symbol, sizeof symbol);                                         \
    }
    ACT_CHDB_FUNCTIONS(FIND)
#undef FIND
    *ret = api;
    return ACT_OK;
}
