#include "api/reindex_jobs.h"

#include "core/timerange.h"

enum {
    BATCH_MIN = 100,
    BATCH_MAX = 10000,
    RATE_MIN = 10,
    RATE_MAX = 1000,
    LONG_RANGE_DAYS = 7, /* longer ones are warned about */
};

#define IN_SPEC(...) act_json_path(object, "spec", __VA_ARGS__, (const char *)NULL)
#define IN_STATUS(...) act_json_path(object, "status", __VA_ARGS__, (const char *)NULL)

static int64_t number(const act_json *v)
{
    return v && v->type == ACT_JSON_INT ? v->as.i64 : 0;
}

/* ---- validation -------------------------------------------------------------------- */

/* One end of the range. False: a problem was added. */
static bool check_time(act_str text, const char *field, int64_t now_ns,
                       act_problems *problems, int64_t *ret)
{
    act_err e = ACT_ERR_INIT;
    int r = act_time_parse(text, now_ns, ret, &e);
    if (r == ACT_EINVAL)
        (void)act_problems_add(problems, ACT_PROBLEM_REQUIRED, act_str_cstr(field),
                               (act_str){ 0 }, "a time is required");
    else if (r)
        (void)act_problems_add(problems, ACT_PROBLEM_INVALID, act_str_cstr(field), text,
                               "%s", e.text);
    return !r;
}

static bool read_range(const act_json *object, int64_t now_ns, act_problems *problems,
                       int64_t *ret_start, int64_t *ret_end)
{
    act_str end = act_json_string(IN_SPEC("timeRange", "endTime"));
    bool starts = check_time(act_json_string(IN_SPEC("timeRange", "startTime")),
                             "spec.timeRange.startTime", now_ns, problems, ret_start);
    bool ends = check_time(end.len > 0 ? end : ACT_STR("now"), "spec.timeRange.endTime",
                           now_ns, problems, ret_end);
    return starts && ends;
}

static void check_range(act_call *c, const act_json *object, act_problems *problems)
{
    int64_t start, end;
    if (read_range(object, c->now_ns, problems, &start, &end) && start >= end)
        (void)act_problems_add(problems, ACT_PROBLEM_INVALID, ACT_STR("spec.timeRange"),
                               (act_str){ 0 }, "startTime must be before endTime");
}

static void check_selector(const act_json *object, act_problems *problems)
{
    size_t names, labels;
    (void)act_json_items(IN_SPEC("policySelector", "names"), &names);
    (void)act_json_members(IN_SPEC("policySelector", "matchLabels"), &labels);
    if (names > 0 && labels > 0)
        (void)act_problems_add(problems, ACT_PROBLEM_INVALID,
                               ACT_STR("spec.policySelector"), (act_str){ 0 },
                               "names and matchLabels may not both be given");
}

static void check_number(const act_json *v, const char *field, int64_t min, int64_t max,
                         act_problems *problems)
{
    int64_t n = number(v);
    char text[32];
    int len = snprintf(text, sizeof text, "%lld", (long long)n);
    if (n != 0 && (n < min || n > max))
        (void)act_problems_add(problems, ACT_PROBLEM_INVALID, act_str_cstr(field),
                               act_str_from(text, (size_t)len),
                               "must be between %lld and %lld", (long long)min,
                               (long long)max);
}

static bool is_final(act_str phase)
{
    return act_str_eq_cstr(phase, "Succeeded") || act_str_eq_cstr(phase, "Failed");
}

static act_str phase_of(const act_json *object)
{
    return act_json_string(IN_STATUS("phase"));
}

static bool has_started(const act_json *object)
{
    return is_final(phase_of(object)) || act_str_eq_cstr(phase_of(object), "Running");
}

static bool same(const act_json *a, const act_json *b)
{
    return a && b ? act_json_equal(a, b) : a == b;
}

/* What a job that has begun may not change any more: all but when it goes. */
static void check_unchanged(const act_json *before, const act_json *after,
                            act_problems *problems)
{
    static const struct {
        const char *part, *member; /* NULL: the part as a whole */
        const char *field;
    } kept[] = {
        { "timeRange", "startTime", "spec.timeRange.startTime" },
        { "timeRange", "endTime", "spec.timeRange.endTime" },
        { "policySelector", NULL, "spec.policySelector" },
        { "config", NULL, "spec.config" },
    };
    for (size_t i = 0; i < ACT_COUNT(kept); i++) {
        const act_json *now =
            act_json_path(after, "spec", kept[i].part, kept[i].member, (const char *)NULL);
        if (!same(act_json_path(before, "spec", kept[i].part, kept[i].member,
                                (const char *)NULL),
                  now))
            (void)act_problems_add(problems, ACT_PROBLEM_INVALID,
                                   act_str_cstr(kept[i].field), act_json_string(now),
                                   "immutable once the job has started");
    }
}

