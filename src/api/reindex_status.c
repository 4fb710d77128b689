#include "api/reindex_status.h"

#include "api/condition.h"
#include "api/persisted.h"

enum { ATTEMPTS = 16 }; /* when others change the job meanwhile */

static const struct {
    const char *phase, *status, *reason; /* of the condition Ready */
} phases[] = {
    [ACT_REINDEX_NEW] = { "", "", "" },
    [ACT_REINDEX_PENDING] = { "Pending", "False", "Pending" },
    [ACT_REINDEX_RUNNING] = { "Running", "False", "InProgress" },
    [ACT_REINDEX_SUCCEEDED] = { "Succeeded", "True", "Succeeded" },
    [ACT_REINDEX_FAILED] = { "Failed", "False", "Failed" },
};

#define IN_SPEC(...) act_json_path(job, "spec", __VA_ARGS__, (const char *)NULL)
#define IN_STATUS(...) act_json_path(job, "status", __VA_ARGS__, (const char *)NULL)

/* ---- reading ----------------------------------------------------------------------- */

enum act_reindex_phase act_reindex_phase_of(const act_json *job)
{
    act_str phase = act_json_string(IN_STATUS("phase"));
    for (size_t i = ACT_REINDEX_PENDING; i < ACT_COUNT(phases); i++)
        if (act_str_eq_cstr(phase, phases[i].phase))
            return (enum act_reindex_phase)i;
    return ACT_REINDEX_NEW;
}

static int64_t number(const act_json *v, int64_t otherwise)
{
    return v && v->type == ACT_JSON_INT && v->as.i64 > 0 ? v->as.i64 : otherwise;
}

act_reindex_spec act_reindex_spec_of(const act_json *job)
{
    const act_json *dry_run = IN_SPEC("config", "dryRun");
    const act_json *ttl = IN_SPEC("ttlSecondsAfterFinished");
    act_str end = act_json_string(IN_SPEC("timeRange", "endTime"));
    return (act_reindex_spec){
        .start = act_json_string(IN_SPEC("timeRange", "startTime")),
        .end = end.len > 0 ? end : ACT_STR("now"),
        .selector = { .names = IN_SPEC("policySelector", "names"),
                      .labels = IN_SPEC("policySelector", "matchLabels") },
        .batch = (size_t)number(IN_SPEC("config", "batchSize"), 1000),
        .rate = (unsigned)number(IN_SPEC("config", "rateLimit"), 100),
        .dry_run = dry_run && dry_run->type == ACT_JSON_BOOL && dry_run->as.boolean,
        .ttl_s = ttl && ttl->type == ACT_JSON_INT ? ttl->as.i64 : -1,
    };
}

int64_t act_reindex_expiry_ns(const act_json *job)
{
    int64_t completed, ttl_s = act_reindex_spec_of(job).ttl_s;
    if (ttl_s < 0 ||
        act_rfc3339_parse(act_json_string(IN_STATUS("completedAt")), &completed))
        return INT64_MAX;
    return completed + ttl_s * ACT_NS_PER_S;
}

/* ---- finalizers -------------------------------------------------------------------- */

static const act_json *finalizers_of(const act_json *job, size_t *ret_n)
{
    return act_json_items(act_json_path(job, "metadata", "finalizers", (const char *)NULL),
                          ret_n);
}

/* Its place among the finalizers; their number when it is not on. */
static size_t find_finalizer(const act_json *job)
{
    size_t n, at = 0;
    const act_json *items = finalizers_of(job, &n);
    while (at < n && !act_json_is(&items[at], ACT_STR(ACT_REINDEX_FINALIZER)))
        at++;
    return at;
}

bool act_reindex_has_finalizer(const act_json *job)
{
    size_t n;
    (void)finalizers_of(job, &n);
    return find_finalizer(job) < n;
}

static bool is_deleting(const act_json *job)
{
    return act_object_meta(job, "deletionTimestamp").len > 0;
}

static int with_finalizer(act_arena *a, const act_json *job, const act_json **ret)
{
    size_t n;
    act_json empty = act_json_of_array(), list;
    (void)finalizers_of(job, &n);
    if (act_reindex_has_finalizer(job) || is_deleting(job)) {
        *ret = job;
        return 0;
    }
    const act_json *before =
        act_json_path(job, "metadata", "finalizers", (const char *)NULL);
    int r = act_json_insert(a, before ? before : &empty, n,
                            act_json_of_cstr(ACT_REINDEX_FINALIZER), &list);
    return r ? r : act_object_with_meta(a, job, "finalizers", list, ret);
}

