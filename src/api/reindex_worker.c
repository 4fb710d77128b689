#include "api/reindex_worker.h"

#include "api/persisted.h"
#include "api/reindex_events.h"
#include "api/reindex_jobs.h"
#include "base/alloc.h"
#include "base/json_write.h"
#include "base/thread.h"
#include "core/timerange.h"

enum { ARENA_MAX = 64 << 20, RETRY_S = 1, REPORT_MS = 500 };

/* Seconds that jobs take, from ten to over an hour. */
static const double job_seconds[] = { 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 5120 };

struct act_reindex_worker {
    act_reindex_worker_options o;
    act_arena *job_arena; /* the job as it was when the worker began */
    act_arena *arena;     /* of one write */
    act_reindex_ref job;  /* text owned */
    act_str name, run_key, holder;
    act_reindex_spec spec;
    int64_t run_revision; /* of the run as we wrote it; 0: there is none */
    int64_t revision;     /* of the job as we wrote it */
    act_reindex_state state;
    int64_t reported_ns; /* when people were told last */
    act_buf text;
    atomic_bool stop, over;
    pthread_t thread;
    bool started;
    act_counter *begun, *succeeded, *failed;
    act_histogram *seconds;
};

/* ---- the run ----------------------------------------------------------------------- */

static int write_run(act_reindex_worker *w, const act_reindex_state *state)
{
    act_json_writer jw = act_json_writer_on(&w->text);
    act_buf_clear(&w->text);
    act_jw_object(&jw);
    act_jw_kv_string(&jw, "uid", w->job.uid);
    act_jw_kv_string(&jw, "holder", w->holder);
    act_jw_key(&jw, ACT_STR("state"));
    act_buf inner = ACT_BUF_INIT;
    act_reindex_state_write(state, &inner);
    int r = act_buf_err(&inner);
    act_jw_raw(&jw, act_buf_str(&inner));
    act_buf_done(&inner);
    act_jw_object_end(&jw);
    return r ? r : act_buf_err(&w->text);
}

/* Over what we wrote last. ACT_ECLOSED: another process has it now. */
static int keep_run(act_reindex_worker *w, const act_reindex_state *state)
{
    int64_t revision;
    int r = write_run(w, state);
    if (r)
        return r;
    act_str value = act_buf_str(&w->text);
    r = w->run_revision ? act_registry_update(w->o.registry, w->run_key, value,
                                              w->run_revision, &revision)
                        : act_registry_create(w->o.registry, w->run_key, value, &revision);
    if (!r)
        w->run_revision = revision;
    return r == ACT_ECONFLICT || r == ACT_ENOTFOUND || r == ACT_EEXISTS ? ACT_ECLOSED : r;
}

/* The state of a run of this very job. ACT_ENOTFOUND: there is none that can be read. */
static int read_run(act_reindex_worker *w, const act_entry *entry)
{
    ACT_AUTO(act_json_parser) parser = NULL;
    const act_json *run;
    int r = act_json_parser_new((act_json_limits){ 0 }, &parser);
    if (!r)
        r = act_json_parse(parser, w->arena, entry->value, ACT_REGISTRY_PADDING, &run,
                           NULL);
    if (!r && !act_json_is(act_json_get(run, ACT_STR("uid")), w->job.uid))
        r = ACT_ENOTFOUND;
    if (!r)
        r = act_reindex_state_read(act_json_get(run, ACT_STR("state")), &w->state);
    return r == ACT_EPARSE ? ACT_ENOTFOUND : r;
}

/* The job's range of time against the clock of now. */
static int freeze_range(act_reindex_worker *w, act_err *reterr)
{
    act_problems problems = act_problems_in(w->job_arena);
    act_timerange range;
    act_timerange_options o = { .now_ns = act_wall_ns(w->o.clock),
                                .start_field = ACT_STR("spec.timeRange.startTime"),
                                .end_field = ACT_STR("spec.timeRange.endTime"),
                                .window_field = ACT_STR("spec.timeRange") };
    int r = act_timerange_resolve(w->spec.start, w->spec.end, &o, &range, &problems);
    if (r == ACT_EINVAL && problems.first)
        return act_fail(reterr, r, "%.*s: %.*s", ACT_STR_ARG(problems.first->field),
                        ACT_STR_ARG(problems.first->detail));
    if (r)
        return r;
    w->state.start_us = range.start_us;
    w->state.end_us = range.end_us;
    return 0;
}

/* Go on with a run that is there, or begin one. */
static int claim_run(act_reindex_worker *w, act_err *reterr)
{
    act_entry entry;
    act_arena_reset(w->arena);
    int r = act_registry_get(w->o.registry, w->run_key, w->arena, &entry);
    if (!r) {
        w->run_revision = entry.mod_revision;
        r = read_run(w, &entry);
    }
    if (r == ACT_ENOTFOUND)
        r = freeze_range(w, reterr);
    return r ? r : keep_run(w, &w->state);
}

