/* Expression evaluation: ns/op of typical rules beside the target and the ceiling that the
 * design sets for each, on one core. Median of 9 runs of at least 50 ms. */
#include "cel/cel.h"
#include "cel/value.h"

#include "base/clock.h"

#include <math.h>

enum { RUNS = 9, RUN_MS = 50 };

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

/* ---- measuring ------------------------------------------------------------------------
 */

typedef void work_fn(void *ud);

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Median ns of one call of @work. */
static double measure(work_fn *work, void *ud)
{
    act_clock clock = act_clock_system();
    uint64_t n = 64;
    double ns[RUNS];
    int run = 0;
    while (run < RUNS) {
        int64_t from = act_mono_ns(clock);
        for (uint64_t i = 0; i < n; i++)
            work(ud);
        int64_t took = act_mono_ns(clock) - from;
        if (took < RUN_MS * ACT_NS_PER_MS) {
            n *= 2; /* still warming up */
            continue;
        }
        ns[run++] = (double)took / (double)n;
    }
    qsort(ns, RUNS, sizeof ns[0], by_value);
    return ns[RUNS / 2];
}

static void print_row(const char *name, double ns, double target, double ceiling)
{
    printf("%-58s %9.1f %9.0f %9.0f  %s\n", name, ns, target, ceiling,
           ns <= target    ? "target met"
           : ns <= ceiling ? "below the ceiling"
                           : "ABOVE THE CEILING");
    fflush(stdout);
}

/* ---- single expressions ---------------------------------------------------------------
 */

typedef struct {
    bench *b;
    cel_program *p;
    bool cold; /* bind again each time, so paths are looked up afresh */
} evaluation;

static void evaluate(void *ud)
{
    evaluation *e = ud;
    cel_value v;
    if (e->cold && cel_bind_json(e->b->ctx, 0, e->b->event))
        abort();
    if (cel_eval(e->p, e->b->ctx, &v, NULL))
        abort();
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

static double measure_expression(bench *b, const char *source, bool cold)
{
    evaluation e = { .b = b, .p = compile(b, source), .cold = cold };
    double ns = measure(evaluate, &e);
    cel_program_free(e.p);
    return ns;
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

static void translate(void *ud)
{
    whole_event *w = ud;
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

static double measure_event(bench *b)
{
    whole_event w = { .b = b };
    if (act_json_parser_new((act_json_limits){ .lazy_above = 96 }, &w.parser))
        die("parser", "out of memory");
    for (size_t i = 0; i < ACT_COUNT(rules); i++)
        w.rule[i] = compile(b, rules[i]);
    for (size_t i = 0; i < ACT_COUNT(summaries); i++)
        w.summary[i] = compile(b, summaries[i]);
    double ns = measure(translate, &w);
    for (size_t i = 0; i < ACT_COUNT(rules); i++)
        cel_program_free(w.rule[i]);
    for (size_t i = 0; i < ACT_COUNT(summaries); i++)
        cel_program_free(w.summary[i]);
    act_json_parser_free(w.parser);
    act_buf_done(&w.out);
    return ns;
}

static void compile_one(void *ud)
{
    bench *b = ud;
    cel_program *p;
    if (cel_compile(b->env, act_str_cstr(rules[3]), 0, b->slots, NULL, &p))
        abort();
    cel_program_free(p);
}

/* ---- */

static void print_machine(void)
{
    char line[256];
    FILE *f = fopen("/proc/cpuinfo", "r");
    while (f && fgets(line, sizeof line, f)) {
        if (strncmp(line, "model name", 10) == 0) {
            printf("# %s", strchr(line, ':') + 2);
            break;
        }
    }
    if (f)
        fclose(f);
#ifdef ACT_ARENA_DEBUG
    printf("# debug arenas: the numbers mean nothing\n");
#endif
}

int main(void)
{
    bench b = { 0 };
    act_err e = ACT_ERR_INIT;
    act_json_parser *parser;
    if (cel_env_new(NULL, &b.env) || cel_env_policy_libs(b.env) ||
        cel_env_var(b.env, "audit", "map(string, dyn)", NULL, &e) ||
        cel_env_var(b.env, "actor", "string", NULL, &e) ||
        cel_env_var(b.env, "actorRef", "map(string, dyn)", NULL, &e) ||
        cel_env_func(b.env, "link", "(string, dyn) -> string", CEL_FN_IMPURE, link_fn, NULL,
                     NULL, &e) ||
        cel_slots_new(b.env, &b.slots) || cel_ctx_new(b.env, &b.ctx) ||
        act_arena_new(1 << 20, 1 << 16, &b.arena) ||
        act_json_parser_new((act_json_limits){ 0 }, &parser))
        die("setup", e.text);
    cel_ctx_set_user(b.ctx, &b);
    memcpy(event_text, EVENT, EVENT_LEN);
    act_arena *keep;
    if (act_arena_new(1 << 20, 1 << 16, &keep) ||
        act_json_parse(parser, keep, event_str(), PADDING, &b.event, &e) ||
        cel_bind_json(b.ctx, 0, b.event) ||
        cel_bind_value(b.ctx, 1, cel_string(ACT_STR("alice@example.com"))) ||
        cel_bind_json(b.ctx, 2, act_json_get(b.event, ACT_STR("user"))))
        die("event", e.text);

    print_machine();
    printf("%-58s %9s %9s %9s\n", "ns/op", "median", "target", "ceiling");
    for (size_t i = 0; i < ACT_COUNT(rows); i++)
        print_row(rows[i].name, measure_expression(&b, rows[i].source, rows[i].cold),
                  rows[i].target, rows[i].ceiling);
    print_row("whole event: parse, 4 rules, 2 summaries, links, text", measure_event(&b),
              1200, 2000);
    print_row("compile and check one rule", measure(compile_one, &b), 5000, 15000);

    cel_ctx_free(b.ctx);
    cel_slots_free(b.slots);
    cel_env_free(b.env);
    act_json_parser_free(parser);
    act_arena_free(keep);
    act_arena_free(b.arena);
    return 0;
}
