#include "api/reindex_controller.h"

#include "api/persisted.h"
#include "api/reindex_events.h"
#include "api/reindex_jobs.h"
#include "base/alloc.h"
#include "base/thread.h"
#include "registry/lease.h"

#include <stdlib.h>

enum {
    ARENA_MAX = 512 << 20,
    WAIT_MS = 100,
    BATCH = 100,
    RETRY_MS = 500,
};

/* A job as it stands in the registry. */
typedef struct {
    act_entry entry;
    const act_json *object;
    act_str name, uid;
    enum act_reindex_phase phase;
    bool deleting;
    int64_t revision; /* of the last write that is known */
    bool queued;      /* it has become Pending in this round */
} job;

struct act_reindex_controller {
    act_reindex_controller_options o;
    act_arena *arena;       /* of one look at all jobs */
    act_arena *write_arena; /* of one write */
    act_lease *lease;
    act_str holder;
    act_reindex_worker *workers[ACT_REINDEX_JOBS_MOST]; /* NULL: a place is free */
    int64_t revision; /* of the jobs that were looked at */
    int64_t due_ns;   /* wall time at which the next one goes */
    atomic_bool stop;
    pthread_t thread;
    bool started;
    act_gauge *running, *pending;
    act_counter *expired, *retries;
};

/* ---- workers ----------------------------------------------------------------------- */

static act_reindex_worker **place_of(act_reindex_controller *c, act_str uid)
{
    for (size_t i = 0; i < ACT_REINDEX_JOBS_MOST; i++)
        if (c->workers[i] && act_str_eq(act_reindex_worker_uid(c->workers[i]), uid))
            return &c->workers[i];
    return NULL;
}

/* A free place, while fewer than the most run. */
static act_reindex_worker **free_place(act_reindex_controller *c)
{
    for (size_t i = 0; i < c->o.most; i++)
        if (!c->workers[i])
            return &c->workers[i];
    return NULL;
}

static void free_place_at(act_reindex_worker **place)
{
    act_reindex_worker_free(*place);
    *place = NULL;
}

/* Tell all first, so that they end beside one another. */
static void drop_workers(act_reindex_controller *c)
{
    for (size_t i = 0; i < ACT_REINDEX_JOBS_MOST; i++)
        if (c->workers[i])
            act_reindex_worker_stop(c->workers[i]);
    for (size_t i = 0; i < ACT_REINDEX_JOBS_MOST; i++)
        free_place_at(&c->workers[i]);
    act_gauge_set(c->running, 0);
}

/* True when a worker has ended that nobody has taken note of. */
static bool any_is_over(const act_reindex_controller *c)
{
    for (size_t i = 0; i < ACT_REINDEX_JOBS_MOST; i++)
        if (c->workers[i] && act_reindex_worker_is_over(c->workers[i]))
            return true;
    return false;
}

static int start_worker(act_reindex_controller *c, const job *j, act_reindex_worker **place)
{
    const act_reindex_worker_options o = { .broker = c->o.broker,
                                           .store = c->o.store,
                                           .registry = c->o.registry,
                                           .env = c->o.env,
                                           .holder = c->holder,
                                           .patience_ns = c->o.patience_ns,
                                           .clock = c->o.clock,
                                           .log = c->o.log,
                                           .metrics = c->o.metrics };
    return act_reindex_worker_start(&o, j->name, j->uid, place);
}

/* ---- one job ----------------------------------------------------------------------- */

/* Another write was faster: it is on its way to us. */
static int forgive(int err)
{
    return err == ACT_ECONFLICT || err == ACT_ENOTFOUND || err == ACT_ECLOSED ? 0 : err;
}

static act_reindex_ref ref_of(const act_reindex_controller *c, const job *j)
{
    return (act_reindex_ref){ c->o.registry, c->o.clock, j->entry.key, j->uid };
}

/* ---- Events ------------------------------------------------------------------------ */

static void tell(const act_reindex_controller *c, const job *j, enum act_reindex_event what,
                 act_str note, int64_t now_ns)
{
    const act_reindex_teller teller = { c->o.broker, c->o.log, c->o.metrics };
    const act_reindex_subject of = { j->name, j->uid, j->revision };
    act_reindex_tell(&teller, what, &of, note, now_ns);
}

static int say_most(const act_reindex_controller *c, const char *word, act_str *ret)
{
    return act_arena_printf(c->arena, ret, "%s: at most %u %s at once", word, c->o.most,
                            c->o.most == 1 ? "job runs" : "jobs run");
}

static int tell_queued(const act_reindex_controller *c, const job *j)
{
    act_str note;
    int r = say_most(c, "Queued", &note);
    if (!r)
        tell(c, j, ACT_REINDEX_EVENT_QUEUED, note, act_wall_ns(c->o.clock));
    return r;
}

