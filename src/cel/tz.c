/* Time zones: TZif files read and searched, fixed offsets, zones that a context keeps. */
#include "cel/tz.h"
#include "cel/tz_rule.h"
#include "base/alloc.h"

#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

enum {
    FILE_MAX = 256 << 10, /* the largest real zone file is below 4 KiB */
    HEADER = 44,
};

struct cel_zone {
    uint32_t count;       /* transitions */
    int32_t first_offset; /* before the first of them */
    bool has_rule;
    cel_tz_rule rule;  /* after the last */
    const int64_t *at; /* ascending */
    const int32_t *offset;
};

int cel_zone_fixed(act_str text, int32_t *ret_seconds)
{
    bool west = text.len && text.ptr[0] == '-';
    if (text.len && (text.ptr[0] == '-' || text.ptr[0] == '+'))
        text = act_str_cut(text, 1);
    if (text.len != 5 || text.ptr[2] != ':')
        return ACT_EPARSE;
    static const unsigned char place[] = { 0, 1, 3, 4 };
    int32_t digit[4];
    for (size_t i = 0; i < 4; i++) {
        digit[i] = text.ptr[place[i]] - '0';
        if (digit[i] < 0 || digit[i] > 9)
            return ACT_EPARSE;
    }
    int32_t hours = digit[0] * 10 + digit[1];
    int32_t minutes = digit[2] * 10 + digit[3];
    if (hours > 23 || minutes > 59)
        return ACT_EPARSE;
    int32_t v = hours * 3600 + minutes * 60;
    *ret_seconds = west ? -v : v;
    return ACT_OK;
}

static uint32_t be32(const char *p)
{
    const unsigned char *u = (const unsigned char *)p;
    return (uint32_t)u[0] << 24 | (uint32_t)u[1] << 16 | (uint32_t)u[2] << 8 | u[3];
}

static int64_t be64(const char *p)
{
    return (int64_t)((uint64_t)be32(p) << 32 | be32(p + 4));
}

/* The six counts of a TZif header, in file order. */
typedef struct {
    uint32_t is_utc, is_std, leap, time, type, chars;
} counts;

static bool read_header(act_str file, counts *ret)
{
    if (file.len < HEADER || memcmp(file.ptr, "TZif", 4) != 0)
        return false;
    uint32_t c[6];
    for (size_t i = 0; i < 6; i++) {
        c[i] = be32(file.ptr + 20 + 4 * i);
        if (c[i] > FILE_MAX)
            return false;
    }
    *ret = (counts){ c[0], c[1], c[2], c[3], c[4], c[5] };
    return c[4] > 0;
}

static size_t body_size(const counts *c, size_t time_bytes)
{
    return (size_t)c->time * time_bytes + c->time + (size_t)c->type * 6 + c->chars +
           (size_t)c->leap * (time_bytes + 4) + c->is_std + c->is_utc;
}

/* Go's rule for times before the table: the first type that is not summer time. */
static int32_t offset_before(const char *types, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (types[6 * i + 4] == 0)
            return (int32_t)be32(types + 6 * (size_t)i);
    return (int32_t)be32(types);
}

int cel_zone_parse(act_str file, cel_zone **ret)
{
    counts c;
    if (file.len > FILE_MAX || !read_header(file, &c) || file.ptr[4] < '2')
        return ACT_ECORRUPT;
    file = act_str_cut(file, HEADER + body_size(&c, 4)); /* the 32-bit copy of the data */
    if (!read_header(file, &c) || file.len < HEADER + body_size(&c, 8))
        return ACT_ECORRUPT;
    const char *times = file.ptr + HEADER;
    const char *indexes = times + (size_t)c.time * 8;
    const char *types = indexes + c.time;
    act_str footer = act_str_cut(file, HEADER + body_size(&c, 8));

    cel_zone *z = act_zalloc(1, sizeof *z + (size_t)c.time * (8 + 4));
    if (!z)
        return ACT_ENOMEM;
    int64_t *at = (int64_t *)(void *)(z + 1);
    int32_t *offset = (int32_t *)(void *)(at + c.time);
    z->count = c.time;
    z->at = at;
    z->offset = offset;
    z->first_offset = offset_before(types, c.type);
    for (uint32_t i = 0; i < c.time; i++) {
        unsigned char type = (unsigned char)indexes[i];
        at[i] = be64(times + 8 * (size_t)i);
        if (type >= c.type || (i && at[i] <= at[i - 1]))
            goto corrupt;
        offset[i] = (int32_t)be32(types + 6 * (size_t)type);
    }
    if (footer.len >= 2 && footer.ptr[0] == '\n') {
        act_str rule;
        (void)act_str_split(act_str_cut(footer, 1), '\n', &rule); /* nothing follows */
        if (rule.len) {
            if (cel_tz_rule_parse(rule, &z->rule))
                goto corrupt;
            z->has_rule = true;
        }
    }
    *ret = z;
    return ACT_OK;
corrupt:
    cel_zone_free(z);
    return ACT_ECORRUPT;
}

