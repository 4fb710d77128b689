/* Expression evaluation: ns/op of typical rules beside the target and the ceiling that the
 * design sets for each, on one core. Best and median of 41 runs of at least 4 ms of
 * this thread's time; the best is judged, since the median is that of a shared machine. */
#include "cel/cel.h"
#include "cel/value.h"

#include "base/clock.h"
#include "base/json_write.h"
#include "machine.h"

#include <limits.h>
#include <malloc.h>
#include <time.h>
#include <unistd.h>

enum { RUNS = 41, RUN_MS = 4 };

static const char EVENT[] =
    "{\"kind\":\"Event\",\"apiVersion\":\"audit.k8s.io/v1\",\"level\":\"RequestResponse\","
    "\"auditID\":\"1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed\",\"stage\":\"ResponseComplete\","
    "\"requestURI\":\"/apis/apps/v1/namespaces/production/deployments/frontend/scale\","
    "\"verb\":\"patch\",\"user\":{\"username\":\"alice@example.com\",\"uid\":\"a-1\","
    "\"groups\":[\"dev\",\"system:authenticated\"],\"extra\":{\"scopes\":[\"all\"]}},"
    "\"sourceIPs\":[\"10.0.0.7\"],\"userAgent\":\"kubectl/v1.35.0 (linux/amd64)\","
    "\"objectRef\":{\"resource\":\"deployments\",\"namespace\":\"production\","
    "\"name\":\"frontend\",\"apiGroup\":\"apps\",\"apiVersion\":\"v1\","
    "\"subresource\":\"scale\"},\"responseStatus\":{\"metadata\":{},\"code\":200},"
    "\"requestObject\":{\"spec\":{\"replicas\":3}},"
    "\"responseObject\":{\"kind\":\"Scale\",\"metadata\":{\"name\":\"frontend\","
    "\"namespace\":\"production\",\"uid\":\"0a1b\",\"resourceVersion\":\"1234\"},"
    "\"spec\":{\"replicas\":3},\"status\":{\"replicas\":2}},"
    "\"requestReceivedTimestamp\":\"2026-01-02T03:04:05.678901Z\","
    "\"stageTimestamp\":\"2026-01-02T03:04:05.700000Z\","
    "\"annotations\":{\"authorization.k8s.io/decision\":\"allow\"}}";

/* The event with room behind it, which spares the parser a copy. */
enum { EVENT_LEN = sizeof EVENT - 1, PADDING = 64 };
static char event_text[EVENT_LEN + PADDING];

static act_str event_str(void)
{
    return act_str_from(event_text, EVENT_LEN);
}

typedef struct {
    cel_env *env;
    cel_slots *slots;
    cel_ctx *ctx;
    act_arena *arena;
    const act_json *event;
    uint32_t links;
} bench;

static void die(const char *what, const char *why)
{
    fprintf(stderr, "%s: %s\n", what, why);
    exit(1);
}

static cel_value link_fn(cel_call *call, const cel_value *args)
{
    bench *b = cel_call_user(call);
    b->links++;
    return args[0];
}

/* ---- counting allocations: these take the place of the C library's --------------------
 */

static size_t allocated;
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *p, size_t size);

void *malloc(size_t size)
{
    allocated++;
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    allocated++;
    return __libc_calloc(count, size);
}

void *realloc(void *p, size_t size)
{
    allocated++;
    return __libc_realloc(p, size);
}

/* ---- measuring ------------------------------------------------------------------------
 */

/* Do the work @n times. */
typedef void work_fn(void *ud, uint64_t n);

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Time of this thread alone, so that other processes do not count. */
static int64_t cpu_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return t.tv_sec * ACT_NS_PER_S + t.tv_nsec;
}

typedef struct {
    double best, median; /* ns of one call */
} timing;

