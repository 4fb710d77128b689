/* Folds (all, exists, map, ...) and local bindings. */
#include "cel/cost.h"
#include "cel/plan.h"

static cel_value run(const cel_op *op, cel_ctx *ctx)
{
    return op->run(op, ctx);
}

/* The range of a fold, as pointers that make one step cheap. */
typedef struct {
    uint32_t count;
    bool is_map;
    bool json_int;
    const cel_value *items; /* one of these four is set when count > 0 */
    const cel_entry *entries;
    const act_json *nodes;
    const act_json_member *members;
} range;

/* Evaluate and take apart; what to return instead of going on, or null. */
static cel_value open_range(const cel_op *op, cel_ctx *ctx, range *r)
{
    cel_value v = run(op->as.fold.range, ctx);
    size_t n = 0;
    *r = (range){ .is_map = v.kind == CEL_MAP, .json_int = v.flags & CEL_V_JSON_INT };
    if (v.kind == CEL_LIST) {
        if (v.flags & CEL_V_JSON) {
            r->nodes = act_json_items(v.as.json, &n);
        } else {
            r->items = v.as.list->items;
            n = v.as.list->count;
        }
    } else if (v.kind == CEL_MAP) {
        if (v.flags & CEL_V_JSON) {
            r->members = act_json_members(v.as.json, &n);
        } else {
            r->entries = v.as.map->entries;
            n = v.as.map->count;
        }
    } else {
        return v.kind == CEL_ERROR ? v : cel_error(CEL_E_NO_OVERLOAD, op->at, NULL);
    }
    r->count = (uint32_t)n;
    return cel_null();
}

static inline cel_value item(const range *r, uint32_t i)
{
    return r->items ? r->items[i] : cel_json(&r->nodes[i], r->json_int);
}

static inline cel_value map_key(const range *r, uint32_t i)
{
    return r->entries ? r->entries[i].key : cel_string(r->members[i].key);
}

static inline cel_value map_value(const range *r, uint32_t i)
{
    return r->entries ? r->entries[i].value : cel_json(&r->members[i].value, r->json_int);
}

static enum cel_error_kind count_iteration(cel_ctx *ctx)
{
#ifdef CEL_UNMETERED
    return CEL_E_NONE;
#endif
    cel_meter *m = &ctx->meter;
    if (ACT_UNLIKELY(++m->iterations > m->iteration_limit))
        return CEL_E_ITERATION_LIMIT;
    if (ACT_UNLIKELY(ctx->cancelled != NULL) && m->iterations % CEL_CHECK_ITERATIONS == 0 &&
        ctx->cancelled(ctx->cancel_ud))
        return CEL_E_CANCELLED;
    if (ACT_UNLIKELY(++m->cost > m->next_check))
        return cel_meter_check(ctx);
    return CEL_E_NONE;
}

/* Count the iteration and set the variables for element @i. */
static inline enum cel_error_kind enter(const cel_op *op, cel_ctx *ctx, const range *r,
                                        uint32_t i)
{
    cel_value *frame = ctx->frame;
    uint32_t slot2 = op->as.fold.slot2;
    if (slot2 == CEL_NO_SLOT) {
        frame[op->as.fold.slot1] = r->is_map ? map_key(r, i) : item(r, i);
    } else if (r->is_map) {
        frame[op->as.fold.slot1] = map_key(r, i);
        frame[slot2] = map_value(r, i);
    } else {
        frame[op->as.fold.slot1] = cel_int(i);
        frame[slot2] = item(r, i);
    }
    return count_iteration(ctx);
}

/* all and exists: the deciding value wins over errors of other elements. */
static inline cel_value quantify(const cel_op *op, cel_ctx *ctx, bool deciding)
{
    range r;
    cel_value stop = open_range(op, ctx, &r);
    if (stop.kind == CEL_ERROR)
        return stop;
    cel_value failed = cel_bool(!deciding);
    for (uint32_t i = 0; i < r.count; i++) {
        enum cel_error_kind err = enter(op, ctx, &r, i);
        if (ACT_UNLIKELY(err))
            return cel_error(err, op->at, NULL);
        cel_value v = run(op->as.fold.step, ctx);
        if (ACT_LIKELY(v.kind == CEL_BOOL)) {
            if (v.as.boolean == deciding)
                return v;
            continue;
        }
        if (cel_is_fatal(v))
            return v;
        if (failed.kind != CEL_ERROR)
            failed = v.kind == CEL_ERROR ? v : cel_error(CEL_E_NO_OVERLOAD, op->at, NULL);
    }
    return failed;
}