/* One that is left is the controller's to sweep. */
static void forget_run(act_reindex_worker *w)
{
    int64_t revision;
    if (w->run_revision &&
        !act_registry_delete(w->o.registry, w->run_key, w->run_revision, &revision))
        w->run_revision = 0;
}

/* ---- what people see --------------------------------------------------------------- */

static int report(act_reindex_worker *w, enum act_reindex_phase phase,
                  const act_reindex_state *state)
{
    const act_reindex_report rep = { .phase = phase,
                                     .message = act_buf_str(&w->text),
                                     .state = state->version ? state : NULL,
                                     .batch = w->spec.batch };
    return act_buf_err(&w->text)
               ? act_buf_err(&w->text)
               : act_reindex_report_write(&w->job, w->arena, &rep, &w->revision);
}

/* An Event about the job, with the text. */
static void tell(const act_reindex_worker *w, enum act_reindex_event what)
{
    const act_reindex_teller teller = { w->o.broker, w->o.log, w->o.metrics };
    const act_reindex_subject job = { w->name, w->job.uid, w->revision };
    act_reindex_tell(&teller, what, &job, act_buf_str(&w->text), act_wall_ns(w->o.clock));
}

static void tell_started(act_reindex_worker *w)
{
    act_buf_clear(&w->text);
    act_buf_printf(&w->text, "Started: records from %.*s to %.*s%s",
                   ACT_STR_ARG(w->spec.start), ACT_STR_ARG(w->spec.end),
                   w->spec.dry_run ? "; a dry run, which writes nothing" : "");
    tell(w, ACT_REINDEX_EVENT_STARTED);
}

static int report_running(act_reindex_worker *w, const act_reindex_state *state)
{
    w->reported_ns = act_mono_ns(w->o.clock);
    act_buf_clear(&w->text);
    act_reindex_say_running(state, &w->text);
    int r = report(w, ACT_REINDEX_RUNNING, state);
    return r == ACT_ENOTFOUND ? ACT_ECLOSED : r;
}

static int save(void *ctx, const act_reindex_state *state)
{
    act_reindex_worker *w = ctx;
    int r = keep_run(w, state);
    /* Often enough for people; when batches come faster than that, not each. */
    bool slow = w->spec.batch * 1000 >= (size_t)w->spec.rate * REPORT_MS;
    bool due = act_mono_ns(w->o.clock) - w->reported_ns >= REPORT_MS * ACT_NS_PER_MS;
    return !r && (slow || due) ? report_running(w, state) : r;
}

/* The last word, until the registry takes it or the worker is stopped: then the job is
 * still Running, and the next worker comes to the same end. The run goes after the Event:
 * one that is left of a job that has ended says that there may be none yet. */
static void report_end(act_reindex_worker *w, enum act_reindex_phase phase)
{
    for (;;) {
        int r = report(w, phase, &w->state);
        if (!r)
            tell(w, phase == ACT_REINDEX_FAILED ? ACT_REINDEX_EVENT_FAILED
                                                : ACT_REINDEX_EVENT_SUCCEEDED);
        if (!r || r == ACT_ENOTFOUND || r == ACT_ECLOSED)
            break;
        act_warn(w->o.log, "the end of a reindex job cannot be written, trying again",
                 ACT_F_STR("job", w->name), ACT_F_ERR(r));
        act_sleep_ns(RETRY_S * ACT_NS_PER_S, &w->stop);
        if (atomic_load(&w->stop))
            return;
    }
    forget_run(w);
}

static void end(act_reindex_worker *w, int r, const act_err *e)
{
    act_buf_clear(&w->text);
    if (r)
        act_buf_add(&w->text, act_str_cstr(e->text[0] ? e->text : act_strerror(r)));
    else
        act_reindex_say_done(&w->state, w->spec.dry_run, &w->text);
    act_counter_add(r ? w->failed : w->succeeded, 1);
    act_info(w->o.log, r ? "a reindex job has failed" : "a reindex job is done",
             ACT_F_STR("job", w->name), ACT_F_STR("message", act_buf_str(&w->text)),
             ACT_F_I64("records", w->state.processed),
             ACT_F_I64("activities", w->state.generated));
    report_end(w, r ? ACT_REINDEX_FAILED : ACT_REINDEX_SUCCEEDED);
}

/* ---- the work ---------------------------------------------------------------------- */

static int read_job(act_reindex_worker *w)
{
    act_entry entry;
    const act_json *object = NULL;
    int r = act_registry_get(w->o.registry, w->job.key, w->job_arena, &entry);
    if (!r)
        r = act_persisted_object(w->job_arena, &entry, &object);
    if (!r && !act_str_eq(act_object_meta(object, "uid"), w->job.uid))
        r = ACT_ENOTFOUND;
    if (r)
        return r == ACT_ENOTFOUND ? ACT_ECLOSED : r;
    w->spec = act_reindex_spec_of(object);
    return 0;
}

