#include "pipeline/reindex_policies.h"

#include "base/alloc.h"
#include "pipeline/policy_source.h"

enum { ARENA_MAX = 512 << 20, NAMED_MAX = 8 /* policies named in a message */ };

/* One policy of the registry, as far as it matters here. */
typedef struct {
    const act_json *object;
    act_str name;
    act_reindex_kind kind;
    bool asked; /* for by the selector */
    bool ready; /* True, of this generation, and its rules compile */
    bool judged;
} candidate;

struct act_reindex_policies {
    act_arena *arena;
    int64_t revision;
    candidate *all; /* by name */
    size_t n;
    bool selects_all;
    act_policy_set *set;
    act_reindex_kind *kinds;
    size_t n_kinds;
    act_str unused;
};

/* ---- what the registry has --------------------------------------------------------- */

static const act_json *ready_of(const act_json *object)
{
    size_t n;
    const act_json *items =
        act_json_items(act_json_path(object, "status", "conditions", (char *)NULL), &n);
    for (size_t i = 0; i < n; i++)
        if (act_json_is(act_json_get(&items[i], ACT_STR("type")), ACT_STR("Ready")))
            return &items[i];
    return NULL;
}

static int64_t number_at(const act_json *object, const char *key)
{
    const act_json *v = act_json_get(object, act_str_cstr(key));
    return v && v->type == ACT_JSON_INT ? v->as.i64 : 0;
}

static candidate read_candidate(const act_entry *entry, const act_json *object)
{
    const act_json *metadata = act_json_get(object, ACT_STR("metadata"));
    const act_json *resource = act_json_path(object, "spec", "resource", (char *)NULL);
    const act_json *ready = ready_of(object);
    candidate c = {
        .object = object,
        .name = act_str_cut(entry->key, sizeof ACT_REGISTRY_POLICIES - 1),
        .kind = { act_json_string(act_json_get(resource, ACT_STR("apiGroup"))),
                  act_json_string(act_json_get(resource, ACT_STR("kind"))) },
    };
    c.judged = ready &&
               number_at(ready, "observedGeneration") >= number_at(metadata, "generation");
    c.ready =
        c.judged && act_json_is(act_json_get(ready, ACT_STR("status")), ACT_STR("True"));
    return c;
}

static int list_candidates(act_reindex_policies *p, const act_reindex_policies_options *o)
{
    act_list_options options = { .prefix = ACT_STR(ACT_REGISTRY_POLICIES),
                                 .at_revision = o->revision };
    act_list_result list;
    ACT_AUTO(act_json_parser) parser = NULL;
    int r = act_json_parser_new((act_json_limits){ 0 }, &parser);
    if (!r)
        r = act_registry_list(o->registry, &options, p->arena, &list);
    if (r)
        return r;
    p->revision = list.revision;
    p->all = act_arena_make_n(p->arena, candidate, list.n + 1);
    if (!p->all)
        return ACT_ENOMEM;
    for (size_t i = 0; i < list.n && !r; i++) {
        const act_json *object;
        r = act_json_parse(parser, p->arena, list.entries[i].value, ACT_REGISTRY_PADDING,
                           &object, NULL);
        if (!r)
            p->all[p->n++] = read_candidate(&list.entries[i], object);
        else if (r != ACT_ENOMEM)
            r = 0; /* not an object: in force for nobody */
    }
    return r;
}

static int compile(act_reindex_policies *p, const act_rule_env *env)
{
    const act_json **objects = act_arena_alloc(p->arena, (p->n + 1) * sizeof(*objects));
    size_t n = 0;
    if (!objects)
        return ACT_ENOMEM;
    for (size_t i = 0; i < p->n; i++)
        if (p->all[i].ready)
            objects[n++] = p->all[i].object;
    int r = act_policy_set_new(env, objects, n, 1, &p->set, NULL);
    for (size_t i = 0; i < p->n && !r; i++)
        p->all[i].ready = p->all[i].ready && act_policy_set_find(p->set, p->all[i].name);
    return r;
}

/* ---- what was asked for ------------------------------------------------------------ */

static candidate *find(const act_reindex_policies *p, act_str name)
{
    for (size_t i = 0; i < p->n; i++)
        if (act_str_eq(p->all[i].name, name))
            return &p->all[i];
    return NULL;
}

/* One more name of a list; of long lists the first ones. */
static void add_name(act_buf *names, size_t *n, act_str name)
{
    if (*n < NAMED_MAX)
        act_buf_printf(names, "%s%.*s", *n > 0 ? ", " : "", ACT_STR_ARG(name));
    else if (*n == NAMED_MAX)
        act_buf_add(names, ACT_STR(" and more"));
    ++*n;
}

static int ask_by_name(act_reindex_policies *p, const act_json *names, act_err *reterr)
{
    size_t n, n_missing = 0;
    const act_json *items = act_json_items(names, &n);
    act_buf missing = ACT_BUF_INIT;
    for (size_t i = 0; i < n; i++) {
        candidate *c = find(p, act_json_string(&items[i]));
        if (c)
            c->asked = true;
        else
            add_name(&missing, &n_missing, act_json_string(&items[i]));
    }
    int r = act_buf_err(&missing);
    if (!r && n_missing > 0)
        r = act_fail(reterr, ACT_EINVAL, "there is no ActivityPolicy %.*s",
                     ACT_STR_ARG(act_buf_str(&missing)));
    act_buf_done(&missing);
    return r;
}

