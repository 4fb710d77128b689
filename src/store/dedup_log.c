#include "store/dedup_log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

/* Layout (ClickHouse 26, database engine Atomic):
 *   <path>/store/abc/abcd1234-.../                       one table
 *   <path>/store/abc/abcd1234-.../202611_4_4_0/          one part
 *   <path>/store/abc/abcd1234-.../deduplication_logs/deduplication_log_7.txt
 * A line of the log: operation (1 add, 2 drop) TAB part TAB block id LF. */

#define LOG_FOLDER "deduplication_logs"
#define LOG_PREFIX "deduplication_log_"

enum { LOG_BYTES_MAX = 256 * 1024 * 1024 };

typedef struct {
    act_str partition;
    uint64_t first; /* block numbers */
    uint64_t last;
} part_name;

/* "202611_4_9_1" or, after a mutation, "202611_4_9_1_12". Partition ids of our tables have
 * no underscore. */
static bool parse_part(act_str name, part_name *ret)
{
    act_str partition, first, last;
    act_str rest = act_str_split(name, '_', &partition);
    rest = act_str_split(rest, '_', &first);
    rest = act_str_split(rest, '_', &last);
    if (partition.len == 0 || rest.len == 0)
        return false;
    ret->partition = partition;
    return act_str_to_u64(first, &ret->first) == ACT_OK &&
           act_str_to_u64(last, &ret->last) == ACT_OK;
}

/* A part is there as itself, or as what it was merged into. */
static bool has_part(int table_fd, const part_name *want)
{
    int fd = openat(table_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir) {
        if (fd >= 0)
            close(fd);
        return true; /* cannot know: change nothing */
    }
    bool found = false;
    const struct dirent *entry;
    while (!found && (entry = readdir(dir))) {
        part_name have;
        found = parse_part(act_str_cstr(entry->d_name), &have) &&
                act_str_eq(have.partition, want->partition) && have.first <= want->first &&
                have.last >= want->last;
    }
    closedir(dir);
    return found;
}

/* ---- one log ---------------------------------------------------------------------- */

typedef struct {
    char operation;
    act_str part;
    act_str block_id;
} record;

static bool parse_record(act_str line, record *ret)
{
    act_str operation;
    act_str rest = act_str_split(line, '\t', &operation);
    ret->block_id = act_str_split(rest, '\t', &ret->part);
    ret->operation = operation.len == 1 ? operation.ptr[0] : '\0';
    return (ret->operation == '1' || ret->operation == '2') && ret->part.len > 0 &&
           ret->block_id.len > 0;
}

/* Cut the last line off @text. */
static act_str pop_line(act_str *text)
{
    act_str without_end = act_str_head(*text, text->len - 1);
    size_t before = act_str_rfind_byte(without_end, '\n');
    size_t start = before == SIZE_MAX ? 0 : before + 1;
    act_str line = act_str_cut(without_end, start);
    *text = act_str_head(*text, start);
    return line;
}

/* Records that revoke the tokens of the last part, if it is missing. */
static size_t revocations(int table_fd, act_str text, act_buf *out)
{
    record last;
    part_name part;
    if (text.len == 0)
        return 0;
    act_str line = pop_line(&text);
    if (!parse_record(line, &last) || last.operation != '1' ||
        !parse_part(last.part, &part) || has_part(table_fd, &part))
        return 0;
    size_t n = 0;
    for (record r = last; r.operation == '1' && act_str_eq(r.part, last.part);) {
        act_buf_printf(out, "2\t%.*s\t%.*s\n", ACT_STR_ARG(r.part),
                       ACT_STR_ARG(r.block_id));
        n++;
        if (text.len == 0)
            break;
        line = pop_line(&text);
        if (!parse_record(line, &r))
            break;
    }
    return n;
}

static int read_all(int fd, act_buf *ret)
{
    struct stat st;
    if (fstat(fd, &st) || st.st_size > LOG_BYTES_MAX)
        return ACT_EIO;
    for (;;) {
        char *at = act_buf_reserve(ret, 65536);
        if (!at)
            return act_buf_err(ret);
        ssize_t n = read(fd, at, 65536);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return ACT_EIO;
        if (n == 0)
            return ACT_OK;
        ret->len += (size_t)n;
    }
}

