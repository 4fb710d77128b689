/* Questions over many records: 10 M audit events and 5 M activities of 100 tenants, of
 * which some have far more than others, made from tests/data with new ids, users, names and
 * times (the same in every run), in the embedded store. Prints what questions take over
 * HTTPS, and beside the first one the bare SQL on the same engine. Usage: query [part of 10
 * M, 1.0] [questions of a kind, 40] */
#include "base/json.h"
#include "home.h"
#include "load.h"
#include "pipeline/rows.h"
#include "store/store_chdb.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

enum {
    AUDIT_ROWS = 10000000,
    ACTIVITY_ROWS = 5000000,
    BLOCK_ROWS = 50000,
    TENANTS = 100,
    USERS = 50, /* of a tenant */
    DAYS = 30,
    FIRST_SECOND = 1767225600, /* 2026-01-01T00:00:00Z */
    LINES_MAX = 4096,
    QUESTIONS_MAX = 1000,
    TARGET_MS = 40,
};

/* ---- numbers that are the same in every run --------------------------------------------
 */

static uint64_t mix(uint64_t i)
{
    i = (i + 1) * UINT64_C(0x9E3779B97F4A7C15);
    i = (i ^ (i >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    return i ^ (i >> 27);
}

/* One of @n, of which the first is some twenty times as frequent as the mean. */
static unsigned skewed(uint64_t random, unsigned n)
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
    uint64_t random = mix(i), other = mix(random);
    unsigned tenant = skewed(random, TENANTS), user = skewed(other, USERS);
    int64_t ns = (int64_t)((double)i / (double)rows * DAYS * 86400e9);
    ns = FIRST_SECOND * ACT_NS_PER_S + ns / 1000 * 1000;
    (void)snprintf(f.id, sizeof f.id, "%08x-%04x-4%03x-8%03x-%012" PRIx64,
                   (unsigned)(random >> 32), (unsigned)(random >> 16) & 0xffff,
                   (unsigned)(random >> 4) & 0xfff, (unsigned)random & 0xfff, other >> 16);
    (void)act_rfc3339_format(ns, 6, f.received);
    (void)act_rfc3339_format(ns + 4 * ACT_NS_PER_MS, 6, f.staged);
    (void)snprintf(f.user, sizeof f.user, "user-%u@tenant-%u.example.com", user, tenant);
    (void)snprintf(f.uid, sizeof f.uid, "uid-%u-%u", tenant, user);
    (void)snprintf(f.name, sizeof f.name, "object-%u", skewed(mix(other), 20000));
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
    const char *group = kinds[skewed(mix(i * 3), ACT_COUNT(kinds))].group;
    const char *kind = kinds[skewed(mix(i * 3), ACT_COUNT(kinds))].kind;
    const char *verb = kinds[skewed(mix(i * 3), ACT_COUNT(kinds))].verb;
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
        mix(i), skewed(mix(i * 5), 40), f->received, f->user, verb, kind, f->name,
        mix(i) % 3 ? "human" : "system", f->user, f->uid, f->user, group, kind, f->name,
        skewed(mix(i * 5), 40), f->id, f->name, group, kind, f->name, tenant_len, tenant,
        f->id);
}

