#include "pipeline/tail_file.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/json_write.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SAVED_MAX = 4096 };

struct act_tail_files {
    act_str path;   /* NUL-terminated */
    act_str folder; /* NUL-terminated */
    act_str base;   /* "audit.log", in path */
    act_str stem;   /* "audit", in path */
    act_sha256 *sha;
};

int act_tail_files_new(act_str path, act_tail_files **ret)
{
    ACT_AUTO(act_tail_files) f = act_zalloc(1, sizeof *f);
    if (!f)
        return ACT_ENOMEM;
    int r = act_str_dup(path, &f->path);
    size_t slash = act_str_rfind_byte(f->path, '/');
    f->base = slash == SIZE_MAX ? f->path : act_str_cut(f->path, slash + 1);
    size_t dot = act_str_rfind_byte(f->base, '.');
    f->stem = dot == SIZE_MAX || dot == 0 ? f->base : act_str_head(f->base, dot);
    act_str folder =
        slash == SIZE_MAX ? ACT_STR(".") : act_str_head(f->path, slash ? slash : 1);
    if (!r)
        r = act_str_dup(folder, &f->folder);
    if (!r)
        r = act_sha256_new(&f->sha);
    if (r)
        return r;
    *ret = f;
    f = NULL;
    return 0;
}

void act_tail_files_free(act_tail_files *f)
{
    if (!f)
        return;
    act_str_free(f->path);
    act_str_free(f->folder);
    act_sha256_free(f->sha);
    act_dealloc(f);
}

/* ---- places -------------------------------------------------------------------------- */

static void hash(act_tail_files *f, const char *head, size_t n,
                 uint8_t out[ACT_SHA256_SIZE])
{
    act_str part = act_str_from(head, n);
    act_sha256_parts(f->sha, &part, 1, out);
}

void act_tail_advance(act_tail_files *f, act_tail_place *p, act_str data)
{
    size_t room = ACT_TAIL_HEAD_MAX - p->head_len;
    act_str more = act_str_head(data, room);
    if (p->head_len == p->offset && more.len > 0) {
        memcpy(p->head + p->head_len, more.ptr, more.len);
        p->head_len += (uint32_t)more.len;
        hash(f, p->head, p->head_len, p->hash);
    }
    p->offset += data.len;
}

/* The first @n bytes of @fd; false when it has fewer. */
static bool read_head(int fd, size_t n, char out[ACT_TAIL_HEAD_MAX])
{
    size_t len = 0;
    for (ssize_t got; len < n; len += (size_t)got) {
        got = pread(fd, out + len, n - len, (off_t)len);
        if (got <= 0)
            return false;
    }
    return true;
}

bool act_tail_is_at(act_tail_files *f, int fd, const act_tail_place *p)
{
    struct stat st;
    char head[ACT_TAIL_HEAD_MAX];
    uint8_t digest[ACT_SHA256_SIZE];
    if (fstat(fd, &st) || (uint64_t)st.st_size < p->offset ||
        !read_head(fd, p->head_len, head))
        return false;
    if (p->head_len == 0)
        return true;
    hash(f, head, p->head_len, digest);
    return memcmp(digest, p->hash, sizeof digest) == 0;
}

int act_tail_place_save(const act_tail_place *p, const char *path, act_err *reterr)
{
    act_buf text = ACT_BUF_INIT, hex = ACT_BUF_INIT;
    for (size_t i = 0; i < sizeof p->hash; i++)
        act_buf_printf(&hex, "%02x", p->hash[i]);
    act_json_writer w = act_json_writer_on(&text);
    act_jw_object(&w);
    act_jw_kv_i64(&w, "offset", (int64_t)p->offset);
    act_jw_kv_i64(&w, "inLongLine", p->in_long_line);
    act_jw_kv_i64(&w, "afterNs", p->after_ns);
    act_jw_kv_i64(&w, "headBytes", p->head_len);
    act_jw_kv_string(&w, "headSHA256", act_buf_str(&hex));
    act_jw_object_end(&w);
    act_buf_add_byte(&text, '\n');
    int r = act_buf_err(&hex) ? act_buf_err(&hex) : act_buf_err(&text);
    if (!r)
        r = act_file_replace(path, act_buf_str(&text), 0600, reterr);
    act_buf_done(&text);
    act_buf_done(&hex);
    return r;
}