static timing measure(work_fn *work, void *ud)
{
    uint64_t n = 64;
    double ns[RUNS];
    int run = 0;
    while (run < RUNS) {
        int64_t from = cpu_ns();
        work(ud, n);
        int64_t took = cpu_ns() - from;
        if (took < RUN_MS * ACT_NS_PER_MS) {
            n *= 2; /* still warming up */
            continue;
        }
        ns[run++] = (double)took / (double)n;
    }
    qsort(ns, RUNS, sizeof ns[0], by_value);
    return (timing){ ns[0], ns[RUNS / 2] };
}

/* Judge @value and print the end of a row. True when it is not above the ceiling. */
static bool print_limits(double value, double target, double ceiling)
{
    printf(" %9.0f %9.0f  %s\n", target, ceiling,
           value <= target    ? "target met"
           : value <= ceiling ? "below the ceiling"
                              : "ABOVE THE CEILING");
    fflush(stdout);
    return value <= ceiling;
}

static bool print_row(const char *name, timing t, const char *marcbachmann,
                      const char *bufbuild, double target, double ceiling)
{
    printf("%-52s %8.1f %8.1f %8s %9s", name, t.best, t.median, marcbachmann, bufbuild);
    return print_limits(t.best, target, ceiling);
}

static bool print_value(const char *name, double value, double target, double ceiling)
{
    printf("%-52s %8.1f %8s %8s %9s", name, value, "", "", "");
    return print_limits(value, target, ceiling);
}

/* ---- single expressions ---------------------------------------------------------------
 */

typedef struct {
    bench *b;
    cel_program *p;
    bool cold; /* bind again each time, so paths are looked up afresh */
} evaluation;

static void evaluate(void *ud, uint64_t n)
{
    const evaluation *e = ud;
    cel_value v;
    for (uint64_t i = 0; i < n; i++) {
        if (e->cold && cel_bind_json(e->b->ctx, 0, e->b->event))
            abort();
        if (cel_eval(e->p, e->b->ctx, &v, NULL))
            abort();
    }
}

static cel_program *compile(bench *b, const char *source)
{
    cel_program *p;
    cel_errors *errors;
    if (cel_errors_new(&errors))
        die(source, "out of memory");
    if (cel_compile(b->env, act_str_cstr(source), 0, b->slots, errors, &p))
        die(source, cel_errors_text(errors).ptr);
    cel_errors_free(errors);
    cel_value v;
    act_err e = ACT_ERR_INIT;
    if (cel_eval(p, b->ctx, &v, &e))
        die(source, e.text);
    return p;
}

static timing measure_expression(bench *b, const char *source, bool cold)
{
    evaluation e = { .b = b, .p = compile(b, source), .cold = cold };
    timing t = measure(evaluate, &e);
    cel_program_free(e.p);
    return t;
}

static const struct {
    const char *name;
    const char *source;
    bool cold;
    double target, ceiling;
} rows[] = {
    { "verb ==, slots resolved", "audit.verb == 'create'", false, 3, 8 },
    { "verb ==, cold slot", "audit.verb == 'create'", true, 12, 25 },
    { "verb in [..] && !has(..), warm",
      "audit.verb in ['update', 'patch'] && !has(audit.objectRef.subresource)", false, 8,
      60 },
    { "verb in [..] && !has(..), cold",
      "audit.verb in ['update', 'patch'] && !has(audit.objectRef.subresource)", true, 40,
      60 },
    { "three-conjunct subresource rule",
      "audit.verb in ['update', 'patch'] && has(audit.objectRef.subresource) && "
      "audit.objectRef.subresource == 'scale'",
      false, 12, 60 },
    { "code range", "audit.responseStatus.code >= 200 && audit.responseStatus.code < 300",
      false, 8, 25 },
    { "startsWith", "actor.startsWith('system:')", false, 6, 15 },
    { "string concat summary piece", "'HTTP proxy ' + audit.objectRef.name", false, 20,
      50 },
    { "ternary + link", "actor.startsWith('system:') ? 'System' : link(actor, actorRef)",
      false, 25, 60 },
    { "groups.exists(g, g == 'dev'), second of two",
      "audit.user.groups.exists(g, g == 'system:authenticated')", false, 30, 80 },
    { "matches on a 60-byte URI", "audit.requestURI.matches('^/apis/apps/.*/deployments/')",
      false, 120, 400 },
    { "format, two arguments", "'%s scaled to %d'.format([audit.objectRef.name, 3])", false,
      120, 300 },
};