static bool has_labels(const act_json *object, const act_json *wanted)
{
    size_t n;
    const act_json_member *m = act_json_members(wanted, &n);
    const act_json *labels = act_json_path(object, "metadata", "labels", (char *)NULL);
    for (size_t i = 0; i < n; i++) {
        const act_json *has = act_json_get(labels, m[i].key);
        if (!has || !act_json_is(has, act_json_string(&m[i].value)))
            return false;
    }
    return true;
}

static int ask(act_reindex_policies *p, const act_reindex_selector *s, act_err *reterr)
{
    size_t n_names, n_labels, n_asked = 0;
    (void)act_json_items(s->names, &n_names);
    (void)act_json_members(s->labels, &n_labels);
    p->selects_all = n_names == 0 && n_labels == 0;
    if (n_names > 0)
        return ask_by_name(p, s->names, reterr);
    for (size_t i = 0; i < p->n; i++) {
        p->all[i].asked = has_labels(p->all[i].object, s->labels);
        n_asked += p->all[i].asked;
    }
    if (n_asked > 0)
        return 0;
    return act_fail(reterr, ACT_EINVAL, "%s",
                    n_labels > 0 ? "no ActivityPolicy has the labels of spec.policySelector"
                                 : "there are no ActivityPolicies");
}

/* ---- what that comes to ------------------------------------------------------------ */

static int note_unused(act_reindex_policies *p)
{
    act_buf names = ACT_BUF_INIT;
    size_t n = 0;
    for (size_t i = 0; i < p->n; i++)
        if (p->all[i].asked && !p->all[i].ready)
            add_name(&names, &n, p->all[i].name);
    int r = act_buf_err(&names);
    if (!r)
        r = act_arena_str(p->arena, act_buf_str(&names), &p->unused);
    act_buf_done(&names);
    return r;
}

static bool same_kind(const act_reindex_kind *a, act_str group, act_str kind)
{
    return act_str_eq(a->group, group) && act_str_eq(a->kind, kind);
}

static int gather_kinds(act_reindex_policies *p)
{
    p->kinds = act_arena_make_n(p->arena, act_reindex_kind, p->n + 1);
    if (!p->kinds)
        return ACT_ENOMEM;
    for (size_t i = 0; i < p->n; i++) {
        const act_reindex_kind *k = &p->all[i].kind;
        size_t at = 0;
        while (at < p->n_kinds && !same_kind(&p->kinds[at], k->group, k->kind))
            at++;
        if (p->all[i].asked && p->all[i].ready && at == p->n_kinds)
            p->kinds[p->n_kinds++] = *k;
    }
    return 0;
}

/* ACT_EINVAL when nothing of what was asked for is in force. */
static int check_use(const act_reindex_policies *p, bool patient, act_err *reterr)
{
    for (size_t i = 0; i < p->n && patient; i++)
        if (p->all[i].asked && !p->all[i].judged)
            return ACT_EAGAIN;
    return p->n_kinds > 0 ? 0
                          : act_fail(reterr, ACT_EINVAL,
                                     "none of these ActivityPolicies is Ready: %.*s",
                                     ACT_STR_ARG(p->unused));
}

int act_reindex_policies_read(const act_reindex_policies_options *o,
                              act_reindex_policies **ret, act_err *reterr)
{
    ACT_AUTO(act_reindex_policies) p = act_zalloc(1, sizeof *p);
    if (!p)
        return ACT_ENOMEM;
    int r = act_arena_new(ARENA_MAX, 64 << 10, &p->arena);
    if (!r)
        r = list_candidates(p, o);
    if (!r)
        r = compile(p, o->env);
    if (!r)
        r = ask(p, &o->selector, reterr);
    if (!r)
        r = note_unused(p);
    if (!r)
        r = gather_kinds(p);
    if (!r)
        r = check_use(p, o->patient, reterr);
    if (r)
        return r;
    *ret = p;
    p = NULL;
    return 0;
}

void act_reindex_policies_free(act_reindex_policies *p)
{
    if (!p)
        return;
    (void)act_policy_set_unref(p->set);
    act_arena_free(p->arena);
    act_dealloc(p);
}

/* ---- questions --------------------------------------------------------------------- */

act_policy_set *act_reindex_policies_set(const act_reindex_policies *p)
{
    return p->set;
}

int64_t act_reindex_policies_revision(const act_reindex_policies *p)
{
    return p->revision;
}

act_str act_reindex_policies_unused(const act_reindex_policies *p)
{
    return p->unused;
}

const act_reindex_kind *act_reindex_policies_kinds(const act_reindex_policies *p,
                                                   size_t *ret_n)
{
    *ret_n = p->n_kinds;
    return p->kinds;
}

bool act_reindex_policies_are_all(const act_reindex_policies *p)
{
    return p->selects_all;
}

bool act_reindex_policies_select(const act_reindex_policies *p, const act_policy *policy)
{
    const candidate *c = find(p, act_policy_name(policy));
    return c && c->asked;
}

bool act_reindex_policies_may_remove(const act_reindex_policies *p, act_str group,
                                     act_str kind)
{
    bool asked = p->selects_all;
    for (size_t i = 0; i < p->n; i++) {
        const candidate *c = &p->all[i];
        if (!same_kind(&c->kind, group, kind))
            continue;
        if (!c->ready)
            return false;
        asked = asked || c->asked;
    }
    return asked;
}