static bool read_number(const act_json *saved, const char *key, int64_t most, int64_t *ret)
{
    const act_json *v = act_json_get(saved, act_str_cstr(key));
    if (!v || v->type != ACT_JSON_INT || v->as.i64 < 0 || v->as.i64 > most)
        return false;
    *ret = v->as.i64;
    return true;
}

static bool read_hash(act_str hex, uint8_t out[ACT_SHA256_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    if (hex.len != 2 * ACT_SHA256_SIZE)
        return false;
    for (size_t i = 0; i < hex.len; i++) {
        const char *at = memchr(digits, hex.ptr[i], 16);
        if (!at)
            return false;
        out[i / 2] = (uint8_t)(out[i / 2] << 4 | (at - digits));
    }
    return true;
}

static bool read_place(const act_json *saved, act_tail_place *ret)
{
    int64_t offset, in_long_line, head_len;
    if (!read_number(saved, "offset", INT64_MAX, &offset) ||
        !read_number(saved, "inLongLine", 1, &in_long_line) ||
        !read_number(saved, "afterNs", INT64_MAX, &ret->after_ns) ||
        !read_number(saved, "headBytes", ACT_TAIL_HEAD_MAX, &head_len) ||
        !read_hash(act_json_string(act_json_get(saved, ACT_STR("headSHA256"))), ret->hash))
        return false;
    ret->offset = (uint64_t)offset;
    ret->in_long_line = in_long_line != 0;
    ret->head_len = (uint32_t)head_len;
    return true;
}

int act_tail_place_load(const char *path, act_tail_place *ret, act_err *reterr)
{
    act_buf text = ACT_BUF_INIT;
    ACT_AUTO(act_json_parser) parser = NULL;
    ACT_AUTO(act_arena) arena = NULL;
    const act_json *saved = NULL;
    act_tail_place p = { .offset = 0 };
    int r = act_file_read(path, SAVED_MAX, &text, reterr);
    if (!r)
        r = act_json_parser_new((act_json_limits){ .max_bytes = SAVED_MAX }, &parser);
    if (!r)
        r = act_arena_new(1 << 20, 0, &arena);
    if (!r)
        r = act_json_parse(parser, arena, act_buf_str(&text), 0, &saved, reterr);
    if (r == ACT_EPARSE || r == ACT_ELIMIT || (!r && !read_place(saved, &p)))
        r = act_fail(reterr, ACT_ECORRUPT, "%s: not a place in a log", path);
    act_buf_done(&text);
    if (!r)
        *ret = p;
    return r;
}

/* ---- files --------------------------------------------------------------------------- */

bool act_tail_is_current(const act_tail_files *f, int fd)
{
    struct stat at_path, open_file;
    if (stat(f->path.ptr, &at_path) || fstat(fd, &open_file))
        return true;
    return at_path.st_dev == open_file.st_dev && at_path.st_ino == open_file.st_ino;
}

/* "audit-2026-11-24T03-00-00.000.log", "audit.log.1", but nothing packed. */
static bool is_rotated_name(const act_tail_files *f, act_str name)
{
    static const char *const packed[] = { ".gz", ".zst", ".bz2", ".xz" };
    if (!act_str_starts(name, f->stem) || act_str_eq(name, f->base) ||
        name.len == f->stem.len || !memchr("-._", name.ptr[f->stem.len], 3))
        return false;
    for (size_t i = 0; i < ACT_COUNT(packed); i++)
        if (act_str_ends(name, act_str_cstr(packed[i])))
            return false;
    return true;
}

static int open_regular(int folder, const char *name, struct stat *ret_st)
{
    int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd >= 0 && (fstat(fd, ret_st) || !S_ISREG(ret_st->st_mode))) {
        close(fd);
        fd = -1;
    }
    return fd;
}

