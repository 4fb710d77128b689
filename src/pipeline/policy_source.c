#include "pipeline/policy_source.h"

#include "base/alloc.h"
#include "base/thread.h"

enum { ARENA_MAX = 512 << 20, WATCH_WAIT_MS = 200, WATCH_BATCH = 1000 };

struct act_policy_source {
    act_policy_source_options o;
    act_json_parser *parser;
    act_arena *arena;
    pthread_mutex_t lock;
    act_policy_set *set;
    int64_t revision;
    uint64_t version;
    atomic_bool stop;
    pthread_t thread;
    bool started;
    act_gauge *valid, *invalid;
    act_counter *reloads;
};

/* The stored objects as JSON; one that cannot be read is left out. */
static int parse_all(act_policy_source *s, const act_list_result *list,
                     const act_json ***ret, size_t *ret_n)
{
    const act_json **objects = act_arena_alloc(s->arena, (list->n + 1) * sizeof(*objects));
    if (!objects)
        return ACT_ENOMEM;
    size_t n = 0;
    for (size_t i = 0; i < list->n; i++) {
        int r = act_json_parse(s->parser, s->arena, list->entries[i].value,
                               ACT_REGISTRY_PADDING, &objects[n], NULL);
        if (r == ACT_ENOMEM)
            return r;
        n += !r;
    }
    *ret = objects;
    *ret_n = n;
    return 0;
}

static void publish(act_policy_source *s, act_policy_set *set, int64_t revision)
{
    (void)pthread_mutex_lock(&s->lock);
    act_policy_set *old = s->set;
    s->set = set;
    s->revision = revision;
    (void)pthread_mutex_unlock(&s->lock);
    (void)act_policy_set_unref(old);
}

/* The name of an object by its key. */
static act_str name_of(const act_entry *e)
{
    return act_str_cut(e->key, sizeof ACT_REGISTRY_POLICIES - 1);
}

static void tell(act_policy_source *s, const act_list_result *list,
                 const act_policy_set *set)
{
    size_t valid = act_policy_set_count(set);
    act_gauge_set(s->valid, (int64_t)valid);
    act_gauge_set(s->invalid, (int64_t)(list->n - valid));
    act_counter_add(s->reloads, 1);
    act_info(s->o.log, "policies in force", ACT_F_I64("valid", valid),
             ACT_F_I64("invalid", list->n - valid), ACT_F_I64("revision", list->revision));
    for (size_t i = 0; i < list->n && valid < list->n; i++)
        if (!act_policy_set_find(set, name_of(&list->entries[i])))
            act_warn(s->o.log, "a policy is not valid and does not work",
                     ACT_F_STR("policy", name_of(&list->entries[i])));
}

/* Compile what the registry holds now. */
static int reload(act_policy_source *s)
{
    act_list_options options = { .prefix = ACT_STR(ACT_REGISTRY_POLICIES) };
    act_list_result list;
    const act_json **objects = NULL;
    act_policy_set *set = NULL;
    size_t n = 0;
    act_arena_reset(s->arena);
    int r = act_registry_list(s->o.registry, &options, s->arena, &list);
    if (!r)
        r = parse_all(s, &list, &objects, &n);
    if (!r)
        r = act_policy_set_new(s->o.env, objects, n, ++s->version, &set, NULL);
    if (r)
        return r;
    tell(s, &list, set);
    publish(s, set, list.revision);
    return 0;
}

/* Wait for changes from the snapshot's revision on; 0 when there was one. */
static int wait_for_change(act_policy_source *s, act_registry_watch *w)
{
    const act_registry_event *events;
    size_t n;
    int r = ACT_EAGAIN;
    while (r == ACT_EAGAIN && !atomic_load(&s->stop)) {
        act_arena_reset(s->arena);
        r = act_registry_watch_next(w, WATCH_BATCH, WATCH_WAIT_MS * ACT_NS_PER_MS, s->arena,
                                    &events, &n, NULL);
    }
    return r;
}

static void *run(void *arg)
{
    act_policy_source *s = arg;
    while (!atomic_load(&s->stop)) {
        act_registry_watch *w = NULL;
        int r = act_registry_watch_open(s->o.registry, ACT_STR(ACT_REGISTRY_POLICIES),
                                        s->revision, &w);
        while (!r && !atomic_load(&s->stop)) {
            r = wait_for_change(s, w);
            if (!r)
                r = reload(s);
        }
        if (w)
            act_registry_watch_close(w);
        if (r == ACT_ECLOSED || atomic_load(&s->stop))
            break;
        if (r == ACT_EGONE)
            r = reload(s);
        if (r) {
            act_warn(s->o.log, "policies cannot be read, trying again", ACT_F_ERR(r));
            act_sleep_ns(ACT_NS_PER_S, &s->stop);
        }
    }
    return NULL;
}

int act_policy_source_start(const act_policy_source_options *o, act_policy_source **ret)
{
    ACT_AUTO(act_policy_source) s = act_zalloc(1, sizeof *s);
    if (!s)
        return ACT_ENOMEM;
    s->o = *o;
    (void)pthread_mutex_init(&s->lock, NULL);
    s->valid = act_metrics_gauge(o->metrics, "activity_policies",
                                 "Policies in the registry, by whether they work.",
                                 (const char *const[]){ "state", "valid", NULL });
    s->invalid = act_metrics_gauge(o->metrics, "activity_policies",
                                   "Policies in the registry, by whether they work.",
                                   (const char *const[]){ "state", "invalid", NULL });
    s->reloads = act_metrics_counter(o->metrics, "activity_policy_reloads_total",
                                     "Snapshots compiled.", NULL);
    act_json_limits limits = { 0 };
    int r = act_json_parser_new(limits, &s->parser);
    if (!r)
        r = act_arena_new(ARENA_MAX, 64 << 10, &s->arena);
    if (!r)
        r = reload(s);
    if (!r)
        r = act_thread_start(&s->thread, "policies", run, s);
    if (r)
        return r;
    s->started = true;
    *ret = s;
    s = NULL;
    return 0;
}

act_policy_set *act_policy_source_get(act_policy_source *s)
{
    (void)pthread_mutex_lock(&s->lock);
    act_policy_set *set = act_policy_set_ref(s->set);
    (void)pthread_mutex_unlock(&s->lock);
    return set;
}

int64_t act_policy_source_revision(act_policy_source *s)
{
    (void)pthread_mutex_lock(&s->lock);
    int64_t revision = s->revision;
    (void)pthread_mutex_unlock(&s->lock);
    return revision;
}

void act_policy_source_free(act_policy_source *s)
{
    if (!s)
        return;
    atomic_store(&s->stop, true);
    if (s->started)
        (void)pthread_join(s->thread, NULL);
    (void)act_policy_set_unref(s->set);
    (void)pthread_mutex_destroy(&s->lock);
    act_json_parser_free(s->parser);
    act_arena_free(s->arena);
    act_dealloc(s);
}
