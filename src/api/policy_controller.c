#include "api/policy_controller.h"

#include "api/condition.h"
#include "api/persisted.h"
#include "base/alloc.h"
#include "base/thread.h"
#include "core/kinds.h"
#include "core/policy.h"
#include "pipeline/policy_source.h"

enum { ARENA_MAX = 512 << 20, WAIT_MS = 200, BATCH = 100, RETRY_MOST_S = 60 };

struct act_policy_controller {
    act_policy_controller_options o;
    act_arena *arena;
    int64_t revision; /* seen up to here */
    uint64_t kinds;   /* version of o.kinds that was looked at */
    atomic_bool stop;
    pthread_t thread;
    bool started;
    act_counter *writes, *retries;
};

static int judge_rules(act_policy_controller *c, const act_json *object, act_condition *ret)
{
    act_problems problems = act_problems_in(c->arena);
    int r = act_policy_new(c->o.env, NULL, object, "spec", &problems, NULL);
    if (r && r != ACT_EINVAL)
        return r;
    *ret = (act_condition){ "Ready", "True", "Valid", ACT_STR("all rules are in force") };
    if (!r)
        return 0;
    act_buf text = ACT_BUF_INIT;
    act_kube_problem_text(problems.first, &text);
    r = act_buf_err(&text);
    if (!r)
        r = act_arena_str(c->arena, act_buf_str(&text), &ret->message);
    act_buf_done(&text);
    ret->status = "False";
    ret->reason = "ValidationFailed";
    return r;
}

static enum act_served is_served(act_policy_controller *c, act_str group, act_str kind)
{
    if (c->o.kinds)
        return act_served_kinds_has(c->o.kinds, group, kind);
    return !act_kinds_have_group(group) || act_plural_of(group, kind).len > 0
               ? ACT_SERVED_YES
               : ACT_SERVED_NO;
}

static int judge_kind(act_policy_controller *c, const act_json *object, act_condition *ret)
{
    const act_json *resource = act_json_path(object, "spec", "resource", (char *)NULL);
    act_str group = act_json_string(act_json_get(resource, ACT_STR("apiGroup")));
    act_str kind = act_json_string(act_json_get(resource, ACT_STR("kind")));
    act_str shown = group.len > 0 ? group : ACT_STR("core");
    switch (is_served(c, group, kind)) {
    case ACT_SERVED_YES:
        return 0;
    case ACT_SERVED_NO:
        *ret = (act_condition){ "Ready", "False", "ResourceNotFound", { 0 } };
        if (c->o.kinds)
            act_served_kinds_hurry(c->o.kinds);
        return act_arena_printf(c->arena, &ret->message,
                                "there is no kind %.*s in API group %.*s",
                                ACT_STR_ARG(kind), ACT_STR_ARG(shown));
    case ACT_SERVED_UNKNOWN:
        break;
    }
    *ret = (act_condition){ "Ready", "Unknown", "DiscoveryUnavailable", { 0 } };
    return act_arena_printf(c->arena, &ret->message,
                            "the kinds of API group %.*s cannot be read yet",
                            ACT_STR_ARG(shown));
}

static int judge(act_policy_controller *c, const act_json *object, act_condition *ret)
{
    int r = judge_rules(c, object, ret);
    return r || strcmp(ret->reason, "Valid") != 0 ? r : judge_kind(c, object, ret);
}

static bool is_of_generation(const act_json *object)
{
    int64_t generation = act_object_generation(object);
    const act_json *ready = act_condition_find(object, "Ready");
    const act_json *seen =
        act_json_path(object, "status", "observedGeneration", (const char *)NULL);
    const act_json *told = act_json_get(ready, ACT_STR("observedGeneration"));
    return seen && seen->type == ACT_JSON_INT && seen->as.i64 == generation && told &&
           told->type == ACT_JSON_INT && told->as.i64 == generation;
}

/* True when the condition need not be written. */
static bool says(const act_json *object, const act_condition *v)
{
    return is_of_generation(object) &&
           (strcmp(v->status, "Unknown") == 0 || act_condition_holds(object, v));
}

static int with_status(act_policy_controller *c, const act_json *object,
                       const act_condition *v, const act_json **ret)
{
    act_json half, whole;
    int r = act_condition_set(c->arena, object, v, act_wall_ns(c->o.clock), &half);
    if (!r)
        r = act_json_with(c->arena, &half, ACT_STR("observedGeneration"),
                          act_json_of_i64(act_object_generation(object)), &whole);
    return r ? r : act_object_with(c->arena, object, "status", &whole, ret);
}