static int tell_expired(const act_reindex_controller *c, const job *j)
{
    act_str note;
    int r = act_arena_printf(
        c->arena, &note, "Deleted %lld s after its end, as ttlSecondsAfterFinished says",
        (long long)act_reindex_spec_of(j->object).ttl_s);
    if (!r)
        tell(c, j, ACT_REINDEX_EVENT_TTL_EXPIRED, note, act_wall_ns(c->o.clock));
    return r;
}

/* Its worker ended between saying so in the job and telling it. */
static void tell_end(const act_reindex_controller *c, const job *j)
{
    int64_t completed;
    if (act_rfc3339_parse(
            act_json_string(act_json_path(j->object, "status", "completedAt", NULL)),
            &completed))
        completed = act_wall_ns(c->o.clock);
    tell(c, j,
         j->phase == ACT_REINDEX_FAILED ? ACT_REINDEX_EVENT_FAILED
                                        : ACT_REINDEX_EVENT_SUCCEEDED,
         act_json_string(act_json_path(j->object, "status", "message", NULL)), completed);
}

/* ---- ends -------------------------------------------------------------------------- */

/* Its worker, if it has one, is to end. True when it has none any more. */
static bool end_worker(act_reindex_controller *c, const job *j)
{
    act_reindex_worker **place = place_of(c, j->uid);
    if (place && !act_reindex_worker_is_over(*place)) {
        act_reindex_worker_stop(*place);
        return false;
    }
    if (place)
        free_place_at(place);
    return true;
}

static int let_go(act_reindex_controller *c, const job *j)
{
    if (!end_worker(c, j))
        return 0;
    act_info(c->o.log, "a reindex job is deleted", ACT_F_STR("job", j->name));
    return forgive(act_reindex_release(c->o.registry, c->arena, &j->entry, j->object));
}

static int finish(act_reindex_controller *c, const job *j)
{
    if (!end_worker(c, j))
        return 0;
    int64_t expiry = act_reindex_expiry_ns(j->object);
    if (expiry > act_wall_ns(c->o.clock)) {
        c->due_ns = expiry < c->due_ns ? expiry : c->due_ns;
        return forgive(act_reindex_release(c->o.registry, c->arena, &j->entry, j->object));
    }
    act_reindex_ref ref = ref_of(c, j);
    int r = act_reindex_remove(&ref, c->arena, &j->entry, j->object);
    if (r)
        return forgive(r);
    act_info(c->o.log, "a reindex job has had its time", ACT_F_STR("job", j->name));
    act_counter_add(c->expired, 1);
    return tell_expired(c, j);
}

/* Pending, with the finalizer; waiting for a place when there is none. */
static int adopt(act_reindex_controller *c, job *j)
{
    act_str message;
    act_reindex_ref ref = ref_of(c, j);
    int r = say_most(c, "Pending", &message);
    if (r || (j->phase != ACT_REINDEX_NEW && act_reindex_has_finalizer(j->object)))
        return r;
    const act_reindex_report report = { .phase = j->phase == ACT_REINDEX_RUNNING
                                                     ? ACT_REINDEX_RUNNING
                                                     : ACT_REINDEX_PENDING,
                                        .message = message };
    r = act_reindex_report_write(&ref, c->write_arena, &report, &j->revision);
    j->queued = !r && j->phase == ACT_REINDEX_NEW;
    return forgive(r);
}

/* ---- all jobs ---------------------------------------------------------------------- */

static bool is_waiting(const job *j)
{
    return !j->deleting && !act_reindex_is_final(j->phase);
}

static int reconcile(act_reindex_controller *c, job *j)
{
    if (j->deleting)
        return let_go(c, j);
    return act_reindex_is_final(j->phase) ? finish(c, j) : adopt(c, j);
}

/* Those that were running go first, then who came first. */
static int compare_jobs(const void *a, const void *b)
{
    const job *x = a, *y = b;
    bool p = x->phase == ACT_REINDEX_RUNNING, q = y->phase == ACT_REINDEX_RUNNING;
    if (p != q)
        return p ? -1 : 1;
    return (x->entry.create_revision > y->entry.create_revision) -
           (x->entry.create_revision < y->entry.create_revision);
}

/* Places of workers that have ended, and of those whose job is not there any more. */
static void clear_places(act_reindex_controller *c, const job *jobs, size_t n)
{
    for (size_t i = 0; i < ACT_REINDEX_JOBS_MOST; i++) {
        act_reindex_worker *w = c->workers[i];
        size_t k = 0;
        while (w && k < n && !act_str_eq(jobs[k].uid, act_reindex_worker_uid(w)))
            k++;
        if (w && act_reindex_worker_is_over(w))
            free_place_at(&c->workers[i]);
        else if (w && k == n)
            act_reindex_worker_stop(w);
    }
}

