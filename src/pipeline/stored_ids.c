#include "pipeline/stored_ids.h"

/* The message ids of the rows whose indexed key is among {keys}. */
static const char *const queries[ACT_LANES] = {
    [ACT_LANE_AUDIT] = "SELECT concat(audit_id, '/', stage) FROM audit.audit_logs "
                       "WHERE audit_id IN {keys:Array(String)}",
    [ACT_LANE_EVENTS] = "SELECT concat(uid, '/', toString(resource_version)) "
                        "FROM audit.k8s_events WHERE uid IN {keys:Array(String)}",
    [ACT_LANE_ACTIVITIES] =
        "SELECT name FROM audit.activities WHERE name IN {keys:Array(String)}",
};

/* A set of ids by open addressing. */
typedef struct {
    act_str *slots;
    size_t size; /* a power of two */
} id_set;

static act_str *slot_of(const id_set *set, act_str id)
{
    size_t at = act_str_hash(id) & (set->size - 1);
    while (set->slots[at].ptr && !act_str_eq(set->slots[at], id))
        at = (at + 1) & (set->size - 1);
    return &set->slots[at];
}

static act_str key_of(act_str id)
{
    act_str key;
    (void)act_str_split(id, '/', &key);
    return key;
}

static int query_ids(act_store *s, enum act_lane_kind kind, act_arena *a,
                     const act_str *keys, size_t n, id_set *set)
{
    act_store_param param = { .name = "keys", .type = ACT_STORE_STRINGS };
    param.as.strs.ptr = keys;
    param.as.strs.n = n;
    act_rows *rows = NULL;
    int r = act_store_query(s, act_str_cstr(queries[kind]), &param, 1, NULL, &rows, NULL);
    if (r)
        return r;
    size_t left =
        set->size / 2; /* rows may repeat ids; distinct ones are fewer than this */
    while ((r = act_rows_next(rows, NULL)) > 0 && left > 0) {
        act_str *slot = slot_of(set, act_rows_str(rows, 0));
        if (slot->ptr)
            continue;
        r = act_arena_str(a, act_rows_str(rows, 0), slot);
        if (r)
            break;
        left--;
    }
    act_rows_close(rows, NULL);
    return r < 0 ? r : 0;
}

int act_stored_ids_drop(act_store *s, enum act_lane_kind kind, act_arena *a,
                        const act_delivery **messages, size_t n, size_t *ret_dropped)
{
    id_set set = { .size = 64 };
    while (set.size < 8 * n)
        set.size *= 2;
    set.slots = act_arena_make_n(a, act_str, set.size);
    act_str *keys = act_arena_make_n(a, act_str, n);
    if (!set.slots || !keys)
        return ACT_ENOMEM;
    for (size_t i = 0; i < n; i++)
        keys[i] = key_of(messages[i]->id);
    int r = query_ids(s, kind, a, keys, n, &set);
    if (r)
        return r;
    size_t dropped = 0;
    for (size_t i = 0; i < n; i++) {
        if (!slot_of(&set, messages[i]->id)->ptr)
            continue;
        messages[i] = NULL;
        dropped++;
    }
    *ret_dropped = dropped;
    return 0;
}
