#include "records.h"

#include "base/thread.h"
#include "home.h"
#include "load.h"
#include "pipeline/rows.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

enum {
    BLOCK_ROWS = 50000,
    USERS = 50, /* of a tenant */
    DAYS = 30,
    FIRST_SECOND = 1767225600, /* 2026-01-01T00:00:00Z */
    LINES_MAX = 4096,
    FILLERS = 2,
};

/* ---- numbers that are the same in every run ----------------------------------------- */

uint64_t records_mix(uint64_t i)
{
    i = (i + 1) * UINT64_C(0x9E3779B97F4A7C15);
    i = (i ^ (i >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    return i ^ (i >> 27);
}

/* One of @n, of which the first is some twenty times as frequent as the mean. */
unsigned records_skewed(uint64_t random, unsigned n)
{
    double u = (double)(random >> 11) * 0x1p-53;
    return (unsigned)(u * u * u * n);
}

/* ---- audit events ------------------------------------------------------------------- */

/* What is new in each record. */
typedef struct {
    char id[40], received[ACT_RFC3339_MAX], staged[ACT_RFC3339_MAX];
    char user[64], uid[64], name[64], tenant[128];
} fresh;

static fresh make_fresh(uint64_t i, uint64_t rows)
{
    fresh f;
    uint64_t random = records_mix(i), other = records_mix(random);
    unsigned tenant = records_skewed(random, RECORDS_TENANTS),
             user = records_skewed(other, USERS);
    int64_t ns = (int64_t)((double)i / (double)rows * DAYS * 86400e9);
    ns = FIRST_SECOND * ACT_NS_PER_S + ns / 1000 * 1000;
    (void)snprintf(f.id, sizeof f.id, "%08x-%04x-4%03x-8%03x-%012" PRIx64,
                   (unsigned)(random >> 32), (unsigned)(random >> 16) & 0xffff,
                   (unsigned)(random >> 4) & 0xfff, (unsigned)random & 0xfff, other >> 16);
    (void)act_rfc3339_format(ns, 6, f.received);
    (void)act_rfc3339_format(ns + 4 * ACT_NS_PER_MS, 6, f.staged);
    (void)snprintf(f.user, sizeof f.user, "user-%u@tenant-%u.example.com", user, tenant);
    (void)snprintf(f.uid, sizeof f.uid, "uid-%u-%u", tenant, user);
    (void)snprintf(f.name, sizeof f.name, "object-%u",
                   records_skewed(records_mix(other), 20000));
    (void)snprintf(f.tenant, sizeof f.tenant,
                   "\"platform.miloapis.com/scope.type\":\"project\","
                   "\"platform.miloapis.com/scope.name\":\"tenant-%u\"",
                   tenant);
    return f;
}

/* Copy @line up to the value of @key, if it has one, and @value in its place; what is left.
 */
static act_str replace(act_buf *out, act_str line, const char *key, const char *value)
{
    size_t at = act_str_find(line, act_str_cstr(key));
    if (at == SIZE_MAX)
        return line;
    at += strlen(key);
    act_buf_add(out, act_str_head(line, at));
    act_buf_add(out, act_str_cstr(value));
    line = act_str_cut(line, at);
    return act_str_cut(line, act_str_find_byte(line, '"'));
}

/* The line as a record of its own; its members are in the order in which they are replaced.
 */
static void write_audit(act_buf *out, act_str line, const fresh *f)
{
    bool person = act_str_find(line, ACT_STR("\"username\":\"system:")) == SIZE_MAX;
    act_buf_clear(out);
    line = replace(out, line, "\"auditID\":\"", f->id);
    if (person) {
        line = replace(out, line, "\"username\":\"", f->user);
        line = replace(out, line, "\"uid\":\"", f->uid);
    }
    size_t object = act_str_find(line, ACT_STR("\"objectRef\":{"));
    if (object != SIZE_MAX) {
        act_str tail = act_str_cut(line, object);
        size_t end = act_str_find_byte(tail, '}');
        if (act_str_find(act_str_head(tail, end), ACT_STR("\"name\":\"")) != SIZE_MAX) {
            act_buf_add(out, act_str_head(line, object));
            line = replace(out, tail, "\"name\":\"", f->name);
        }
    }
    line = replace(out, line, "\"requestReceivedTimestamp\":\"", f->received);
    line = replace(out, line, "\"stageTimestamp\":\"", f->staged);
    size_t notes = act_str_find(line, ACT_STR("\"annotations\":{"));
    if (notes == SIZE_MAX) {
        act_buf_add(out, act_str_head(line, line.len - 1));
        act_buf_printf(out, ",\"annotations\":{%s}}", f->tenant);
        return;
    }
    notes += strlen("\"annotations\":{");
    act_buf_add(out, act_str_head(line, notes));
    act_buf_add(out, act_str_cstr(f->tenant));
    act_buf_add(out, line.ptr[notes] == '}' ? ACT_STR("") : ACT_STR(","));
    act_buf_add(out, act_str_cut(line, notes));
}

/* ---- activities --------------------------------------------------------------------- */

static void write_activity(act_buf *out, uint64_t i, const fresh *f)
{
    static const struct {
        const char *group, *kind, *verb;
    } kinds[] = {
        { "", "Pod", "deleted" },       { "apps", "Deployment", "scaled" },
        { "", "ConfigMap", "updated" }, { "", "Secret", "created" },
        { "batch", "Job", "created" },  { "rbac.authorization.k8s.io", "Role", "changed" }
    };
    const char *group = kinds[records_skewed(records_mix(i * 3), ACT_COUNT(kinds))].group;
    const char *kind = kinds[records_skewed(records_mix(i * 3), ACT_COUNT(kinds))].kind;
    const char *verb = kinds[records_skewed(records_mix(i * 3), ACT_COUNT(kinds))].verb;
    const char *tenant = strstr(f->tenant, "tenant-");
    int tenant_len = (int)strcspn(tenant, "\"");
    act_buf_clear(out);
    act_buf_printf(
        out,
        "{\"apiVersion\":\"activity.miloapis.com/v1alpha1\",\"kind\":\"Activity\","
        "\"metadata\":{\"name\":\"act-%020" PRIx64 "\",\"namespace\":\"ns-%u\","
        "\"creationTimestamp\":\"%.19sZ\",\"labels\":{"
        "\"activity.miloapis.com/origin-type\":\"audit\","
        "\"activity.miloapis.com/change-source\":\"human\"}},\"spec\":{"
        "\"summary\":\"%s %s %s %s\",\"changeSource\":\"%s\",\"actor\":{\"type\":\"user\","
        "\"name\":\"%s\",\"uid\":\"%s\",\"email\":\"%s\"},\"resource\":{"
        "\"apiGroup\":\"%s\",\"apiVersion\":\"v1\",\"kind\":\"%s\",\"name\":\"%s\","
        "\"namespace\":\"ns-%u\",\"uid\":\"%s\"},\"links\":[{\"marker\":\"%s\","
        "\"resource\":{\"apiGroup\":\"%s\",\"kind\":\"%s\",\"name\":\"%s\"}}],"
        "\"tenant\":{\"type\":\"project\",\"name\":\"%.*s\"},"
        "\"origin\":{\"type\":\"audit\",\"id\":\"%s\"}}}",
        records_mix(i), records_skewed(records_mix(i * 5), 40), f->received, f->user, verb,
        kind, f->name, records_mix(i) % 3 ? "human" : "system", f->user, f->uid, f->user,
        group, kind, f->name, records_skewed(records_mix(i * 5), 40), f->id, f->name, group,
        kind, f->name, tenant_len, tenant, f->id);
}

/* ---- filling ------------------------------------------------------------------------ */

typedef struct {
    act_buf text;
    act_str lines[LINES_MAX];
    size_t n;
} sample;

/* What the fillers share. */
typedef struct {
    act_store *store;
    const sample *sample;
    bool audit;
    uint64_t rows;
    atomic_uint_least64_t next, bytes; /* row that nobody has begun; text of those done */
} work;

/* One thread's own. */
typedef struct {
    work *work;
    act_json_parser *parser;
    act_arena *arena;
    act_buf text;
    act_store_block *block;
} filler;

static void read_sample(sample *ret)
{
    FILE *in = fopen(ACT_SOURCE_DIR "/tests/data/audit.jsonl", "r");
    home_check(in ? 0 : ACT_EIO, "tests/data/audit.jsonl");
    char block[65536];
    for (size_t n; (n = fread(block, 1, sizeof block, in)) > 0;)
        act_buf_add(&ret->text, act_str_from(block, n));
    (void)fclose(in);
    act_str line, rest = act_buf_str(&ret->text);
    while (rest.len > 0 && ret->n < LINES_MAX) {
        rest = act_str_split(rest, '\n', &line);
        if (act_str_find(line, ACT_STR("\"stage\":\"ResponseComplete\"")) != SIZE_MAX)
            ret->lines[ret->n++] = line;
    }
}

static void add_row(filler *f, uint64_t i)
{
    const work *w = f->work;
    fresh now = make_fresh(w->audit ? i : i * 2, w->audit ? w->rows : w->rows * 2);
    const act_json *record;
    if (w->audit)
        write_audit(&f->text, w->sample->lines[records_mix(i * 7) % w->sample->n], &now);
    else
        write_activity(&f->text, i, &now);
    act_arena_reset(f->arena);
    act_str text = act_buf_str(&f->text);
    home_check(act_json_parse(f->parser, f->arena, text, 0, &record, NULL), f->text.ptr);
    home_check(w->audit ? act_row_audit_add(f->block, f->arena, record, text)
                        : act_row_activity_add(f->block, record, text),
               "row");
}

static void fill_block(filler *f, uint64_t first)
{
    work *w = f->work;
    uint64_t end = first + BLOCK_ROWS < w->rows ? first + BLOCK_ROWS : w->rows, bytes = 0;
    for (uint64_t i = first; i < end; i++) {
        add_row(f, i);
        bytes += f->text.len;
    }
    char token[32];
    int n = snprintf(token, sizeof token, "%d-%" PRIu64, w->audit, first);
    act_err e = ACT_ERR_INIT;
    int r = act_store_insert(w->store, f->block, act_str_from(token, (size_t)n), &e);
    home_check(r, e.text);
    act_store_block_clear(f->block);
    atomic_fetch_add(&w->bytes, bytes);
}

static void *fill_blocks(void *arg)
{
    work *w = arg;
    filler f = { .work = w };
    home_check(act_json_parser_new((act_json_limits){ 0 }, &f.parser), "parser");
    home_check(act_arena_new(64 << 20, 1 << 20, &f.arena), "arena");
    home_check(w->audit ? act_row_audit_block(&f.block) : act_row_activity_block(&f.block),
               "block");
    uint64_t first;
    while ((first = atomic_fetch_add(&w->next, BLOCK_ROWS)) < w->rows)
        fill_block(&f, first);
    act_store_block_free(f.block);
    act_json_parser_free(f.parser);
    act_arena_free(f.arena);
    act_buf_done(&f.text);
    return NULL;
}

static void fill(act_store *s, bool audit, uint64_t rows)
{
    static sample lines;
    if (lines.n == 0)
        read_sample(&lines);
    work w = { .store = s, .sample = &lines, .audit = audit, .rows = rows };
    pthread_t threads[FILLERS];
    int64_t start = load_now_ns();
    double cpu = records_cpu_seconds();
    for (int i = 0; i < FILLERS; i++)
        home_check(act_thread_start(&threads[i], "fill", fill_blocks, &w), "thread");
    for (int i = 0; i < FILLERS; i++)
        (void)pthread_join(threads[i], NULL);
    double seconds = (double)(load_now_ns() - start) / 1e9;
    printf("query: %" PRIu64 " %s of %.0f bytes in %.0f s: %.0f rows/s, %.0f rows a second "
           "of CPU\n",
           rows, audit ? "audit events" : "activities",
           (double)atomic_load(&w.bytes) / (double)rows, seconds, (double)rows / seconds,
           (double)rows / (records_cpu_seconds() - cpu));
    (void)fflush(stdout);
}

void records_fill_audit(act_store *s, uint64_t rows)
{
    fill(s, true, rows);
}

void records_fill_activities(act_store *s, uint64_t rows)
{
    fill(s, false, rows);
}

double records_cpu_seconds(void)
{
    struct rusage u;
    (void)getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}