static int reindex(act_reindex_worker *w, act_err *reterr)
{
    const act_reindex_options o = { .broker = w->o.broker,
                                    .store = w->o.store,
                                    .registry = w->o.registry,
                                    .env = w->o.env,
                                    .selector = w->spec.selector,
                                    .batch = w->spec.batch,
                                    .rate = w->spec.rate,
                                    .dry_run = w->spec.dry_run,
                                    .patience_ns = w->o.patience_ns,
                                    .save = save,
                                    .ctx = w,
                                    .stop = &w->stop,
                                    .clock = w->o.clock,
                                    .log = w->o.log,
                                    .metrics = w->o.metrics };
    bool begins = w->state.version == 0;
    act_info(w->o.log, begins ? "a reindex job begins" : "a reindex job goes on",
             ACT_F_STR("job", w->name), ACT_F_I64("records", w->state.processed),
             ACT_F_BOOL("dry_run", w->spec.dry_run));
    act_counter_add(w->begun, begins);
    if (begins)
        tell_started(w);
    return act_reindex_run(&o, &w->state, reterr);
}

/* The job is ours, and says Running. ACT_EINVAL: it cannot be run; ACT_ECLOSED: not now. */
static int prepare(act_reindex_worker *w, act_err *reterr)
{
    int r = read_job(w);
    if (!r)
        r = claim_run(w, reterr);
    if (!r)
        r = report_running(w, &w->state);
    return !r || r == ACT_EINVAL ? r : ACT_ECLOSED;
}

static void *run(void *arg)
{
    act_reindex_worker *w = arg;
    act_err e = ACT_ERR_INIT;
    int64_t started = act_mono_ns(w->o.clock);
    int r = prepare(w, &e);
    if (!r)
        r = reindex(w, &e);
    act_histogram_observe(w->seconds, (double)(act_mono_ns(w->o.clock) - started) / 1e9);
    if (r != ACT_ECLOSED)
        end(w, r, &e);
    else if (!atomic_load(&w->stop)) /* somebody else's now, or gone: do not hurry back */
        act_sleep_ns(RETRY_S * ACT_NS_PER_S, &w->stop);
    atomic_store(&w->over, true);
    return NULL;
}

/* ---- life -------------------------------------------------------------------------- */

static void make_metrics(act_reindex_worker *w)
{
    act_metrics *m = w->o.metrics;
    const char *name = "activity_reindex_jobs_completed_total";
    const char *help = "Reindex jobs that came to an end, by how.";
    w->begun = act_metrics_counter(m, "activity_reindex_jobs_started_total",
                                   "Reindex jobs that began.", NULL);
    w->succeeded =
        act_metrics_counter(m, name, help, (const char *[]){ "result", "succeeded", NULL });
    w->failed =
        act_metrics_counter(m, name, help, (const char *[]){ "result", "failed", NULL });
    w->seconds = act_metrics_histogram(m, "activity_reindex_job_duration_seconds",
                                       "Time that workers were at a job.", job_seconds,
                                       ACT_COUNT(job_seconds), NULL);
}

static int copy_text(act_reindex_worker *w, act_str name, act_str uid)
{
    act_arena *a = w->job_arena;
    int r = act_arena_str(a, name, &w->name);
    if (!r)
        r = act_arena_str(a, uid, &w->job.uid);
    if (!r)
        r = act_arena_str(a, w->o.holder, &w->holder);
    if (!r)
        r = act_arena_printf(a, &w->job.key, ACT_REGISTRY_REINDEX_JOBS "%.*s",
                             ACT_STR_ARG(name));
    return r ? r
             : act_arena_printf(a, &w->run_key, ACT_REGISTRY_REINDEX_RUNS "%.*s",
                                ACT_STR_ARG(name));
}

int act_reindex_worker_start(const act_reindex_worker_options *o, act_str name, act_str uid,
                             act_reindex_worker **ret)
{
    act_reindex_worker *w = act_zalloc(1, sizeof *w);
    if (!w)
        return ACT_ENOMEM;
    w->o = *o;
    w->job = (act_reindex_ref){ .registry = o->registry, .clock = o->clock };
    make_metrics(w);
    int r = act_arena_new(ARENA_MAX, 0, &w->job_arena);
    if (!r)
        r = act_arena_new(ARENA_MAX, 0, &w->arena);
    if (!r)
        r = copy_text(w, name, uid);
    if (!r)
        r = act_thread_start(&w->thread, "reindex", run, w);
    w->started = !r;
    if (r)
        act_reindex_worker_free(w);
    else
        *ret = w;
    return r;
}

void act_reindex_worker_stop(act_reindex_worker *w)
{
    atomic_store(&w->stop, true);
}

bool act_reindex_worker_is_over(const act_reindex_worker *w)
{
    return atomic_load(&w->over);
}

act_str act_reindex_worker_uid(const act_reindex_worker *w)
{
    return w->job.uid;
}

void act_reindex_worker_free(act_reindex_worker *w)
{
    if (!w)
        return;
    act_reindex_worker_stop(w);
    if (w->started)
        (void)pthread_join(w->thread, NULL);
    act_reindex_state_done(&w->state);
    act_buf_done(&w->text);
    act_arena_free(w->job_arena);
    act_arena_free(w->arena);
    act_dealloc(w);
}
