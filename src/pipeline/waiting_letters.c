#include "pipeline/waiting_letters.h"

#include "base/alloc.h"

/* What a policy is about; a few hundred at most, for they come from policies. */
typedef struct {
    enum act_rule_kind kind;
    act_str group, name; /* owned */
    uint64_t now;        /* fingerprint of its policies, during a release */
} resource;

typedef struct {
    uint64_t sequence;
    uint64_t policies;
    uint32_t resource;
    bool gone; /* the place is reused at the next compaction */
} letter;

struct act_waiting_letters {
    resource *resources;
    size_t n_resources, size_resources;
    letter *letters; /* in rising sequence order */
    size_t n, live, size;
};

int act_waiting_letters_new(act_waiting_letters **ret)
{
    act_waiting_letters *w = act_zalloc(1, sizeof *w);
    if (!w)
        return ACT_ENOMEM;
    *ret = w;
    return 0;
}

void act_waiting_letters_free(act_waiting_letters *w)
{
    if (!w)
        return;
    for (size_t i = 0; i < w->n_resources; i++) {
        act_str_free(w->resources[i].group);
        act_str_free(w->resources[i].name);
    }
    act_dealloc(w->resources);
    act_dealloc(w->letters);
    act_dealloc(w);
}

/* @items with room for one more behind the first @n of *@size; NULL when memory is out. */
static void *with_room(void *items, size_t n, size_t *size, size_t item_bytes)
{
    if (n < *size)
        return items;
    size_t wanted = *size ? *size * 2 : 64;
    void *more = act_realloc(items, wanted * item_bytes);
    if (more)
        *size = wanted;
    return more;
}

static int find_resource(act_waiting_letters *w, enum act_rule_kind kind, act_str group,
                         act_str name, uint32_t *ret)
{
    for (size_t i = 0; i < w->n_resources; i++) {
        const resource *r = &w->resources[i];
        if (r->kind == kind && act_str_eq(r->name, name) && act_str_eq(r->group, group)) {
            *ret = (uint32_t)i;
            return 0;
        }
    }
    resource new = { .kind = kind };
    resource *room =
        with_room(w->resources, w->n_resources, &w->size_resources, sizeof new);
    if (!room)
        return ACT_ENOMEM;
    w->resources = room;
    int r = act_str_dup(group, &new.group);
    if (r)
        return r;
    r = act_str_dup(name, &new.name);
    if (r) {
        act_str_free(new.group);
        return r;
    }
    *ret = (uint32_t)w->n_resources;
    w->resources[w->n_resources++] = new;
    return 0;
}

/* Index of the first letter with @sequence or above. */
static size_t position(const act_waiting_letters *w, uint64_t sequence)
{
    size_t low = 0, high = w->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (w->letters[middle].sequence < sequence)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void compact(act_waiting_letters *w)
{
    size_t n = 0;
    for (size_t i = 0; i < w->n; i++)
        if (!w->letters[i].gone)
            w->letters[n++] = w->letters[i];
    w->n = n;
}

int act_waiting_letters_put(act_waiting_letters *w, uint64_t sequence,
                            enum act_rule_kind kind, act_str group, act_str resource_kind,
                            uint64_t policies)
{
    letter new = { .sequence = sequence, .policies = policies };
    int r = find_resource(w, kind, group, resource_kind, &new.resource);
    if (r)
        return r;
    size_t at = position(w, sequence);
    if (at < w->n && w->letters[at].sequence == sequence) {
        w->live += w->letters[at].gone;
        w->letters[at] = new;
        return 0;
    }
    letter *room = with_room(w->letters, w->n, &w->size, sizeof new);
    if (!room)
        return ACT_ENOMEM;
    w->letters = room;
    memmove(w->letters + at + 1, w->letters + at, (w->n - at) * sizeof new);
    w->letters[at] = new;
    w->n++;
    w->live++;
    return 0;
}

void act_waiting_letters_drop(act_waiting_letters *w, uint64_t sequence)
{
    size_t at = position(w, sequence);
    if (at == w->n || w->letters[at].sequence != sequence || w->letters[at].gone)
        return;
    w->letters[at].gone = true;
    if (--w->live < w->n / 2)
        compact(w);
}

size_t act_waiting_letters_count(const act_waiting_letters *w)
{
    return w->live;
}

int act_waiting_letters_release(act_waiting_letters *w, const act_policy_set *set,
                                int (*fn)(void *ctx, uint64_t sequence), void *ctx)
{
    int err = 0;
    for (size_t i = 0; set && i < w->n_resources; i++) {
        resource *r = &w->resources[i];
        r->now = act_policy_set_fingerprint(set, r->kind, r->group, r->name);
    }
    for (size_t i = 0; i < w->n && !err; i++) {
        letter *l = &w->letters[i];
        if (l->gone || (set && l->policies == w->resources[l->resource].now))
            continue;
        err = fn(ctx, l->sequence);
        l->gone = !err;
        w->live -= !err;
    }
    compact(w);
    return err;
}