/* ---- the comparators ------------------------------------------------------------------
 */

enum { NS_TEXT = 16 };
typedef struct {
    char marcbachmann[NS_TEXT], bufbuild[NS_TEXT];
} others;

static void write_question(const char *path)
{
    act_buf text = ACT_BUF_INIT;
    act_json_writer w = act_json_writer_on(&text);
    act_jw_object(&w);
    act_jw_key(&w, ACT_STR("event"));
    act_jw_raw(&w, act_str_from(EVENT, EVENT_LEN));
    act_jw_key(&w, ACT_STR("expressions"));
    act_jw_array(&w);
    for (size_t i = 0; i < ACT_COUNT(rows); i++)
        act_jw_string(&w, act_str_cstr(rows[i].source));
    act_jw_array_end(&w);
    act_jw_object_end(&w);
    FILE *f = fopen(path, "w");
    act_str s = act_buf_str(&text);
    if (!f || fwrite(s.ptr, 1, s.len, f) != s.len || fclose(f) != 0)
        die(path, "cannot be written");
    act_buf_done(&text);
}

/* The two evaluators of the npm registry on the same expressions and event; false and a
 * line that says why when they cannot be run. */
static bool run_others(others *ret)
{
    char question[] = "/tmp/cel_bench.XXXXXX";
    int fd = mkstemp(question);
    if (fd < 0)
        return false;
    close(fd);
    write_question(question);
    char command[512];
    (void)snprintf(command, sizeof command,
                   "node " ACT_SOURCE_DIR "/bench/cel_js.mjs " ACT_SOURCE_DIR
                   "/build/tools < %s 2>&1",
                   question);
    FILE *f = popen(command, "r");
    size_t n = 0;
    while (f && n < ACT_COUNT(rows) &&
           fscanf(f, "%15s %15s", ret[n].marcbachmann, ret[n].bufbuild) == 2)
        n++;
    bool ok = f && pclose(f) == 0 && n == ACT_COUNT(rows);
    unlink(question);
    if (!ok)
        printf("# node or its packages not found (./dev setup installs them)\n");
    return ok;
}

/* ---- what accounting costs ------------------------------------------------------------
 */

/* The best time of each row, one a line: what this program prints for its twin. */
static void print_times(bench *b)
{
    for (size_t i = 0; i < ACT_COUNT(rows); i++)
        printf("%.3f\n", measure_expression(b, rows[i].source, rows[i].cold).best);
}

/* Percent that cost accounting adds to a row, on average: @ns against the twin of this
 * program that was built without it. */
static double accounting(const double ns[ACT_COUNT(rows)])
{
    char self[PATH_MAX], command[PATH_MAX + 64];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    if (n < 0)
        die("/proc/self/exe", "cannot be read");
    act_str folder = act_str_head(act_str_from(self, (size_t)n),
                                  act_str_rfind_byte(act_str_from(self, (size_t)n), '/'));
    (void)snprintf(command, sizeof command, "%.*s/unmetered/cel --times",
                   ACT_STR_ARG(folder));
    FILE *f = popen(command, "r");
    double sum = 0, without;
    size_t count = 0;
    while (f && count < ACT_COUNT(rows) && fscanf(f, "%lf", &without) == 1)
        sum += ns[count++] / without;
    if (!f || pclose(f) != 0 || count != ACT_COUNT(rows))
        die(command, "failed");
    return 100 * (sum / (double)ACT_COUNT(rows) - 1);
}

/* ---- whole event and compilation ------------------------------------------------------
 */