static bool is_older(const struct stat *a, const struct stat *b)
{
    if (a->st_mtim.tv_sec != b->st_mtim.tv_sec)
        return a->st_mtim.tv_sec < b->st_mtim.tv_sec;
    return a->st_mtim.tv_nsec < b->st_mtim.tv_nsec;
}

/* What is looked for among the rotated files; the oldest that is wanted is found. */
typedef struct {
    bool (*wants)(act_tail_files *f, int fd, const struct stat *st, void *ctx);
    void *ctx;
} search;

static int find_rotated(act_tail_files *f, const search *s)
{
    int found = -1;
    struct stat st, found_st = { 0 };
    DIR *dir = opendir(f->folder.ptr);
    if (!dir)
        return -1;
    for (const struct dirent *entry; (entry = readdir(dir));) {
        if (!is_rotated_name(f, act_str_cstr(entry->d_name)))
            continue;
        int fd = open_regular(dirfd(dir), entry->d_name, &st);
        if (fd < 0)
            continue;
        if (s->wants(f, fd, &st, s->ctx) && (found < 0 || is_older(&st, &found_st))) {
            int worse = found;
            found = fd;
            found_st = st;
            fd = worse;
        }
        if (fd >= 0)
            close(fd);
    }
    closedir(dir);
    return found;
}

static bool wants_place(act_tail_files *f, int fd, const struct stat *st, void *ctx)
{
    (void)st;
    return act_tail_is_at(f, fd, ctx);
}

static int64_t written_ns(const struct stat *st)
{
    return st->st_mtim.tv_sec * ACT_NS_PER_S + st->st_mtim.tv_nsec;
}

/* Younger than the finished file, and with JSON in it. */
static bool wants_younger(act_tail_files *f, int fd, const struct stat *st, void *ctx)
{
    char first = 0;
    (void)f;
    return written_ns(st) > *(const int64_t *)ctx && pread(fd, &first, 1, 0) == 1 &&
           first == '{';
}

/* The file that was begun after @after_ns (0: unknown, then the one at the path), or -1.
 * What stands at the path is opened first: what comes between is rotated by then, and so
 * among the others, and what is rotated from now on is this one. */
static int open_after(act_tail_files *f, int64_t after_ns)
{
    struct stat st;
    int last = open_regular(AT_FDCWD, f->path.ptr, &st);
    int fd = after_ns ? find_rotated(f, &(search){ wants_younger, &after_ns }) : -1;
    if (fd < 0)
        return last;
    if (last >= 0)
        close(last);
    return fd;
}

/* The beginning of a file that nothing is appended to may be remembered at once. */
static int learn_head(act_tail_files *f, int fd, act_tail_place *p)
{
    ssize_t n = act_tail_is_current(f, fd) ? 0 : pread(fd, p->head, sizeof p->head, 0);
    if (n < 0)
        return ACT_EIO;
    p->head_len = (uint32_t)n;
    hash(f, p->head, p->head_len, p->hash);
    return ACT_OK;
}

int act_tail_find(act_tail_files *f, act_tail_place *p, int *ret_fd)
{
    struct stat st;
    int fd;
    if (p->head_len == 0) {
        fd = open_after(f, p->after_ns);
    } else {
        fd = open_regular(AT_FDCWD, f->path.ptr, &st);
        if (fd >= 0 && !act_tail_is_at(f, fd, p)) {
            close(fd);
            fd = -1;
        }
        if (fd < 0)
            fd = find_rotated(f, &(search){ wants_place, p });
    }
    if (fd < 0)
        return ACT_ENOTFOUND;
    int r = p->head_len == 0                      ? learn_head(f, fd, p)
            : read_head(fd, p->head_len, p->head) ? ACT_OK
                                                  : ACT_ENOTFOUND; /* cut off just now */
    if (r)
        close(fd);
    else
        *ret_fd = fd;
    return r;
}

int act_tail_next(act_tail_files *f, int fd, act_tail_place *p, int *ret_fd)
{
    struct stat st;
    if (fstat(fd, &st))
        return ACT_EIO;
    act_tail_place next = { .after_ns = written_ns(&st) };
    int r = act_tail_find(f, &next, ret_fd);
    if (!r)
        *p = next;
    return r;
}