static int validate(act_call *c, const act_json *object, const act_json *before,
                    act_problems *problems)
{
    check_range(c, object, problems);
    check_selector(object, problems);
    check_number(IN_SPEC("config", "batchSize"), "spec.config.batchSize", BATCH_MIN,
                 BATCH_MAX, problems);
    check_number(IN_SPEC("config", "rateLimit"), "spec.config.rateLimit", RATE_MIN,
                 RATE_MAX, problems);
    check_number(IN_SPEC("ttlSecondsAfterFinished"), "spec.ttlSecondsAfterFinished", 0,
                 INT32_MAX, problems);
    if (before && has_started(before))
        check_unchanged(before, object, problems);
    return problems->err;
}

static int validate_status(act_call *c, const act_json *object, const act_json *before,
                           act_problems *problems)
{
    static const char *const phases[] = { "", "Pending", "Running", "Succeeded", "Failed" };
    act_str phase = phase_of(object), old = phase_of(before);
    (void)c;
    size_t i = 0;
    while (i < ACT_COUNT(phases) && !act_str_eq_cstr(phase, phases[i]))
        i++;
    if (i == ACT_COUNT(phases))
        (void)act_problems_add(problems, ACT_PROBLEM_NOT_SUPPORTED, ACT_STR("status.phase"),
                               phase, "Pending, Running, Succeeded, Failed");
    if (is_final(old) && !act_str_eq(old, phase))
        (void)act_problems_add(problems, ACT_PROBLEM_INVALID, ACT_STR("status.phase"),
                               phase, "%.*s is final", ACT_STR_ARG(old));
    return problems->err;
}

static size_t warnings(act_call *c, const act_json *object, act_str *ret)
{
    size_t n = 0;
    int64_t start, end;
    act_problems ignored = act_problems_in(c->arena);
    if (read_range(object, c->now_ns, &ignored, &start, &end) &&
        end - start > LONG_RANGE_DAYS * 24 * 3600 * ACT_NS_PER_S)
        ret[n++] = ACT_STR("the time range is longer than 7 days: this takes a while");
    const act_json *dry = IN_SPEC("config", "dryRun");
    if (dry && dry->type == ACT_JSON_BOOL && dry->as.boolean)
        ret[n++] = ACT_STR("dryRun is set: no activities will be made");
    return n;
}

/* ---- table ------------------------------------------------------------------------- */

static void phase_cell(const act_json *object, int64_t now_ns, act_buf *out)
{
    (void)now_ns;
    act_str phase = phase_of(object);
    act_buf_add(out, phase.len > 0 ? phase : ACT_STR("Pending"));
}

static void range_cell(const act_json *object, int64_t now_ns, act_buf *out)
{
    (void)now_ns;
    act_str end = act_json_string(IN_SPEC("timeRange", "endTime"));
    act_buf_add(out, act_json_string(IN_SPEC("timeRange", "startTime")));
    act_buf_add(out, ACT_STR(" to "));
    act_buf_add(out, end.len > 0 ? end : ACT_STR("now"));
}

static void progress_cell(const act_json *object, int64_t now_ns, act_buf *out)
{
    (void)now_ns;
    int64_t total = number(IN_STATUS("progress", "totalEvents"));
    int64_t done = number(IN_STATUS("progress", "processedEvents"));
    if (total > 0)
        act_buf_printf(out, "%d%%", (int)((double)done * 100 / (double)total));
    else if (done > 0)
        act_buf_printf(out, "%lld events", (long long)done);
    else
        act_buf_add_byte(out, '-');
}

const act_column act_reindex_job_columns[ACT_REINDEX_JOB_COLUMNS] = {
    { "Name", ACT_CELL_STRING, "Name of the job.", act_cell_name, false },
    { "Phase", ACT_CELL_STRING, "Pending, Running, Succeeded or Failed.", phase_cell,
      false },
    { "Time Range", ACT_CELL_STRING, "Of which time.", range_cell, false },
    { "Progress", ACT_CELL_STRING, "How far it is.", progress_cell, false },
    { "Age", ACT_CELL_DATE, "How old it is.", act_cell_age, false },
};

void act_api_reindex_jobs(act_call *c)
{
    static const act_persisted_kind kind = { .prefix = ACT_REGISTRY_REINDEX_JOBS,
                                             .validate = validate,
                                             .validate_status = validate_status,
                                             .warnings = warnings };
    act_persisted_handle(c, &kind);
}
