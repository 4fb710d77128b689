/* Constant attribute paths, numbered once for all programs of a policy set. */
#include "cel/plan.h"

#include "base/alloc.h"

#include <stdatomic.h>

enum { SLOTS_CAP_BYTES = 16 << 20 };

/* A path is its parent's path and one more key; without a parent it is a variable. */
typedef struct {
    uint32_t parent; /* UINT32_MAX: none */
    uint32_t var;
    cel_value key; /* a string; null for a variable */
    uint64_t hash;
} path;

struct cel_slots {
    _Atomic uint32_t refs;
    uint32_t count, size;
    path *paths;
    uint32_t *table; /* hash to path + 1; 0 is free */
    uint32_t table_size;
    act_arena *arena; /* texts of keys */
};

int cel_slots_new(const cel_env *env, cel_slots **ret)
{
    (void)env; /* paths hold variable numbers, so slots serve programs of one env only */
    cel_slots *s = act_zalloc(1, sizeof *s);
    if (!s)
        return ACT_ENOMEM;
    atomic_init(&s->refs, 1);
    int err = act_arena_new(SLOTS_CAP_BYTES, 256, &s->arena);
    if (err) {
        act_dealloc(s);
        return err;
    }
    *ret = s;
    return ACT_OK;
}

cel_slots *cel_slots_ref(cel_slots *s)
{
    atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
    return s;
}

/* Contexts and programs hold references, so a context never takes the paths of a new
 * object for those of a dead one at the same address. */
void cel_slots_free(cel_slots *s)
{
    if (!s || atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) != 1)
        return;
    act_arena_free(s->arena);
    act_dealloc(s->paths);
    act_dealloc(s->table);
    act_dealloc(s);
}

uint32_t cel_slots_count(const cel_slots *s)
{
    return s->count;
}

static uint64_t path_hash(const path *p)
{
    return (p->hash ^ p->var) * UINT64_C(0x9e3779b97f4a7c15) + p->parent;
}

static bool same_path(const path *a, const path *b)
{
    return a->parent == b->parent && a->var == b->var && a->hash == b->hash &&
           act_str_eq(cel_value_str(a->key), cel_value_str(b->key));
}

static void enter(cel_slots *s, uint32_t index)
{
    uint32_t mask = s->table_size - 1;
    uint32_t at = (uint32_t)path_hash(&s->paths[index]) & mask;
    while (s->table[at])
        at = (at + 1) & mask;
    s->table[at] = index + 1;
}

static int grow(cel_slots *s)
{
    if (s->count == s->size) {
        uint32_t size = s->size ? s->size * 2 : 8;
        path *paths = act_realloc(s->paths, size * sizeof *paths);
        if (!paths)
            return ACT_ENOMEM;
        s->paths = paths;
        s->size = size;
    }
    if (2 * (s->count + 1) > s->table_size) {
        uint32_t size = s->table_size ? s->table_size * 2 : 16;
        uint32_t *table = act_zalloc(size, sizeof *table);
        if (!table)
            return ACT_ENOMEM;
        act_dealloc(s->table);
        s->table = table;
        s->table_size = size;
        for (uint32_t i = 0; i < s->count; i++)
            enter(s, i);
    }
    return ACT_OK;
}

static int intern(cel_slots *s, path p, uint32_t *ret)
{
    if (s->table_size) {
        uint32_t mask = s->table_size - 1;
        for (uint32_t at = (uint32_t)path_hash(&p) & mask; s->table[at];
             at = (at + 1) & mask) {
            if (same_path(&s->paths[s->table[at] - 1], &p)) {
                *ret = s->table[at] - 1;
                return ACT_OK;
            }
        }
    }
    act_str key = cel_value_str(p.key);
    int err = grow(s);
    if (!err && key.len)
        err = act_arena_str(s->arena, key, &key);
    if (err)
        return err;
    if (p.key.kind == CEL_STRING)
        p.key = cel_string(key);
    s->paths[s->count] = p;
    enter(s, s->count);
    *ret = s->count++;
    return ACT_OK;
}

int cel_slots_var(cel_slots *s, uint32_t var, uint32_t *ret)
{
    return intern(s, (path){ .parent = UINT32_MAX, .var = var }, ret);
}

int cel_slots_key(cel_slots *s, uint32_t parent, act_str key, uint32_t *ret)
{
    return intern(s,
                  (path){ .parent = parent,
                          .var = s->paths[parent].var,
                          .key = cel_string(key),
                          .hash = act_str_hash(key) },
                  ret);
}

