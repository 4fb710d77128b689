/* Maps: building with key checks, lookup across numeric kinds. */
#include "cel/num.h"
#include "cel/value.h"

enum {
    SCAN_MAX = 8, /* below this many entries a scan beats the index */
    FREE = UINT32_MAX,
};

static bool is_key_kind(uint8_t kind)
{
    return kind == CEL_INT || kind == CEL_UINT || kind == CEL_BOOL || kind == CEL_STRING;
}

/* Equality of keys: like cel_value_equal() for the four key kinds. */
static bool same_key(cel_value a, cel_value b)
{
    if (a.kind == b.kind) {
        if (a.kind == CEL_STRING)
            return act_str_eq(cel_value_str(a), cel_value_str(b));
        return a.kind == CEL_BOOL ? a.as.boolean == b.as.boolean : a.as.u64 == b.as.u64;
    }
    if (a.kind == CEL_INT && b.kind == CEL_UINT)
        return a.as.i64 >= 0 && a.as.u64 == b.as.u64;
    if (a.kind == CEL_UINT && b.kind == CEL_INT)
        return b.as.i64 >= 0 && a.as.u64 == b.as.u64;
    return false;
}

/* Entry of @key among the first @map->count, or FREE. */
static uint32_t find(const struct cel_map *map, cel_value key)
{
    if (!map->index) {
        for (uint32_t i = 0; i < map->count; i++)
            if (same_key(map->entries[i].key, key))
                return i;
        return FREE;
    }
    for (uint32_t at = (uint32_t)cel_value_hash(key) & map->index_mask;;
         at = (at + 1) & map->index_mask) {
        uint32_t i = map->index[at];
        if (i == FREE || same_key(map->entries[i].key, key))
            return i;
    }
}

/* Fills the index entry by entry; false on a key that is there already. */
static bool fill_index(struct cel_map *map, uint32_t *index)
{
    memset(index, 0xff, ((size_t)map->index_mask + 1) * sizeof *index);
    map->index = index;
    for (uint32_t i = 0; i < map->count; i++) {
        if (find(map, map->entries[i].key) != FREE)
            return false;
        uint32_t at = (uint32_t)cel_value_hash(map->entries[i].key) & map->index_mask;
        while (index[at] != FREE)
            at = (at + 1) & map->index_mask;
        index[at] = i;
    }
    return true;
}

static bool scan_is_unique(const struct cel_map *map)
{
    for (uint32_t i = 1; i < map->count; i++)
        for (uint32_t j = 0; j < i; j++)
            if (same_key(map->entries[i].key, map->entries[j].key))
                return false;
    return true;
}

cel_value cel_map_of(act_arena *a, const cel_entry *entries, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (!is_key_kind(entries[i].key.kind))
            return cel_error(CEL_E_BAD_KEY_TYPE, 0, NULL);
    struct cel_map *map = act_arena_make(a, struct cel_map);
    if (!map)
        return cel_error(CEL_E_MEMORY_LIMIT, 0, NULL);
    *map = (struct cel_map){ .count = count, .entries = entries };
    bool unique;
    if (count <= SCAN_MAX) {
        unique = scan_is_unique(map);
    } else {
        size_t size = 16;
        while (size < 2 * (size_t)count)
            size *= 2;
        uint32_t *index = act_arena_make_n(a, uint32_t, size);
        if (!index)
            return cel_error(CEL_E_MEMORY_LIMIT, 0, NULL);
        map->index_mask = (uint32_t)size - 1;
        unique = fill_index(map, index);
    }
    if (!unique)
        return cel_error(CEL_E_DUPLICATE_KEY, 0, NULL);
    return (cel_value){ .kind = CEL_MAP, .as.map = map };
}

uint32_t cel_map_count(cel_value map)
{
    if (!(map.flags & CEL_V_JSON))
        return map.as.map->count;
    size_t n;
    (void)act_json_members(map.as.json, &n); /* only the count is wanted */
    return (uint32_t)n;
}

cel_entry cel_map_at(cel_value map, uint32_t i)
{
    if (!(map.flags & CEL_V_JSON))
        return map.as.map->entries[i];
    size_t n;
    const act_json_member *m = act_json_members(map.as.json, &n) + i;
    return (cel_entry){ cel_string(m->key),
                        cel_json(&m->value, map.flags & CEL_V_JSON_INT) };
}

bool cel_map_find_str(cel_value map, act_str key, uint64_t hash, cel_value *ret)
{
    if (map.flags & CEL_V_JSON) {
        const act_json *v = act_json_get_hashed(map.as.json, key, hash);
        if (!v)
            return false;
        *ret = cel_json(v, map.flags & CEL_V_JSON_INT);
        return true;
    }
    uint32_t i = find(map.as.map, cel_string(key));
    if (i == FREE)
        return false;
    *ret = map.as.map->entries[i].value;
    return true;
}

bool cel_map_find(cel_value map, cel_value key, cel_value *ret)
{
    if (key.kind == CEL_STRING) {
        act_str s = cel_value_str(key);
        return cel_map_find_str(map, s, act_str_hash(s), ret);
    }
    if (map.flags & CEL_V_JSON) /* all its keys are strings */
        return false;
    if (key.kind == CEL_DOUBLE) {
        int64_t i;
        uint64_t u;
        if (cel_num_double_to_int(key.as.f64, &i) == 0 && (double)i == key.as.f64)
            key = cel_int(i);
        else if (cel_num_double_to_uint(key.as.f64, &u) == 0 && (double)u == key.as.f64)
            key = cel_uint(u);
        else
            return false;
    }
    if (!is_key_kind(key.kind))
        return false;
    uint32_t i = find(map.as.map, key);
    if (i == FREE)
        return false;
    *ret = map.as.map->entries[i].value;
    return true;
}