/* An empty list goes with its last. */
static int without_finalizer(act_arena *a, const act_json *job, const act_json **ret)
{
    size_t n;
    (void)finalizers_of(job, &n);
    if (!act_reindex_has_finalizer(job)) {
        *ret = job;
        return 0;
    }
    const act_json *metadata = act_json_get(job, ACT_STR("metadata"));
    const act_json *list = act_json_get(metadata, ACT_STR("finalizers"));
    act_json rest, less;
    int r;
    if (n > 1) {
        r = act_json_remove(a, list, find_finalizer(job), &rest);
        return r ? r : act_object_with_meta(a, job, "finalizers", rest, ret);
    }
    r = act_json_without(a, metadata, ACT_STR("finalizers"), &less);
    return r ? r : act_object_with(a, job, "metadata", &less, ret);
}

/* ---- storing ----------------------------------------------------------------------- */

/* In place of the entry; a job that waits for deletion goes with its last finalizer. */
static int store(act_registry *registry, act_arena *a, const act_entry *entry,
                 const act_json *after, int64_t *ret_revision)
{
    size_t n;
    act_str text;
    (void)finalizers_of(after, &n);
    if (is_deleting(after) && n == 0)
        return act_registry_delete(registry, entry->key, entry->mod_revision, ret_revision);
    int r = act_persisted_text(a, after, &text);
    return r ? r
             : act_registry_update(registry, entry->key, text, entry->mod_revision,
                                   ret_revision);
}

int act_reindex_release(act_registry *registry, act_arena *a, const act_entry *entry,
                        const act_json *job)
{
    const act_json *after = NULL;
    int64_t revision;
    if (!act_reindex_has_finalizer(job))
        return 0;
    int r = without_finalizer(a, job, &after);
    return r ? r : store(registry, a, entry, after, &revision);
}

int act_reindex_remove(const act_reindex_ref *job, act_arena *a, const act_entry *entry,
                       const act_json *object)
{
    char now[ACT_RFC3339_MAX];
    act_str text;
    int64_t revision;
    const act_json *after = NULL;
    size_t len = act_rfc3339_format(act_wall_ns(job->clock), 0, now);
    int r = act_arena_str(a, act_str_from(now, len), &text);
    if (!r)
        r = act_object_with_meta(a, object, "deletionTimestamp", act_json_of_string(text),
                                 &after);
    if (!r)
        r = without_finalizer(a, after, &after);
    return r ? r : store(job->registry, a, entry, after, &revision);
}

/* ---- the status -------------------------------------------------------------------- */

typedef struct {
    const char *key;
    act_json value;
} member;

static int with_members(act_arena *a, const act_json *object, const member *members,
                        size_t n, act_json *ret)
{
    act_json made = object ? *object : act_json_of_object();
    for (size_t i = 0; i < n; i++) {
        act_json next;
        int r =
            act_json_with(a, &made, act_str_cstr(members[i].key), members[i].value, &next);
        if (r)
            return r;
        made = next;
    }
    *ret = made;
    return 0;
}

static act_json count_of(uint64_t n)
{
    return act_json_of_i64(n < INT64_MAX ? (int64_t)n : INT64_MAX);
}

/* Batches that so many records are, the last one not full. */
static act_json batches_of(uint64_t records, size_t batch)
{
    uint64_t n = (records + batch - 1) / batch;
    return act_json_of_i64(n < INT32_MAX ? (int64_t)n : INT32_MAX);
}

static int with_progress(act_arena *a, const act_json *status,
                         const act_reindex_report *rep, act_json *ret)
{
    const act_reindex_state *s = rep->state;
    const member members[] = {
        { "totalEvents", count_of(s->total) },
        { "processedEvents", count_of(s->processed) },
        { "activitiesGenerated", count_of(s->generated) },
        { "errors", count_of(s->errors) },
        { "currentBatch", batches_of(s->processed, rep->batch) },
        { "totalBatches", batches_of(s->total, rep->batch) },
    };
    act_json progress;
    int r = with_members(a, NULL, members, ACT_COUNT(members), &progress);
    return r ? r : act_json_with(a, status, ACT_STR("progress"), progress, ret);
}