cel_value cel_run_fold_all(const cel_op *op, cel_ctx *ctx)
{
    return quantify(op, ctx, false);
}

cel_value cel_run_fold_exists(const cel_op *op, cel_ctx *ctx)
{
    return quantify(op, ctx, true);
}

/* A predicate that must be a bool: true, false or an error. */
static cel_value predicate(const cel_op *p, const cel_op *fold, cel_ctx *ctx)
{
    cel_value v = run(p, ctx);
    if (ACT_LIKELY(v.kind == CEL_BOOL || v.kind == CEL_ERROR))
        return v;
    return cel_error(CEL_E_NO_OVERLOAD, fold->at, NULL);
}

cel_value cel_run_fold_exists_one(const cel_op *op, cel_ctx *ctx)
{
    range r;
    cel_value stop = open_range(op, ctx, &r);
    if (stop.kind == CEL_ERROR)
        return stop;
    uint32_t hits = 0;
    for (uint32_t i = 0; i < r.count; i++) {
        enum cel_error_kind err = enter(op, ctx, &r, i);
        if (ACT_UNLIKELY(err))
            return cel_error(err, op->at, NULL);
        cel_value v = predicate(op->as.fold.step, op, ctx);
        if (v.kind == CEL_ERROR)
            return v;
        hits += v.as.boolean;
    }
    return cel_bool(hits == 1);
}

/* Does element @i pass the filter? CEL_BOOL or an error. */
static cel_value admit(const cel_op *op, cel_ctx *ctx, const range *r, uint32_t i)
{
    enum cel_error_kind err = enter(op, ctx, r, i);
    if (ACT_UNLIKELY(err))
        return cel_error(err, op->at, NULL);
    return op->as.fold.filter ? predicate(op->as.fold.filter, op, ctx) : cel_bool(true);
}

static cel_value finished_list(const cel_op *op, cel_ctx *ctx, const cel_value *items,
                               uint32_t count)
{
    cel_value list = cel_list_of(ctx->arena, items, count);
    if (list.kind == CEL_ERROR)
        list.len = op->at;
    return list;
}

/* map, filter and transformList; without a step the (first) variable is collected. */
cel_value cel_run_fold_list(const cel_op *op, cel_ctx *ctx)
{
    range r;
    cel_value stop = open_range(op, ctx, &r);
    if (stop.kind == CEL_ERROR)
        return stop;
    cel_value *items = NULL;
    if (r.count <= ctx->limits->collection)
        items = act_arena_array(ctx->arena, r.count, sizeof *items);
    if (!items)
        return cel_error(CEL_E_MEMORY_LIMIT, op->at, NULL);
    uint32_t count = 0;
    for (uint32_t i = 0; i < r.count; i++) {
        cel_value v = admit(op, ctx, &r, i);
        if (v.kind == CEL_ERROR)
            return v;
        if (!v.as.boolean)
            continue;
        v = op->as.fold.step ? run(op->as.fold.step, ctx) : ctx->frame[op->as.fold.slot1];
        if (v.kind == CEL_ERROR)
            return v;
        items[count++] = v;
    }
    return finished_list(op, ctx, items, count);
}

static cel_value finished_map(const cel_op *op, cel_ctx *ctx, const cel_entry *entries,
                              uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) /* each key is hashed */
        CEL_CHARGE(ctx, cel_cost_quick(entries[i].key), op->at);
    cel_value map = cel_map_of(ctx->arena, entries, count);
    if (map.kind == CEL_ERROR)
        map.len = op->at;
    return map;
}

/* transformMap: the same keys, so as many entries as elements at most. */
cel_value cel_run_fold_map(const cel_op *op, cel_ctx *ctx)
{
    range r;
    cel_value stop = open_range(op, ctx, &r);
    if (stop.kind == CEL_ERROR)
        return stop;
    cel_entry *entries = NULL;
    if (r.count <= ctx->limits->collection)
        entries = act_arena_array(ctx->arena, r.count, sizeof *entries);
    if (!entries)
        return cel_error(CEL_E_MEMORY_LIMIT, op->at, NULL);
    uint32_t count = 0;
    for (uint32_t i = 0; i < r.count; i++) {
        cel_value v = admit(op, ctx, &r, i);
        if (v.kind == CEL_ERROR)
            return v;
        if (!v.as.boolean)
            continue;
        cel_value key = ctx->frame[op->as.fold.slot1];
        v = run(op->as.fold.step, ctx);
        if (v.kind == CEL_ERROR)
            return v;
        entries[count++] = (cel_entry){ key, v };
    }
    return finished_map(op, ctx, entries, count);
}