static int reconcile(act_policy_controller *c, const act_entry *entry)
{
    const act_json *object, *after;
    act_condition v;
    act_str text;
    int64_t revision;
    int r = act_persisted_object(c->arena, entry, &object);
    if (!r)
        r = judge(c, object, &v);
    if (r || says(object, &v))
        return r;
    r = with_status(c, object, &v, &after);
    if (!r)
        r = act_persisted_text(c->arena, after, &text);
    if (!r)
        r = act_registry_update(c->o.registry, entry->key, text, entry->mod_revision,
                                &revision);
    if (!r)
        act_counter_add(c->writes, 1);
    /* Somebody changed it: that change is on its way to us. */
    return r == ACT_ECONFLICT || r == ACT_ENOTFOUND ? 0 : r;
}

static int reconcile_all(act_policy_controller *c)
{
    act_list_options options = { .prefix = ACT_STR(ACT_REGISTRY_POLICIES) };
    act_list_result list;
    act_arena_reset(c->arena);
    uint64_t kinds = c->o.kinds ? act_served_kinds_version(c->o.kinds) : 0;
    int r = act_registry_list(c->o.registry, &options, c->arena, &list);
    for (size_t i = 0; !r && i < list.n && !atomic_load(&c->stop); i++)
        r = reconcile(c, &list.entries[i]);
    if (!r) {
        c->revision = list.revision;
        c->kinds = kinds;
    }
    return r;
}

static bool kinds_have_changed(const act_policy_controller *c)
{
    return c->o.kinds && act_served_kinds_version(c->o.kinds) != c->kinds;
}

/* ACT_OK: look at everything again. */
static int follow(act_policy_controller *c, act_registry_watch *w)
{
    int r = 0;
    while ((!r || r == ACT_EAGAIN) && !atomic_load(&c->stop) && !kinds_have_changed(c)) {
        const act_registry_event *events;
        size_t n;
        act_arena_reset(c->arena);
        r = act_registry_watch_next(w, BATCH, WAIT_MS * ACT_NS_PER_MS, c->arena, &events,
                                    &n, NULL);
        for (size_t i = 0; !r && i < n; i++)
            if (events[i].change == ACT_CHANGE_PUT)
                r = reconcile(c, &events[i].entry);
    }
    return r == ACT_EAGAIN ? 0 : r;
}

/* Look at everything, then follow changes until there is a reason to look again. */
static int round_of(act_policy_controller *c)
{
    act_registry_watch *w = NULL;
    int r = reconcile_all(c);
    if (!r)
        r = act_registry_watch_open(c->o.registry, ACT_STR(ACT_REGISTRY_POLICIES),
                                    c->revision, &w);
    if (!r)
        r = follow(c, w);
    if (w)
        act_registry_watch_close(w);
    return r;
}

static void *run(void *arg)
{
    act_policy_controller *c = arg;
    int64_t wait_s = 1;
    while (!atomic_load(&c->stop)) {
        int r = round_of(c);
        if (r == ACT_ECLOSED)
            break;
        if (!r || r == ACT_EGONE || atomic_load(&c->stop)) {
            wait_s = 1;
            continue;
        }
        act_counter_add(c->retries, 1);
        act_warn(c->o.log, "policies cannot be followed, trying again", ACT_F_ERR(r),
                 ACT_F_I64("wait_s", wait_s));
        act_sleep_ns(wait_s * ACT_NS_PER_S, &c->stop);
        wait_s = wait_s * 2 < RETRY_MOST_S ? wait_s * 2 : RETRY_MOST_S;
    }
    return NULL;
}

int act_policy_controller_start(const act_policy_controller_options *options,
                                act_policy_controller **ret)
{
    ACT_AUTO(act_policy_controller) c = act_zalloc(1, sizeof *c);
    if (!c)
        return ACT_ENOMEM;
    c->o = *options;
    c->writes = act_metrics_counter(c->o.metrics, "activity_policy_status_writes_total",
                                    "Conditions written by the policy controller.", NULL);
    c->retries =
        act_metrics_counter(c->o.metrics, "activity_policy_controller_retries_total",
                            "Rounds of the policy controller that failed.", NULL);
    int r = act_arena_new(ARENA_MAX, 64 << 10, &c->arena);
    if (!r)
        r = act_thread_start(&c->thread, "policy-ctrl", run, c);
    if (r)
        return r;
    c->started = true;
    *ret = c;
    c = NULL;
    return 0;
}

void act_policy_controller_free(act_policy_controller *c)
{
    if (!c)
        return;
    atomic_store(&c->stop, true);
    if (c->started)
        (void)pthread_join(c->thread, NULL);
    act_arena_free(c->arena);
    act_dealloc(c);
}
