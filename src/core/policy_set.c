#include "core/policy_set.h"

#include "base/alloc.h"

#include <stdatomic.h>

/* What a table entry is keyed by beside group and name. */
enum key_kind { KEY_AUDIT_PLURAL, KEY_AUDIT_KIND, KEY_EVENT_KIND, KEY_GROUP };

typedef struct {
    uint64_t hash;
    enum key_kind kind;
    act_str group, name; /* views of the first policy */
    size_t n;
    const act_policy **policies; /* in name order; NULL: entry is free */
} entry;

struct act_policy_set {
    atomic_size_t refs;
    uint64_t version;
    cel_slots *slots[ACT_RULE_KINDS];
    size_t n;
    act_policy **policies; /* sorted by name */
    size_t mask;
    entry *table; /* open addressing, at most half full */
    act_arena *arena;
};

static uint64_t key_hash(enum key_kind kind, act_str group, act_str name)
{
    uint64_t h = act_str_hash(group) * 0x9E3779B97F4A7C15u + act_str_hash(name);
    return h ^ (h >> 31) ^ (uint64_t)kind;
}

/* The entry of the key, or the free one where it belongs. */
static entry *find_entry(const act_policy_set *s, enum key_kind kind, act_str group,
                         act_str name)
{
    uint64_t hash = key_hash(kind, group, name);
    for (size_t i = hash & s->mask;; i = (i + 1) & s->mask) {
        entry *e = &s->table[i];
        if (!e->policies || (e->hash == hash && e->kind == kind &&
                             act_str_eq(e->name, name) && act_str_eq(e->group, group)))
            return e;
    }
}

static int add_to_entry(act_policy_set *s, enum key_kind kind, act_str group, act_str name,
                        const act_policy *policy)
{
    entry *e = find_entry(s, kind, group, name);
    /* Room for all policies: a key has a few, and the set lives long. */
    if (!e->policies) {
        e->policies = act_arena_array(s->arena, s->n, sizeof *e->policies);
        if (!e->policies)
            return ACT_ENOMEM;
        e->hash = key_hash(kind, group, name);
        e->kind = kind;
        e->group = group;
        e->name = name;
    }
    e->policies[e->n++] = policy;
    return ACT_OK;
}

static int index_policy(act_policy_set *s, const act_policy *p)
{
    size_t audit, event;
    (void)act_policy_rules(p, ACT_RULE_AUDIT, &audit); /* only the counts */
    (void)act_policy_rules(p, ACT_RULE_EVENT, &event);
    act_str group = act_policy_group(p), kind = act_policy_kind(p);
    int err = add_to_entry(s, KEY_GROUP, group, (act_str){ 0 }, p);
    if (!err && audit)
        err = add_to_entry(s, KEY_AUDIT_PLURAL, group, act_policy_plural(p), p);
    if (!err && audit)
        err = add_to_entry(s, KEY_AUDIT_KIND, group, kind, p);
    if (!err && event)
        err = add_to_entry(s, KEY_EVENT_KIND, group, kind, p);
    return err;
}

static int by_name(const void *a, const void *b)
{
    return act_str_cmp(act_policy_name(*(act_policy *const *)a),
                       act_policy_name(*(act_policy *const *)b));
}

static int compile_all(act_policy_set *s, const act_rule_env *env,
                       const act_json *const *objects, size_t n, size_t *ret_invalid)
{
    ACT_AUTO(act_arena) scratch = NULL;
    int err = act_arena_new(SIZE_MAX, 0, &scratch);
    for (size_t i = 0; !err && i < n; i++) {
        act_arena_reset(scratch);
        act_problems problems = act_problems_in(scratch);
        err = act_policy_new(env, s->slots, objects[i], "spec", &problems,
                             &s->policies[s->n]);
        if (!err)
            s->n++;
        else if (err == ACT_EINVAL)
            (*ret_invalid)++, err = ACT_OK;
    }
    return err;
}

static int build_table(act_policy_set *s)
{
    size_t size = 16;
    while (size < s->n * 8) /* four keys a policy, at most half full */
        size *= 2;
    s->mask = size - 1;
    s->table = act_zalloc(size, sizeof *s->table);
    if (!s->table)
        return ACT_ENOMEM;
    for (size_t i = 0; i < s->n; i++) {
        int err = index_policy(s, s->policies[i]);
        if (err)
            return err;
    }
    return ACT_OK;
}