static const char *const rules[] = {
    "audit.verb == 'create'",
    "audit.verb == 'delete'",
    "audit.verb in ['update', 'patch'] && !has(audit.objectRef.subresource)",
    "audit.verb in ['update', 'patch'] && has(audit.objectRef.subresource) && "
    "audit.objectRef.subresource == 'scale'",
};
static const char *const summaries[] = {
    "actor.startsWith('system:') ? 'System' : link(actor, actorRef)",
    "link('deployment ' + audit.objectRef.name, audit.objectRef)",
};

typedef struct {
    bench *b;
    act_json_parser *parser;
    act_buf out;
    cel_program *rule[ACT_COUNT(rules)];
    cel_program *summary[ACT_COUNT(summaries)];
} whole_event;

static void translate_one(whole_event *w)
{
    bench *b = w->b;
    cel_value v;
    const act_json *event;
    act_arena_reset(b->arena);
    if (act_json_parse(w->parser, b->arena, event_str(), PADDING, &event, NULL))
        abort();
    const act_json *user = act_json_path(event, "user", "username", NULL);
    cel_ctx_reset(b->ctx);
    if (!user || cel_bind_json(b->ctx, 0, event) ||
        cel_bind_value(b->ctx, 1, cel_string(act_json_string(user))) ||
        cel_bind_json(b->ctx, 2, act_json_get(event, ACT_STR("user"))))
        abort();
    size_t hit = 0;
    for (; hit < ACT_COUNT(rules); hit++) {
        if (cel_eval_more(w->rule[hit], b->ctx, &v, NULL))
            abort();
        if (cel_value_is_true(v))
            break;
    }
    if (hit != ACT_COUNT(rules) - 1)
        abort();
    act_buf_clear(&w->out);
    for (size_t i = 0; i < ACT_COUNT(summaries); i++) {
        if (cel_eval_more(w->summary[i], b->ctx, &v, NULL) ||
            cel_value_write_text(v, &w->out))
            abort();
    }
}

static void translate(void *ud, uint64_t n)
{
    for (uint64_t i = 0; i < n; i++)
        translate_one(ud);
}

static timing measure_event(bench *b, double *ret_allocations)
{
    whole_event w = { .b = b };
    if (act_json_parser_new((act_json_limits){ .lazy_above = 96 }, &w.parser))
        die("parser", "out of memory");
    for (size_t i = 0; i < ACT_COUNT(rules); i++)
        w.rule[i] = compile(b, rules[i]);
    for (size_t i = 0; i < ACT_COUNT(summaries); i++)
        w.summary[i] = compile(b, summaries[i]);
    timing t = measure(translate, &w);
    enum { EVENTS = 1000 };
    size_t before = allocated;
    translate(&w, EVENTS);
    *ret_allocations = (double)(allocated - before) / EVENTS;
    for (size_t i = 0; i < ACT_COUNT(rules); i++)
        cel_program_free(w.rule[i]);
    for (size_t i = 0; i < ACT_COUNT(summaries); i++)
        cel_program_free(w.summary[i]);
    act_json_parser_free(w.parser);
    act_buf_done(&w.out);
    return t;
}

static void compile_one(void *ud, uint64_t n)
{
    bench *b = ud;
    cel_program *p;
    for (uint64_t i = 0; i < n; i++) {
        if (cel_compile(b->env, act_str_cstr(rules[3]), 0, b->slots, NULL, &p))
            abort();
        cel_program_free(p);
    }
}

/* ---- parsing, allocations, memory -----------------------------------------------------
 */

typedef struct {
    act_json_parser *parser;
    act_arena *arena;
} parsing;

static void parse(void *ud, uint64_t n)
{
    const parsing *p = ud;
    const act_json *event;
    for (uint64_t i = 0; i < n; i++) {
        act_arena_reset(p->arena);
        if (act_json_parse(p->parser, p->arena, event_str(), PADDING, &event, NULL))
            abort();
    }
}