static bool name_is_plain(act_str name)
{
    if (name.len == 0 || name.len > CEL_ZONE_NAME_MAX || name.ptr[0] == '/')
        return false;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool ok = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                  (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '+' || c == '/';
        if (!ok) /* no dot at all, so no ".." */
            return false;
    }
    return true;
}

int cel_zone_load(const char *dir, act_str name, cel_zone **ret)
{
    if (!name_is_plain(name))
        return ACT_EINVAL;
    char path[PATH_MAX];
    int n = snprintf(path, sizeof path, "%s/%.*s", dir, ACT_STR_ARG(name));
    if (n < 0 || (size_t)n >= sizeof path)
        return ACT_EINVAL;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return ACT_ENOTFOUND;
    int err = ACT_ENOMEM;
    size_t len = 0;
    char *bytes = act_alloc(FILE_MAX);
    if (!bytes)
        goto out;
    for (;;) {
        ssize_t got = read(fd, bytes + len, FILE_MAX - len);
        if (got < 0) {
            err = ACT_ENOTFOUND; /* a folder, or unreadable */
            goto out;
        }
        if (got == 0 || len == FILE_MAX)
            break;
        len += (size_t)got;
    }
    err = cel_zone_parse(act_str_from(bytes, len), ret);
out:
    act_dealloc(bytes);
    close(fd);
    return err;
}

void cel_zone_free(cel_zone *z)
{
    act_dealloc(z);
}

int32_t cel_zone_offset(const cel_zone *z, int64_t unix_seconds)
{
    if (z->count == 0 || unix_seconds >= z->at[z->count - 1]) {
        if (z->has_rule)
            return cel_tz_rule_offset(&z->rule, unix_seconds);
        return z->count ? z->offset[z->count - 1] : z->first_offset;
    }
    if (unix_seconds < z->at[0])
        return z->first_offset;
    uint32_t low = 0; /* at[low] <= unix_seconds < at[high] */
    uint32_t high = z->count - 1;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (z->at[middle] <= unix_seconds)
            low = middle;
        else
            high = middle;
    }
    return z->offset[low];
}

typedef struct {
    char name[CEL_ZONE_NAME_MAX];
    size_t name_len;
    uint64_t used; /* the turn of the last use */
    cel_zone *zone;
} entry;

struct cel_zones {
    uint64_t turn;
    size_t count, max;
    entry zone[CEL_ZONES_MAX];
    char dir[];
};

int cel_zones_new(const char *dir, size_t max, cel_zones **ret)
{
    act_str from = act_str_cstr(dir ? dir : CEL_ZONE_DIR);
    cel_zones *zs = act_zalloc(1, sizeof *zs + from.len + 1);
    if (!zs)
        return ACT_ENOMEM;
    memcpy(zs->dir, from.ptr, from.len);
    zs->max = max < 1 ? 1 : max > CEL_ZONES_MAX ? CEL_ZONES_MAX : max;
    *ret = zs;
    return ACT_OK;
}

void cel_zones_free(cel_zones *zs)
{
    for (size_t i = 0; zs && i < zs->count; i++)
        cel_zone_free(zs->zone[i].zone);
    act_dealloc(zs);
}

size_t cel_zones_count(const cel_zones *zs)
{
    return zs->count;
}

int cel_zones_get(cel_zones *zs, act_str name, const cel_zone **ret)
{
    size_t oldest = 0;
    zs->turn++;
    for (size_t i = 0; i < zs->count; i++) {
        entry *e = &zs->zone[i];
        if (act_str_eq(act_str_from(e->name, e->name_len), name)) {
            e->used = zs->turn;
            *ret = e->zone;
            return ACT_OK;
        }
        if (e->used < zs->zone[oldest].used)
            oldest = i;
    }
    cel_zone *z;
    int err = cel_zone_load(zs->dir, name, &z);
    if (err)
        return err;
    entry *e = &zs->zone[oldest];
    if (zs->count < zs->max)
        e = &zs->zone[zs->count++];
    cel_zone_free(e->zone);
    memcpy(e->name, name.ptr, name.len);
    e->name_len = name.len;
    e->used = zs->turn;
    e->zone = z;
    *ret = z;
    return ACT_OK;
}