static int write_all(int fd, act_str bytes)
{
    while (bytes.len > 0) {
        ssize_t n = write(fd, bytes.ptr, bytes.len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return ACT_EIO;
        bytes = act_str_cut(bytes, (size_t)n);
    }
    return ACT_OK;
}

static int repair_log(int table_fd, int fd, size_t *revoked)
{
    act_buf text = ACT_BUF_INIT;
    act_buf added = ACT_BUF_INIT;
    int err = read_all(fd, &text);
    if (err)
        goto out;
    size_t end = act_str_rfind_byte(act_buf_str(&text), '\n');
    size_t whole = end == SIZE_MAX ? 0 : end + 1;
    bool cut = whole < text.len;
    if (cut && ftruncate(fd, (off_t)whole)) {
        err = ACT_EIO;
        goto out;
    }
    *revoked += revocations(table_fd, act_str_from(text.ptr, whole), &added);
    err = act_buf_err(&added);
    if (!err && (lseek(fd, 0, SEEK_END) < 0))
        err = ACT_EIO;
    if (!err)
        err = write_all(fd, act_buf_str(&added));
    if (!err && (cut || added.len > 0) && fsync(fd))
        err = ACT_EIO;
out:
    act_buf_done(&text);
    act_buf_done(&added);
    return err;
}

/* ---- finding them ----------------------------------------------------------------- */

/* The log with the highest number that holds anything: a new one may just have begun. */
static uint64_t newest_log(int logs_fd)
{
    uint64_t newest = 0;
    int fd = dup(logs_fd);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir) {
        if (fd >= 0)
            close(fd);
        return 0;
    }
    const struct dirent *entry;
    while ((entry = readdir(dir))) {
        act_str name = act_str_cstr(entry->d_name);
        struct stat st;
        uint64_t number;
        if (!act_str_starts(name, ACT_STR(LOG_PREFIX)) ||
            !act_str_ends(name, ACT_STR(".txt")))
            continue;
        act_str digits = act_str_cut(name, sizeof LOG_PREFIX - 1);
        digits = act_str_head(digits, digits.len - 4);
        if (act_str_to_u64(digits, &number) || number <= newest ||
            fstatat(logs_fd, entry->d_name, &st, 0) || st.st_size == 0)
            continue;
        newest = number;
    }
    closedir(dir);
    return newest;
}

static int repair_table(int table_fd, size_t *revoked)
{
    int logs_fd = openat(table_fd, LOG_FOLDER, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (logs_fd < 0)
        return ACT_OK; /* a table without deduplication */
    uint64_t number = newest_log(logs_fd);
    int err = ACT_OK;
    if (number > 0) {
        char name[64];
        snprintf(name, sizeof name, LOG_PREFIX "%llu.txt", (unsigned long long)number);
        int fd = openat(logs_fd, name, O_RDWR | O_CLOEXEC);
        err = fd < 0 ? ACT_EIO : repair_log(table_fd, fd, revoked);
        if (fd >= 0)
            close(fd);
    }
    close(logs_fd);
    return err;
}

/* Call @visit for each folder in @fd that is not hidden. */
static int each_folder(int fd, int (*visit)(int folder_fd, size_t *revoked),
                       size_t *revoked)
{
    int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = copy < 0 ? NULL : fdopendir(copy);
    if (!dir) {
        if (copy >= 0)
            close(copy);
        return ACT_EIO;
    }
    int err = ACT_OK;
    const struct dirent *entry;
    while (!err && (entry = readdir(dir))) {
        if (entry->d_name[0] == '.')
            continue;
        int folder = openat(fd, entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (folder < 0)
            continue;
        err = visit(folder, revoked);
        close(folder);
    }
    closedir(dir);
    return err;
}

static int repair_shelf(int fd, size_t *revoked)
{
    return each_folder(fd, repair_table, revoked);
}

int act_dedup_logs_repair(act_str directory, size_t *ret_revoked, act_err *reterr)
{
    char path[PATH_MAX];
    int n = snprintf(path, sizeof path, "%.*s/store", ACT_STR_ARG(directory));
    if (n < 0 || (size_t)n >= sizeof path)
        return act_fail(reterr, ACT_EINVAL, "the path of the store is too long");
    size_t revoked = 0;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        int err = each_folder(fd, repair_shelf, &revoked);
        close(fd);
        if (err)
            return act_fail(reterr, err, "a deduplication log under %s cannot be repaired",
                            path);
    } else if (errno != ENOENT) {
        return act_fail(reterr, ACT_EIO, "%s cannot be read: %s", path, strerror(errno));
    }
    if (ret_revoked)
        *ret_revoked = revoked;
    return ACT_OK;
}