/* status.KEY is the time of now, unless it is there. */
static int with_time(act_arena *a, const act_json *status, const char *key, int64_t now_ns,
                     act_json *ret)
{
    char now[ACT_RFC3339_MAX];
    act_str text;
    if (act_json_get(status, act_str_cstr(key))) {
        *ret = *status;
        return 0;
    }
    size_t len = act_rfc3339_format(now_ns, 0, now);
    int r = act_arena_str(a, act_str_from(now, len), &text);
    return r ? r
             : act_json_with(a, status, act_str_cstr(key), act_json_of_string(text), ret);
}

static int make_status(act_arena *a, const act_json *job, const act_reindex_report *rep,
                       int64_t now_ns, act_json *ret)
{
    act_condition ready = { "Ready", phases[rep->phase].status, phases[rep->phase].reason,
                            rep->message };
    const member members[] = { { "phase", act_json_of_cstr(phases[rep->phase].phase) },
                               { "message", act_json_of_string(rep->message) } };
    act_json s;
    int r = act_condition_set(a, job, &ready, now_ns, &s);
    if (!r)
        r = with_members(a, &s, members, ACT_COUNT(members), &s);
    if (!r && rep->state)
        r = with_progress(a, &s, rep, &s);
    if (!r && rep->phase == ACT_REINDEX_RUNNING)
        r = with_time(a, &s, "startedAt", now_ns, &s);
    if (!r && act_reindex_is_final(rep->phase))
        r = with_time(a, &s, "completedAt", now_ns, &s);
    if (!r)
        *ret = s;
    return r;
}

static int report_once(const act_reindex_ref *job, act_arena *a,
                       const act_reindex_report *rep, int64_t *ret_revision)
{
    act_entry entry;
    const act_json *object = NULL, *after = NULL;
    act_json status;
    act_arena_reset(a);
    int r = act_registry_get(job->registry, job->key, a, &entry);
    if (!r)
        r = act_persisted_object(a, &entry, &object);
    if (r)
        return r;
    if (!act_str_eq(act_object_meta(object, "uid"), job->uid))
        return ACT_ENOTFOUND;
    bool final = act_reindex_is_final(rep->phase);
    if (act_reindex_is_final(act_reindex_phase_of(object)) ||
        (is_deleting(object) && !final))
        return ACT_ECLOSED;
    r = make_status(a, object, rep, act_wall_ns(job->clock), &status);
    if (!r)
        r = act_object_with(a, object, "status", &status, &after);
    if (!r)
        r = final ? without_finalizer(a, after, &after) : with_finalizer(a, after, &after);
    return r ? r : store(job->registry, a, &entry, after, ret_revision);
}

int act_reindex_report_write(const act_reindex_ref *job, act_arena *a,
                             const act_reindex_report *report, int64_t *ret_revision)
{
    int r = ACT_ECONFLICT;
    for (int i = 0; i < ATTEMPTS && r == ACT_ECONFLICT; i++)
        r = report_once(job, a, report, ret_revision);
    return r;
}

/* ---- words ------------------------------------------------------------------------- */

static void say_besides(const act_reindex_state *s, act_buf *out)
{
    if (s->errors > 0)
        act_buf_printf(out, "; %llu records failed, the first: %s",
                       (unsigned long long)s->errors, s->first_error.text);
    if (s->note.text[0])
        act_buf_printf(out, "; %s", s->note.text);
}

void act_reindex_say_running(const act_reindex_state *s, act_buf *out)
{
    act_buf_printf(out, "Processing: %llu events processed, %llu activities generated",
                   (unsigned long long)s->processed, (unsigned long long)s->generated);
    say_besides(s, out);
}

void act_reindex_say_done(const act_reindex_state *s, bool dry_run, act_buf *out)
{
    act_buf_printf(
        out, "%s: %llu activities %s, %llu of them new or changed; %llu %s",
        dry_run ? "Dry-run complete" : "Completed", (unsigned long long)s->generated,
        dry_run ? "would be generated" : "generated", (unsigned long long)s->written,
        (unsigned long long)s->removed, dry_run ? "would be removed" : "removed");
    say_besides(s, out);
}