/* Entries that grow by doubling in the arena. */
typedef struct {
    cel_entry *at;
    uint32_t count, size;
} entries;

static bool add_entries(cel_ctx *ctx, entries *to, cel_value map)
{
    uint32_t n = cel_map_count(map);
    uint64_t need = (uint64_t)to->count + n;
    if (need > ctx->limits->collection)
        return false;
    if (need > to->size) {
        uint32_t size = to->size ? to->size * 2 : 8;
        while (size < need)
            size *= 2;
        cel_entry *more = act_arena_make_n(ctx->arena, cel_entry, size);
        if (!more)
            return false;
        if (to->count)
            memcpy(more, to->at, to->count * sizeof *more);
        to->at = more;
        to->size = size;
    }
    for (uint32_t i = 0; i < n; i++)
        to->at[to->count++] = cel_map_at(map, i);
    return true;
}

/* transformMapEntry: each step is a map; the result has the entries of all of them. */
cel_value cel_run_fold_entries(const cel_op *op, cel_ctx *ctx)
{
    range r;
    cel_value stop = open_range(op, ctx, &r);
    if (stop.kind == CEL_ERROR)
        return stop;
    entries sum = { 0 };
    for (uint32_t i = 0; i < r.count; i++) {
        cel_value v = admit(op, ctx, &r, i);
        if (v.kind == CEL_ERROR)
            return v;
        if (!v.as.boolean)
            continue;
        v = run(op->as.fold.step, ctx);
        if (v.kind != CEL_MAP)
            return v.kind == CEL_ERROR ? v : cel_error(CEL_E_NO_OVERLOAD, op->at, NULL);
        CEL_CHARGE(ctx, cel_map_count(v), op->at);
        if (!add_entries(ctx, &sum, v))
            return cel_error(CEL_E_MEMORY_LIMIT, op->at, NULL);
    }
    return finished_map(op, ctx, sum.at, sum.count);
}

cel_value cel_run_bind(const cel_op *op, cel_ctx *ctx)
{
    ctx->frame[op->as.bind.slot] = (cel_value){ .kind = CEL_LAZY };
    return run(op->as.bind.body, ctx);
}

/* ---- literals -------------------------------------------------------------------------
 */

cel_value cel_run_list(const cel_op *op, cel_ctx *ctx)
{
    uint32_t n = op->as.many.count;
    CEL_CHARGE(ctx, op->cost, op->at);
    cel_value *items = act_arena_array(ctx->arena, n, sizeof *items);
    if (!items)
        return cel_error(CEL_E_MEMORY_LIMIT, op->at, NULL);
    uint32_t count = 0;
    for (uint32_t i = 0; i < n; i++) {
        cel_value v = run(op->as.many.items[i], ctx);
        if (v.kind == CEL_ERROR)
            return v;
        if (op->as.many.optional && op->as.many.optional[i]) {
            if (v.kind != CEL_OPTIONAL)
                return cel_error(CEL_E_NO_OVERLOAD, op->at, NULL);
            if (!v.as.operand)
                continue;
            v = *v.as.operand;
        }
        items[count++] = v;
    }
    return finished_list(op, ctx, items, count);
}

cel_value cel_run_map(const cel_op *op, cel_ctx *ctx)
{
    uint32_t n = op->as.map.count;
    CEL_CHARGE(ctx, op->cost, op->at);
    cel_entry *made = act_arena_array(ctx->arena, n, sizeof *made);
    if (!made)
        return cel_error(CEL_E_MEMORY_LIMIT, op->at, NULL);
    uint32_t count = 0;
    for (uint32_t i = 0; i < n; i++) {
        const cel_op_entry *e = &op->as.map.entries[i];
        cel_value key = run(e->key, ctx);
        if (key.kind == CEL_ERROR)
            return key;
        cel_value v = run(e->value, ctx);
        if (v.kind == CEL_ERROR)
            return v;
        if (e->optional) {
            if (v.kind != CEL_OPTIONAL)
                return cel_error(CEL_E_NO_OVERLOAD, op->at, NULL);
            if (!v.as.operand)
                continue;
            v = *v.as.operand;
        }
        made[count++] = (cel_entry){ key, v };
    }
    return finished_map(op, ctx, made, count);
}