int act_policy_set_new(const act_rule_env *env, const act_json *const *objects, size_t n,
                       uint64_t version, act_policy_set **ret, size_t *ret_invalid)
{
    act_policy_set *s = act_zalloc(1, sizeof *s);
    if (!s)
        return ACT_ENOMEM;
    atomic_init(&s->refs, 1);
    s->version = version;
    size_t invalid = 0;
    int err = act_arena_new(SIZE_MAX, 0, &s->arena);
    for (int kind = 0; !err && kind < ACT_RULE_KINDS; kind++)
        err =
            cel_slots_new(act_rule_env_cel(env, (enum act_rule_kind)kind), &s->slots[kind]);
    if (!err) {
        s->policies = act_zalloc(n, sizeof(act_policy *));
        err = s->policies ? ACT_OK : ACT_ENOMEM;
    }
    if (!err)
        err = compile_all(s, env, objects, n, &invalid);
    if (!err) {
        if (s->n > 1)
            qsort(s->policies, s->n, sizeof(act_policy *), by_name);
        err = build_table(s);
    }
    if (err) {
        (void)act_policy_set_unref(s);
        return err;
    }
    *ret = s;
    if (ret_invalid)
        *ret_invalid = invalid;
    return ACT_OK;
}

act_policy_set *act_policy_set_ref(act_policy_set *s)
{
    atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
    return s;
}

act_policy_set *act_policy_set_unref(act_policy_set *s)
{
    if (!s || atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) > 1)
        return NULL;
    for (size_t i = 0; i < s->n; i++)
        act_policy_free(s->policies[i]);
    act_dealloc(s->policies);
    for (int kind = 0; kind < ACT_RULE_KINDS; kind++)
        cel_slots_free(s->slots[kind]);
    act_dealloc(s->table);
    act_arena_free(s->arena);
    act_dealloc(s);
    return NULL;
}

uint64_t act_policy_set_version(const act_policy_set *s)
{
    return s->version;
}

size_t act_policy_set_count(const act_policy_set *s)
{
    return s->n;
}

const act_policy *act_policy_set_find(const act_policy_set *s, act_str name)
{
    for (size_t low = 0, high = s->n; low < high;) {
        size_t middle = low + (high - low) / 2;
        int order = act_str_cmp(name, act_policy_name(s->policies[middle]));
        if (order == 0)
            return s->policies[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

static const act_policy *const *lookup(const act_policy_set *s, enum key_kind kind,
                                       act_str group, act_str name, size_t *ret_n)
{
    const entry *e = find_entry(s, kind, group, name);
    *ret_n = e->n;
    return e->policies;
}

const act_policy *const *act_policy_set_lookup(const act_policy_set *s,
                                               enum act_rule_kind rules, act_str group,
                                               act_str name, size_t *ret_n)
{
    return lookup(s, rules == ACT_RULE_AUDIT ? KEY_AUDIT_PLURAL : KEY_EVENT_KIND, group,
                  name, ret_n);
}

const act_policy *const *act_policy_set_lookup_kind(const act_policy_set *s, act_str group,
                                                    act_str kind, size_t *ret_n)
{
    return lookup(s, KEY_AUDIT_KIND, group, kind, ret_n);
}

uint64_t act_policy_set_fingerprint(const act_policy_set *s, enum act_rule_kind rules,
                                    act_str group, act_str kind)
{
    size_t n;
    const act_policy *const *policies = lookup(
        s, rules == ACT_RULE_AUDIT ? KEY_AUDIT_KIND : KEY_EVENT_KIND, group, kind, &n);
    uint64_t all = n;
    for (size_t i = 0; i < n; i++) {
        all = (all ^ act_policy_fingerprint(policies[i])) * 0x9E3779B97F4A7C15u;
        all ^= all >> 29;
    }
    return all;
}

bool act_policy_set_has_group(const act_policy_set *s, act_str group)
{
    size_t n;
    (void)lookup(s, KEY_GROUP, group, (act_str){ 0 }, &n);
    return n > 0;
}