uint32_t cel_slots_path(const cel_slots *s, uint32_t index, act_str keys[CEL_PATH_KEYS_MAX],
                        uint32_t *retvar)
{
    uint32_t count = 0;
    for (uint32_t i = index; s->paths[i].parent != UINT32_MAX; i = s->paths[i].parent)
        count++;
    *retvar = s->paths[index].var;
    for (uint32_t i = index, k = count; k > 0; i = s->paths[i].parent)
        keys[--k] = cel_value_str(s->paths[i].key);
    return count;
}

/* Member of @object with the last key of @p. Records of one kind have their keys in one
 * order, so the place of the last time is tried first. */
static const act_json *find_member(const path *p, const act_json *object, uint16_t *place)
{
    size_t n;
    act_str key = cel_value_str(p->key);
    const act_json_member *m = act_json_members(object, &n);
    if (*place < n && m[*place].hash == p->hash && act_str_eq(m[*place].key, key))
        return &m[*place].value;
    const act_json *found = act_json_get_hashed(object, key, p->hash);
    if (!found)
        return NULL;
    size_t at = (size_t)((const char *)found - (const char *)m) / sizeof *m;
    *place = at < UINT16_MAX ? (uint16_t)at : 0;
    return found;
}

/* Put the value of the last key of path @index in @operand into @state; on failure an
 * error, and why. */
static void look_up(const cel_slots *s, uint32_t index, cel_value operand,
                    cel_slot_state *state)
{
    const path *p = &s->paths[index];
    if (operand.kind != CEL_MAP) {
        state->failure = operand.kind == CEL_OPTIONAL ? CEL_SLOT_OPTIONAL : CEL_SLOT_NO_MAP;
        state->value = cel_error(CEL_E_NO_OVERLOAD, index, NULL);
        return;
    }
    if (operand.flags & CEL_V_JSON) {
        const act_json *found = find_member(p, operand.as.json, &state->place);
        if (found) {
            state->value = cel_json(found, operand.flags & CEL_V_JSON_INT);
            return;
        }
    } else if (cel_map_find_str(operand, cel_value_str(p->key), p->hash, &state->value)) {
        return;
    }
    state->failure = CEL_SLOT_ABSENT;
    state->value = cel_error(CEL_E_NO_SUCH_KEY, index, NULL);
}

const cel_slot_state *cel_slot_resolve(cel_ctx *ctx, uint32_t index)
{
    cel_slot_state *state = &ctx->slot[index];
    if (state->epoch == ctx->epoch)
        return state;
    const cel_slots *slots = ctx->slots;
    const path *p = &slots->paths[index];
    state->failure = CEL_SLOT_PRESENT;
    if (p->parent == UINT32_MAX) {
        state->value = ctx->vars[p->var];
        if (state->value.kind == CEL_ERROR)
            state->failure = CEL_SLOT_EARLIER;
    } else if (slots->paths[p->parent].parent == UINT32_MAX &&
               ctx->vars[p->var].kind == CEL_MAP) {
        look_up(slots, index, ctx->vars[p->var], state);
    } else {
        /* The recursion is as deep as the path, which the planner bounds. */
        const cel_slot_state *parent = cel_slot_resolve(ctx, p->parent);
        state->value = parent->value;
        if (parent->failure == CEL_SLOT_OPTIONAL)
            state->failure = CEL_SLOT_OPTIONAL;
        else if (parent->failure)
            state->failure = CEL_SLOT_EARLIER;
        else
            look_up(slots, index, parent->value, state);
    }
    state->epoch = ctx->epoch;
    return state;
}

cel_value cel_slot_walk(cel_ctx *ctx, uint32_t index, bool has, uint32_t at)
{
    const path *p = &ctx->slots->paths[index];
    if (p->parent == UINT32_MAX)
        return ctx->vars[p->var];
    cel_value v = cel_slot_walk(ctx, p->parent, false, at); /* the planner bounds it */
    return has ? cel_has_key(ctx, v, &p->key, p->hash, at)
               : cel_select_key(ctx, v, &p->key, p->hash, at);
}

ACT_COLD cel_value cel_slot_failed(cel_ctx *ctx, uint32_t index, uint32_t at)
{
    const cel_slot_state *s = &ctx->slot[index];
    cel_value v = s->value;
    if (s->failure == CEL_SLOT_OPTIONAL)
        return cel_slot_walk(ctx, index, false, at);
    if (v.aux == CEL_E_NO_SUCH_KEY)
        return cel_error_operand(CEL_E_NO_SUCH_KEY, at, &ctx->slots->paths[v.len].key);
    v.len = at;
    return v;
}