static int give_places(act_reindex_controller *c, const job *jobs, size_t n)
{
    int64_t running = 0, pending = 0;
    int r = 0;
    for (size_t i = 0; i < n && !r; i++) {
        if (!is_waiting(&jobs[i]))
            continue;
        act_reindex_worker **place = place_of(c, jobs[i].uid);
        if (!place && (place = free_place(c)) != NULL)
            r = start_worker(c, &jobs[i], place);
        else if (!place && jobs[i].queued)
            r = tell_queued(c, &jobs[i]);
        running += place != NULL;
        pending += place == NULL;
    }
    act_gauge_set(c->running, running);
    act_gauge_set(c->pending, pending);
    return r;
}

/* What workers have kept of jobs that are not there any more, or have ended. Of these one
 * has been told, unless the worker could not. */
static int sweep_runs(act_reindex_controller *c, const job *jobs, size_t n)
{
    act_list_options options = { .prefix = ACT_STR(ACT_REGISTRY_REINDEX_RUNS) };
    act_list_result list;
    int r = act_registry_list(c->o.registry, &options, c->arena, &list);
    for (size_t i = 0; !r && i < list.n; i++) {
        const act_entry *run = &list.entries[i];
        act_str name = act_str_cut(run->key, sizeof ACT_REGISTRY_REINDEX_RUNS - 1);
        int64_t revision;
        size_t k = 0;
        while (k < n && !act_str_eq(jobs[k].name, name))
            k++;
        bool worked_on = k < n && (is_waiting(&jobs[k]) || place_of(c, jobs[k].uid));
        if (!worked_on && k < n && act_reindex_is_final(jobs[k].phase))
            tell_end(c, &jobs[k]);
        if (!worked_on)
            r = forgive(
                act_registry_delete(c->o.registry, run->key, run->mod_revision, &revision));
    }
    return r;
}

static int read_jobs(act_reindex_controller *c, job **ret, size_t *ret_n)
{
    act_list_options options = { .prefix = ACT_STR(ACT_REGISTRY_REINDEX_JOBS) };
    act_list_result list;
    act_arena_reset(c->arena);
    int r = act_registry_list(c->o.registry, &options, c->arena, &list);
    job *jobs = r ? NULL : act_arena_make_n(c->arena, job, list.n + 1);
    size_t n = 0;
    if (!r && !jobs)
        r = ACT_ENOMEM;
    for (size_t i = 0; !r && i < list.n; i++) {
        job j = { .entry = list.entries[i] };
        r = act_persisted_object(c->arena, &j.entry, &j.object);
        if (r && r != ACT_ENOMEM) { /* nobody can read it: nobody can run it */
            r = 0;
            continue;
        }
        j.name = act_str_cut(j.entry.key, sizeof ACT_REGISTRY_REINDEX_JOBS - 1);
        j.uid = act_object_meta(j.object, "uid");
        j.phase = act_reindex_phase_of(j.object);
        j.revision = j.entry.mod_revision;
        j.deleting = act_object_meta(j.object, "deletionTimestamp").len > 0;
        jobs[n++] = j;
    }
    if (r)
        return r;
    c->revision = list.revision;
    qsort(jobs, n, sizeof *jobs, compare_jobs);
    *ret = jobs;
    *ret_n = n;
    return 0;
}

static int reconcile_all(act_reindex_controller *c)
{
    job *jobs;
    size_t n;
    c->due_ns = INT64_MAX;
    int r = read_jobs(c, &jobs, &n);
    if (r)
        return r;
    for (size_t i = 0; i < n && !r && !atomic_load(&c->stop); i++)
        r = reconcile(c, &jobs[i]);
    if (!r) {
        clear_places(c, jobs, n);
        r = sweep_runs(c, jobs, n);
    }
    if (!r && !atomic_load(&c->stop))
        r = give_places(c, jobs, n);
    return r;
}

/* ---- the thread -------------------------------------------------------------------- */

static bool is_due(const act_reindex_controller *c)
{
    return any_is_over(c) || act_wall_ns(c->o.clock) >= c->due_ns;
}

/* Until there is a reason to look at all jobs again. */
static int wait_for_reason(act_reindex_controller *c, act_registry_watch *w)
{
    const act_registry_event *events;
    size_t n;
    int r = ACT_EAGAIN;
    while (r == ACT_EAGAIN && !atomic_load(&c->stop) && !is_due(c)) {
        r = act_lease_hold(c->lease);
        if (r)
            return r == ACT_EAGAIN ? ACT_EDENIED : r;
        act_arena_reset(c->arena);
        r = act_registry_watch_next(w, BATCH, WAIT_MS * ACT_NS_PER_MS, c->arena, &events,
                                    &n, NULL);
    }
    return r == ACT_EAGAIN ? 0 : r;
}