/* Bytes that one more compiled rule takes from the heap. */
static double rule_bytes(bench *b)
{
    enum { COPIES = 64 };
    cel_program *p[COPIES];
    size_t before = mallinfo2().uordblks;
    for (size_t i = 0; i < COPIES; i++)
        if (cel_compile(b->env, act_str_cstr(rules[3]), 0, b->slots, NULL, &p[i]))
            abort();
    size_t after = mallinfo2().uordblks;
    for (size_t i = 0; i < COPIES; i++)
        cel_program_free(p[i]);
    return (double)(after - before) / COPIES;
}

static void set_up(bench *b, act_json_parser **parser, act_arena **keep)
{
    act_err e = ACT_ERR_INIT;
    if (cel_env_new(NULL, &b->env) || cel_env_policy_libs(b->env) ||
        cel_env_var(b->env, "audit", "map(string, dyn)", NULL, &e) ||
        cel_env_var(b->env, "actor", "string", NULL, &e) ||
        cel_env_var(b->env, "actorRef", "map(string, dyn)", NULL, &e) ||
        cel_env_func(b->env, "link", "(string, dyn) -> string", CEL_FN_IMPURE, link_fn,
                     NULL, NULL, &e) ||
        cel_slots_new(b->env, &b->slots) || cel_ctx_new(b->env, &b->ctx) ||
        act_arena_new(1 << 20, 1 << 16, &b->arena) ||
        act_arena_new(1 << 20, 1 << 16, keep) ||
        act_json_parser_new((act_json_limits){ 0 }, parser))
        die("setup", e.text);
    cel_ctx_set_user(b->ctx, b);
    memcpy(event_text, EVENT, EVENT_LEN);
    if (act_json_parse(*parser, *keep, event_str(), PADDING, &b->event, &e) ||
        cel_bind_json(b->ctx, 0, b->event) ||
        cel_bind_value(b->ctx, 1, cel_string(ACT_STR("alice@example.com"))) ||
        cel_bind_json(b->ctx, 2, act_json_get(b->event, ACT_STR("user"))))
        die("event", e.text);
}

int main(int argc, char **argv)
{
    bench b = { 0 };
    act_json_parser *parser;
    act_arena *keep;
    set_up(&b, &parser, &keep);
    if (argc == 2 && strcmp(argv[1], "--times") == 0) {
        print_times(&b);
        return 0;
    }

    machine_print();
#ifdef ACT_ARENA_DEBUG
    printf("# debug arenas: the numbers mean nothing\n");
#endif
    others js[ACT_COUNT(rows)];
    if (!run_others(js))
        for (size_t i = 0; i < ACT_COUNT(rows); i++)
            js[i] = (others){ "-", "-" };
    printf("%-52s %8s %8s %8s %9s %9s %9s\n", "ns/op", "best", "median", "cel-js",
           "bufbuild", "target", "ceiling");
    bool ok = true;
    double best[ACT_COUNT(rows)];
    for (size_t i = 0; i < ACT_COUNT(rows); i++) {
        timing t = measure_expression(&b, rows[i].source, rows[i].cold);
        best[i] = t.best;
        ok &= print_row(rows[i].name, t, js[i].marcbachmann, js[i].bufbuild, rows[i].target,
                        rows[i].ceiling);
    }
    ok &= print_value("cost accounting, % of a row on average", accounting(best), 10, 25);
    parsing p = { parser, b.arena };
    ok &= print_row("parse the event of 1 KB", measure(parse, &p), "", "", 600, 900);
    double allocations;
    timing event = measure_event(&b, &allocations);
    ok &= print_row("whole event: parse, 4 rules, 2 summaries, text", event, "", "", 1200,
                    2000);
    ok &= print_row("compile and check one rule", measure(compile_one, &b), "", "", 5000,
                    15000);
    ok &= print_value("allocations per event", allocations, 0, 0);
    ok &= print_value("bytes of memory per compiled rule", rule_bytes(&b), 2048, 8192);

    cel_ctx_free(b.ctx);
    cel_slots_free(b.slots);
    cel_env_free(b.env);
    act_json_parser_free(parser);
    act_arena_free(keep);
    act_arena_free(b.arena);
    return ok ? 0 : 1;
}
