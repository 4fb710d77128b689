/* Questions over many records: 10 M audit events and 5 M activities of 100 tenants, of
 * which some have far more than others, made from tests/data (records.h) in the embedded
 * store.
 *
 *   query [--rows N] [--questions N] [--dir FOLDER] [--copies]
 *
 *   --rows N       audit events, 10,000,000 if not said; half as many activities
 *   --questions N  of each kind, 40 if not said
 *   --dir FOLDER   where the store is kept; one that has the rows is asked as it is
 *   --copies       projections that are copies of the rows, to compare
 *
 * Prints what questions take over HTTPS, and beside the first one the bare SQL on the same
 * engine. */
#include "base/thread.h"
#include "home.h"
#include "load.h"
#include "records.h"
#include "store/store_chdb.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    AUDIT_ROWS = 10000000,
    QUESTIONS = 40, /* of a kind */
    QUESTIONS_MAX = 1000,
    MERGE_WAIT_S = 120,
    TARGET_MS = 40,
};

/* ---- the store ---------------------------------------------------------------------- */

/* The same projections, each a copy of the table in another order. */
static void copy_rows_into_projections(act_store *s)
{
    static const char *const projections[][3] = {
        { "audit_logs", "by_time", "timestamp" },
        { "audit_logs", "by_user", "user, timestamp" },
        { "audit_logs", "by_user_uid", "user_uid, timestamp" },
        { "activities", "by_time", "timestamp" },
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

/* The number that @sql asks for. */
static uint64_t number(act_store *s, const char *sql)
{
    act_rows *rows;
    act_err e = ACT_ERR_INIT;
    home_check(act_store_query(s, act_str_cstr(sql), NULL, 0, NULL, &rows, &e), e.text);
    home_check(act_rows_next(rows, &e) == 1 ? 0 : ACT_EIO, sql);
    uint64_t n = act_rows_u64(rows, 0);
    act_rows_close(rows, NULL);
    return n;
}

/* Questions while the engine still merges tell little. */
static void wait_for_merges(act_store *s)
{
    static atomic_bool never;
    int64_t start = load_now_ns(), end = start + MERGE_WAIT_S * ACT_NS_PER_S;
    for (int idle = 0; idle < 3 && load_now_ns() < end;) {
        idle = number(s, "SELECT count() FROM system.merges") == 0 ? idle + 1 : 0;
        act_sleep_ns(ACT_NS_PER_S / 2, &never);
    }
    printf("query: waited %.0f s for merges\n", (double)(load_now_ns() - start) / 1e9);
}

static void print_disk(act_store *s, const char *table)
{
#define PARTS "FROM system.parts WHERE active AND database = 'audit' AND table = '%s'"
    char bytes[256], count[256];
    (void)snprintf(bytes, sizeof bytes, "SELECT sum(bytes_on_disk) " PARTS, table);
    (void)snprintf(count, sizeof count, "SELECT count() " PARTS, table);
    printf("query: %s: %.2f GB on disk in %" PRIu64 " parts\n", table,
           (double)number(s, bytes) / 1e9, number(s, count));
#undef PARTS
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

/* The tenant of the @i-th question of a kind: big ones more often, as people are. */
static unsigned tenant_of(int i)
{
    return records_skewed(records_mix((uint64_t)i + 12345), RECORDS_TENANTS);
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

/* The first question as bare SQL: rows read, nothing made of them. @by_day: as the table
 * lies, which is the best there is; else as one would write it who does not know. */
static double ask_bare(act_store *s, int i, bool by_day)
{
    char sql[1024];
    act_rows *rows;
    (void)snprintf(
        sql, sizeof sql,
        "SELECT event_json, timestamp, audit_id, stage FROM audit.audit_logs WHERE %s"
        "timestamp >= '2026-01-01 00:00:00' AND timestamp < '2026-02-01 00:00:00' AND "
        "scope_type = 'project' AND scope_name = 'tenant-%u' AND "
        "verb IN ('create', 'update', 'patch', 'delete') ORDER BY %stimestamp DESC, "
        "audit_id DESC, stage DESC LIMIT 101",
        by_day ? "toDate32(timestamp) >= '2026-01-01' AND "
                 "toDate32(timestamp) <= '2026-02-01' AND "
               : "",
        tenant_of(i),
        by_day ? "toDate32(timestamp) DESC, scope_type DESC, scope_name DESC, " : "");
    int64_t start = load_now_ns();
    home_check(act_store_query(s, act_str_cstr(sql), NULL, 0, NULL, &rows, NULL), sql);
    while (act_rows_next(rows, NULL) == 1)
        (void)act_rows_str(rows, 0);
    act_rows_close(rows, NULL);
    return (double)(load_now_ns() - start) / 1e6;
}

/* Times of one kind of question. */
typedef struct {
    double ms[QUESTIONS_MAX];
    int n;
    double cpu;
} times;

static void add_time(times *t, double ms, double cpu_before)
{
    t->ms[t->n++] = ms;
    t->cpu += records_cpu_seconds() - cpu_before;
}

/* p50, printed. */
static double print_times(const char *what, times *t)
{
    qsort(t->ms, (size_t)t->n, sizeof t->ms[0], by_value);
    double p50 = t->ms[t->n / 2], p99 = t->ms[t->n * 99 / 100];
    printf("query: %-40s p50 %7.1f ms, p99 %7.1f ms, CPU %6.1f ms each\n", what, p50, p99,
           t->cpu * 1e3 / t->n);
    (void)fflush(stdout);
    return p50;
}

/* The first question beside the bare SQL, by turns. */
static void ask_first(gnutls_session_t s, act_store *store, int count)
{
    static times ours, best, plain;
    (void)ask(s, &questions[0], 0);
    for (int i = 0; i < count; i++) {
        double cpu = records_cpu_seconds();
        add_time(&best, ask_bare(store, i, true), cpu);
        cpu = records_cpu_seconds();
        add_time(&ours, ask(s, &questions[0], i), cpu);
        cpu = records_cpu_seconds();
        add_time(&plain, ask_bare(store, i, false), cpu);
    }
    double p50 = print_times(questions[0].what, &ours);
    double sql = print_times("  bare SQL in the order of the table", &best);
    double other = print_times("  bare SQL in the order of time alone", &plain);
    printf("query:   p50 %.1f ms (target %d): %.2f times the bare SQL (target 1.2), of CPU "
           "%.2f; %.2f times that in the order of time\n",
           p50, TARGET_MS, p50 / sql, ours.cpu / best.cpu, p50 / other);
}

static void ask_all(act_store *store, uint16_t port, int count)
{
    gnutls_session_t s = load_dial(port);
    home_check(s ? 0 : ACT_EIO, "connection");
    ask_first(s, store, count);
    for (size_t k = 1; k < ACT_COUNT(questions); k++) {
        static times t;
        t = (times){ 0 };
        (void)ask(s, &questions[k], 0);
        for (int i = 0; i < count; i++) {
            double cpu = records_cpu_seconds();
            add_time(&t, ask(s, &questions[k], i), cpu);
        }
        (void)print_times(questions[k].what, &t);
    }
}

/* ---- main --------------------------------------------------------------------------- */

typedef struct {
    uint64_t rows;
    int questions;
    const char *directory; /* NULL: one that is removed afterwards */
    bool copies;
} options;

static bool read_options(int argc, char **argv, options *ret)
{
    static const struct option known[] = { { "rows", required_argument, NULL, 'r' },
                                           { "questions", required_argument, NULL, 'q' },
                                           { "dir", required_argument, NULL, 'd' },
                                           { "copies", no_argument, NULL, 'c' },
                                           { 0 } };
    options o = { .rows = AUDIT_ROWS, .questions = QUESTIONS };
    for (int c; (c = getopt_long(argc, argv, "", known, NULL)) != -1;) {
        if (c == 'r')
            o.rows = strtoull(optarg, NULL, 10);
        else if (c == 'q')
            o.questions = (int)strtol(optarg, NULL, 10);
        else if (c == 'd')
            o.directory = optarg;
        else if (c == 'c')
            o.copies = true;
        else
            return false;
    }
    *ret = o;
    return optind == argc && o.rows >= 2 && o.questions >= 1 &&
           o.questions <= QUESTIONS_MAX;
}

static void write_tokens(act_buf *out)
{
    act_buf_add(out, ACT_STR("admin,admin,1,system:masters\n"));
    for (int i = 0; i < RECORDS_TENANTS; i++)
        act_buf_printf(out,
                       "token%d,user%d,%d,system:masters,iam.miloapis.com/parent-type="
                       "project;iam.miloapis.com/parent-name=tenant-%d\n",
                       i, i, i, i);
    act_buf_add_byte(out, '\0');
    home_check(act_buf_err(out), "tokens");
}

static act_store *open_store(const home *h, const options *o)
{
    char path[128];
    const act_store_chdb_options chdb = {
        .library = ACT_STR(ACT_SOURCE_DIR "/build/libchdb.so"),
        .directory = o->directory ? act_str_cstr(o->directory) : home_path(h, "store", path)
    };
    act_store *s;
    act_err e = ACT_ERR_INIT;
    int r = act_store_chdb_open(&chdb, &s, &e);
    if (!r)
        r = act_store_migrate(s, NULL, &e);
    home_check(r, e.text);
    return s;
}

/* The rows are there already, or are made now. */
static void fill(act_store *s, const options *o)
{
    uint64_t audit = number(s, "SELECT count() FROM audit.audit_logs");
    uint64_t activities = number(s, "SELECT count() FROM audit.activities");
    if (audit == o->rows && activities == o->rows / 2)
        return;
    home_check(audit + activities == 0 ? 0 : ACT_EINVAL,
               "the store has other rows: remove the folder, or say --rows");
    if (o->copies)
        copy_rows_into_projections(s);
    records_fill_audit(s, o->rows);
    records_fill_activities(s, o->rows / 2);
}

int main(int argc, char **argv)
{
    options o;
    if (!read_options(argc, argv, &o)) {
        (void)fprintf(stderr, "usage: query [--rows N] [--questions N] [--dir FOLDER] "
                              "[--copies]\n");
        return 2;
    }
    home h;
    act_buf tokens = ACT_BUF_INIT;
    write_tokens(&tokens);
    home_open(&h, tokens.ptr);
    act_buf_done(&tokens);
    act_store *s = open_store(&h, &o);
    fill(s, &o);
    wait_for_merges(s);
    print_disk(s, "audit_logs");
    print_disk(s, "activities");
    ask_all(s, home_serve(&h, s, NULL), o.questions);
    act_api_server_free(h.server);
    h.server = NULL;
    act_store_free(s);
    home_close(&h);
    return 0;
}