/* Look after the jobs, as long as the lease is ours. */
static int lead(act_reindex_controller *c)
{
    act_registry_watch *w = NULL;
    int r = act_lease_hold(c->lease);
    if (!r)
        r = reconcile_all(c);
    if (!r)
        r = act_registry_watch_open(c->o.registry, ACT_STR(ACT_REGISTRY_REINDEX_JOBS),
                                    c->revision, &w);
    while (!r && !atomic_load(&c->stop)) {
        r = wait_for_reason(c, w);
        if (!r)
            r = reconcile_all(c);
    }
    if (w)
        act_registry_watch_close(w);
    return r;
}

static void *run(void *arg)
{
    act_reindex_controller *c = arg;
    while (!atomic_load(&c->stop)) {
        int r = lead(c);
        if (r == ACT_ECLOSED)
            break;
        if (!act_lease_is_held(c->lease))
            drop_workers(c);
        if (r && r != ACT_EAGAIN && r != ACT_EDENIED && r != ACT_EGONE &&
            !atomic_load(&c->stop)) {
            act_counter_add(c->retries, 1);
            act_warn(c->o.log, "reindex jobs cannot be followed, trying again",
                     ACT_F_ERR(r));
        }
        if (r != ACT_EGONE)
            act_sleep_ns(RETRY_MS * ACT_NS_PER_MS, &c->stop);
    }
    return NULL;
}

/* ---- life -------------------------------------------------------------------------- */

static void make_metrics(act_reindex_controller *c)
{
    act_metrics *m = c->o.metrics;
    c->running = act_metrics_gauge(m, "activity_reindex_jobs_running",
                                   "Reindex jobs that run in this process.", NULL);
    c->pending = act_metrics_gauge(m, "activity_reindex_jobs_pending",
                                   "Reindex jobs that wait for a place.", NULL);
    c->expired = act_metrics_counter(m, "activity_reindex_jobs_ttl_deleted_total",
                                     "Reindex jobs deleted ttlSecondsAfterFinished after "
                                     "their end.",
                                     NULL);
    c->retries =
        act_metrics_counter(m, "activity_reindex_controller_retries_total",
                            "Rounds of the controller of reindex jobs that failed.", NULL);
}

static int make_lease(act_reindex_controller *c)
{
    act_str holder;
    int r = act_uid_make(c->write_arena, c->o.random, &holder);
    if (!r)
        r = act_str_dup(holder, &c->holder);
    if (r)
        return r;
    const act_lease_options o = { .registry = c->o.registry,
                                  .key = ACT_STR(ACT_REGISTRY_REINDEX_LEASE),
                                  .holder = c->holder,
                                  .duration_ns = c->o.lease_ns,
                                  .alone = c->o.alone,
                                  .clock = c->o.clock };
    return act_lease_new(&o, &c->lease);
}

int act_reindex_controller_start(const act_reindex_controller_options *o,
                                 act_reindex_controller **ret)
{
    ACT_AUTO(act_reindex_controller) c = act_zalloc(1, sizeof *c);
    if (!c)
        return ACT_ENOMEM;
    c->o = *o;
    c->o.most = o->most < ACT_REINDEX_JOBS_MOST ? o->most : ACT_REINDEX_JOBS_MOST;
    c->o.lease_ns = o->lease_ns ? o->lease_ns : ACT_REINDEX_LEASE_NS;
    c->o.patience_ns = o->patience_ns ? o->patience_ns : ACT_REINDEX_PATIENCE_NS;
    c->due_ns = INT64_MAX;
    make_metrics(c);
    int r = act_arena_new(ARENA_MAX, 64 << 10, &c->arena);
    if (!r)
        r = act_arena_new(ARENA_MAX, 0, &c->write_arena);
    if (!r)
        r = make_lease(c);
    if (!r)
        r = act_thread_start(&c->thread, "reindex-ctrl", run, c);
    if (r)
        return r;
    c->started = true;
    *ret = c;
    c = NULL;
    return 0;
}

void act_reindex_controller_free(act_reindex_controller *c)
{
    if (!c)
        return;
    atomic_store(&c->stop, true);
    if (c->started)
        (void)pthread_join(c->thread, NULL);
    drop_workers(c);
    act_lease_free(c->lease);
    act_str_free(c->holder);
    act_arena_free(c->arena);
    act_arena_free(c->write_arena);
    act_dealloc(c);
}