/* Of all threads: on a busy machine more telling than the clock. */
static double cpu_seconds(void)
{
    struct rusage u;
    (void)getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

/* ---- filling ------------------------------------------------------------------------ */

typedef struct {
    act_store *store;
    act_json_parser *parser;
    act_arena *arena;
    act_buf text;
    act_str lines[LINES_MAX];
    size_t n_lines;
    act_buf sample;
} filler;

static void read_sample(filler *f)
{
    FILE *in = fopen(ACT_SOURCE_DIR "/tests/data/audit.jsonl", "r");
    home_check(in ? 0 : ACT_EIO, "tests/data/audit.jsonl");
    char block[65536];
    for (size_t n; (n = fread(block, 1, sizeof block, in)) > 0;)
        act_buf_add(&f->sample, act_str_from(block, n));
    (void)fclose(in);
    act_str line, rest = act_buf_str(&f->sample);
    while (rest.len > 0 && f->n_lines < LINES_MAX) {
        rest = act_str_split(rest, '\n', &line);
        if (act_str_find(line, ACT_STR("\"stage\":\"ResponseComplete\"")) != SIZE_MAX)
            f->lines[f->n_lines++] = line;
    }
}

static void add_row(filler *f, act_store_block *b, bool audit, uint64_t i, uint64_t rows)
{
    fresh now = make_fresh(audit ? i : i * 2, audit ? rows : rows * 2);
    const act_json *record;
    if (audit)
        write_audit(&f->text, f->lines[mix(i * 7) % f->n_lines], &now);
    else
        write_activity(&f->text, i, &now);
    act_arena_reset(f->arena);
    home_check(act_json_parse(f->parser, f->arena, act_buf_str(&f->text), 0, &record, NULL),
               f->text.ptr);
    home_check(audit ? act_row_audit_add(b, f->arena, record, act_buf_str(&f->text))
                     : act_row_activity_add(b, record, act_buf_str(&f->text)),
               "row");
}

static void fill(filler *f, bool audit, uint64_t rows)
{
    act_store_block *b = NULL;
    int64_t start = load_now_ns();
    double cpu = cpu_seconds();
    uint64_t bytes = 0;
    home_check(audit ? act_row_audit_block(&b) : act_row_activity_block(&b), "block");
    for (uint64_t i = 0; i < rows;) {
        char token[32];
        int n = snprintf(token, sizeof token, "%d-%" PRIu64, audit, i);
        for (uint64_t end = i + BLOCK_ROWS; i < end && i < rows; i++) {
            add_row(f, b, audit, i, rows);
            bytes += f->text.len;
        }
        home_check(act_store_insert(f->store, b, act_str_from(token, (size_t)n), NULL),
                   "insert");
        act_store_block_clear(b);
    }
    act_store_block_free(b);
    double seconds = (double)(load_now_ns() - start) / 1e9;
    printf("query: %" PRIu64
           " %s of %.0f bytes in %.0f s, %.0f rows/s, %.0f rows a second of "
           "CPU\n",
           rows, audit ? "audit events" : "activities", (double)bytes / (double)rows,
           seconds, (double)rows / seconds, (double)rows / (cpu_seconds() - cpu));
    (void)fflush(stdout);
}

/* The same projections, each a copy of the table in another order. */
static void copy_rows_into_projections(act_store *s)
{
    static const char *const projections[][3] = {
        { "audit_logs", "by_scope", "scope_type, scope_name, timestamp" },
        { "audit_logs", "by_user", "user, timestamp" },
        { "audit_logs", "by_user_uid", "user_uid, timestamp" },
        { "activities", "by_tenant", "tenant_type, tenant_name, timestamp" },
        { "activities", "by_actor", "actor_name, timestamp" },
        { "activities", "by_actor_uid", "actor_uid, timestamp" },
    };
    for (size_t i = 0; i < ACT_COUNT(projections); i++) {
        const char *const *p = projections[i];
        char sql[256];
        (void)snprintf(sql, sizeof sql, "ALTER TABLE audit.%s DROP PROJECTION %s", p[0],
                       p[1]);
        home_check(act_store_exec(s, act_str_cstr(sql), NULL, 0, NULL), sql);
        (void)snprintf(sql, sizeof sql,
                       "ALTER TABLE audit.%s ADD PROJECTION %s (SELECT * ORDER BY %s)",
                       p[0], p[1], p[2]);
        home_check(act_store_exec(s, act_str_cstr(sql), NULL, 0, NULL), sql);
    }
}

static void print_disk(act_store *s, const char *table)
{
    char sql[256];
    act_rows *rows;
    (void)snprintf(sql, sizeof sql,
                   "SELECT sum(bytes_on_disk), count() FROM system.parts WHERE active "
                   "AND database = 'audit' AND table = '%s'",
                   table);
    home_check(act_store_query(s, act_str_cstr(sql), NULL, 0, NULL, &rows, NULL), sql);
    if (act_rows_next(rows, NULL) == 1)
        printf("query: %s: %.2f GB on disk in %" PRIu64 " parts\n", table,
               (double)act_rows_u64(rows, 0) / 1e9, act_rows_u64(rows, 1));
    act_rows_close(rows, NULL);
}

/* ---- questions ---------------------------------------------------------------------- */

#define MONTH "\"startTime\":\"2026-01-01T00:00:00Z\",\"endTime\":\"2026-02-01T00:00:00Z\""
#define WRITES "verb in ['create', 'update', 'patch', 'delete']"

typedef struct {
    const char *what, *kind, *plural, *spec; /* %u in it is the tenant */
    bool platform;                           /* asked by the operator */
} question;

static const question questions[] = {
    { "audit, tenant, 100 newest, filter", "AuditLogQuery", "auditlogqueries",
      MONTH ",\"limit\":100,\"filter\":\"" WRITES "\"", false },
    { "audit, tenant, 100 newest", "AuditLogQuery", "auditlogqueries", MONTH, false },
    { "audit, tenant, one object", "AuditLogQuery", "auditlogqueries",
      MONTH ",\"filter\":\"objectRef.name == 'object-19%u'\"", false },
    { "audit, platform, 100 newest, filter", "AuditLogQuery", "auditlogqueries",
      MONTH ",\"filter\":\"" WRITES "\"", true },
    { "audit, platform, one user", "AuditLogQuery", "auditlogqueries",
      MONTH ",\"filter\":\"user.username == 'user-3@tenant-%u.example.com'\"", true },
    { "activities, tenant, 100 newest, filter", "ActivityQuery", "activityqueries",
      MONTH ",\"filter\":\"spec.changeSource == 'human'\"", false },
    { "activities, tenant, search", "ActivityQuery", "activityqueries",
      MONTH ",\"search\":\"object-7%u\"", false },
    { "activities, platform, search", "ActivityQuery", "activityqueries",
      MONTH ",\"search\":\"deleted\"", true },
    { "audit facets, tenant, 30 days", "AuditLogFacetsQuery", "auditlogfacetsqueries",
      "\"timeRange\":{\"start\":\"2026-01-01T00:00:00Z\",\"end\":\"2026-02-01T00:00:00Z\"},"
      "\"facets\":[{\"field\":\"verb\"},{\"field\":\"user.username\"}]",
      false },
};

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* p50 of @n times, printed. */
static double print_times(const char *what, double *ms, int n, double cpu)
{
    qsort(ms, (size_t)n, sizeof *ms, by_value);
    printf("query: %-40s p50 %7.1f ms, p90 %7.1f ms, CPU %6.1f ms each\n", what, ms[n / 2],
           ms[n * 9 / 10], cpu * 1e3 / n);
    (void)fflush(stdout);
    return ms[n / 2];
}

/* The tenant of the @i-th question of a kind: big ones more often, as people are. */
static unsigned tenant_of(int i)
{
    return skewed(mix((uint64_t)i + 12345), TENANTS);
}

static double ask(gnutls_session_t s, const question *q, int i)
{
    char spec[1024], body[2048], request[4096];
    unsigned tenant = tenant_of(i);
    char user[16] = "admin";
    if (!q->platform)
        (void)snprintf(user, sizeof user, "token%u", tenant);
    const char *at = strstr(q->spec, "%u");
    (void)snprintf(spec, sizeof spec, "%.*s", at ? (int)(at - q->spec) : 1000, q->spec);
    if (at)
        (void)snprintf(spec + strlen(spec), sizeof spec - strlen(spec), "%u%s", tenant,
                       at + 2);
    int n = snprintf(body, sizeof body,
                     "{\"apiVersion\":\"activity.miloapis.com/v1alpha1\",\"kind\":\"%s\","
                     "\"metadata\":{},\"spec\":{%s}}",
                     q->kind, spec);
    int len = snprintf(request, sizeof request,
                       "POST " HOME_API "%s HTTP/1.1\r\nHost: localhost\r\n"
                       "Authorization: Bearer %s\r\nContent-Type: application/json\r\n"
                       "Content-Length: %d\r\n\r\n%s",
                       q->plural, user, n, body);
    int64_t start = load_now_ns();
    int status = load_exchange(s, act_str_from(request, (size_t)len));
    if (status != 201) {
        (void)fprintf(stderr, "%s: status %d\n", body, status);
        exit(1);
    }
    return (double)(load_now_ns() - start) / 1e6;
}

/* The first question as bare SQL: rows read, nothing made of them. */
static double ask_bare(act_store *s, int i)
{
    char sql[1024];
    act_rows *rows;
    (void)snprintf(
        sql, sizeof sql,
        "SELECT event_json, timestamp, audit_id, stage FROM audit.audit_logs "
        "WHERE timestamp >= '2026-01-01 00:00:00' AND timestamp < '2026-02-01 "
        "00:00:00' AND scope_type = 'project' AND scope_name = 'tenant-%u' AND "
        "verb IN ('create', 'update', 'patch', 'delete') ORDER BY timestamp DESC, "
        "audit_id DESC, stage DESC LIMIT 101",
        tenant_of(i));
    int64_t start = load_now_ns();
    home_check(act_store_query(s, act_str_cstr(sql), NULL, 0, NULL, &rows, NULL), sql);
    while (act_rows_next(rows, NULL) == 1)
        (void)act_rows_str(rows, 0);
    act_rows_close(rows, NULL);
    return (double)(load_now_ns() - start) / 1e6;
}

static void ask_all(act_store *store, uint16_t port, int count)
{
    double ms[QUESTIONS_MAX], bare[QUESTIONS_MAX];
    gnutls_session_t s = load_dial(port);
    home_check(s ? 0 : ACT_EIO, "connection");
    for (size_t k = 0; k < ACT_COUNT(questions); k++) {
        (void)ask(s, &questions[k], 0);
        double cpu = 0, bare_cpu = 0;
        for (int i = 0; i < count; i++) {
            double start = cpu_seconds();
            ms[i] = ask(s, &questions[k], i);
            double between = cpu_seconds();
            bare[i] = k == 0 ? ask_bare(store, i) : 0;
            bare_cpu += cpu_seconds() - between;
            cpu += between - start;
        }
        double p50 = print_times(questions[k].what, ms, count, cpu);
        if (k > 0)
            continue;
        double sql = print_times("  the same as bare SQL", bare, count, bare_cpu);
        printf("query:   p50 target %d ms; %.2f times the bare SQL (target 1.2), of CPU "
               "%.2f\n",
               TARGET_MS, p50 / sql, cpu / bare_cpu);
    }
}

/* ---- main --------------------------------------------------------------------------- */

static void write_tokens(act_buf *out)
{
    act_buf_add(out, ACT_STR("admin,admin,1,system:masters\n"));
    for (int i = 0; i < TENANTS; i++)
        act_buf_printf(out,
                       "token%d,user%d,%d,system:masters,iam.miloapis.com/parent-type="
                       "project;iam.miloapis.com/parent-name=tenant-%d\n",
                       i, i, i, i);
    act_buf_add_byte(out, '\0');
    home_check(act_buf_err(out), "tokens");
}

int main(int argc, char **argv)
{
    double part = argc > 1 ? strtod(argv[1], NULL) : 1;
    int count = argc > 2 ? atoi(argv[2]) : 40;
    if (!(part > 0 && part <= 1) || count < 1 || count > QUESTIONS_MAX) {
        (void)fprintf(stderr, "usage: query [part of 10 M] [questions of a kind] [full]\n");
        return 1;
    }
    static filler f;
    home h;
    char path[128];
    act_buf tokens = ACT_BUF_INIT;
    write_tokens(&tokens);
    home_open(&h, tokens.ptr);
    act_buf_done(&tokens);
    const act_store_chdb_options options = { .library = ACT_STR(ACT_SOURCE_DIR
                                                                "/build/libchdb.so"),
                                             .directory = home_path(&h, "store", path) };
    act_err e = ACT_ERR_INIT;
    int r = act_store_chdb_open(&options, &f.store, &e);
    if (!r)
        r = act_store_migrate(f.store, NULL, &e);
    home_check(r, e.text);
    home_check(act_json_parser_new((act_json_limits){ 0 }, &f.parser), "parser");
    home_check(act_arena_new(64 << 20, 1 << 20, &f.arena), "arena");
    if (argc > 3 && strcmp(argv[3], "full") == 0)
        copy_rows_into_projections(f.store);
    read_sample(&f);
    fill(&f, true, (uint64_t)(AUDIT_ROWS * part));
    fill(&f, false, (uint64_t)(ACTIVITY_ROWS * part));
    print_disk(f.store, "audit_logs");
    print_disk(f.store, "activities");
    ask_all(f.store, home_serve(&h, f.store, NULL), count);
    act_api_server_free(h.server);
    h.server = NULL;
    act_store_free(f.store);
    act_json_parser_free(f.parser);
    act_arena_free(f.arena);
    act_buf_done(&f.text);
    act_buf_done(&f.sample);
    home_close(&h);
    return 0;
}
