#include "registry/lease.h"

#include "base/alloc.h"
#include "base/json_write.h"

enum { ARENA_MAX = 1 << 20 };

struct act_lease {
    act_lease_options o;
    act_arena *arena;
    act_json_parser *parser;
    bool holds;
    int64_t renewed_ns;
    int64_t revision; /* of the value seen last, or written */
    int64_t seen_ns;  /* when it was seen first */
    bool alone;       /* until the first look */
};

int act_lease_new(const act_lease_options *o, act_lease **ret)
{
    ACT_AUTO(act_lease) l = act_zalloc(1, sizeof *l);
    if (!l)
        return ACT_ENOMEM;
    l->o = *o;
    l->o.key = l->o.holder = (act_str){ 0 };
    l->alone = o->alone;
    int r = act_str_dup(o->key, &l->o.key);
    if (!r)
        r = act_str_dup(o->holder, &l->o.holder);
    if (!r)
        r = act_arena_new(ARENA_MAX, 0, &l->arena);
    if (!r)
        r = act_json_parser_new((act_json_limits){ 0 }, &l->parser);
    if (r)
        return r;
    *ret = l;
    l = NULL;
    return 0;
}

static int write_value(act_lease *l, act_str holder, act_str *ret)
{
    act_buf text = ACT_BUF_INIT;
    act_json_writer w = act_json_writer_on(&text);
    act_jw_object(&w);
    act_jw_kv_string(&w, "holder", holder);
    act_jw_object_end(&w);
    int r = act_buf_err(&text);
    if (!r)
        r = act_arena_str(l->arena, act_buf_str(&text), ret);
    act_buf_done(&text);
    return r;
}

/* Write it in place of @revision (0: create it). */
static int put(act_lease *l, act_str holder, int64_t revision)
{
    act_str value;
    int64_t now = act_mono_ns(l->o.clock), written;
    int r = write_value(l, holder, &value);
    if (r)
        return r;
    r = revision ? act_registry_update(l->o.registry, l->o.key, value, revision, &written)
                 : act_registry_create(l->o.registry, l->o.key, value, &written);
    if (r == ACT_ECONFLICT || r == ACT_EEXISTS || r == ACT_ENOTFOUND) {
        l->holds = false; /* somebody else was there */
        return ACT_EAGAIN;
    }
    if (!r) {
        l->revision = written;
        l->renewed_ns = now;
    }
    return r;
}

/* Is the lease, as it stands there, ours to take? ACT_EAGAIN: not yet. */
static int check_free(act_lease *l, const act_entry *entry)
{
    int64_t now = act_mono_ns(l->o.clock);
    const act_json *value = NULL;
    if (entry->mod_revision != l->revision) {
        l->revision = entry->mod_revision;
        l->seen_ns = now;
    }
    int r = act_json_parse(l->parser, l->arena, entry->value, ACT_REGISTRY_PADDING, &value,
                           NULL);
    if (r == ACT_ENOMEM)
        return r; /* it may well be somebody's */
    bool is_free = r || l->alone || now - l->seen_ns >= l->o.duration_ns ||
                   act_json_is(act_json_get(value, ACT_STR("holder")), ACT_STR("")) ||
                   act_json_is(act_json_get(value, ACT_STR("holder")), l->o.holder);
    return is_free ? 0 : ACT_EAGAIN;
}

static int take(act_lease *l)
{
    act_entry entry;
    int r = act_registry_get(l->o.registry, l->o.key, l->arena, &entry);
    int64_t revision = r ? 0 : entry.mod_revision;
    if (!r)
        r = check_free(l, &entry);
    else if (r == ACT_ENOTFOUND)
        r = 0;
    if (!r)
        r = put(l, l->o.holder, revision);
    if (!r) {
        l->holds = true;
        l->alone = false;
    }
    return r;
}

int act_lease_hold(act_lease *l)
{
    act_arena_reset(l->arena);
    if (!act_lease_is_held(l)) {
        l->holds = false;
        return take(l);
    }
    if (act_mono_ns(l->o.clock) - l->renewed_ns < l->o.duration_ns / 3)
        return 0;
    return put(l, l->o.holder, l->revision);
}

bool act_lease_is_held(const act_lease *l)
{
    return l->holds && act_mono_ns(l->o.clock) - l->renewed_ns < l->o.duration_ns / 4 * 3;
}

void act_lease_free(act_lease *l)
{
    if (!l)
        return;
    if (l->arena)
        act_arena_reset(l->arena);
    if (l->holds)
        (void)put(l, (act_str){ 0 }, l->revision); /* else it runs out */
    act_json_parser_free(l->parser);
    act_arena_free(l->arena);
    act_str_free(l->o.key);
    act_str_free(l->o.holder);
    act_dealloc(l);
}
