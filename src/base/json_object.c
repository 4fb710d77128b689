#include "base/json_object.h"

enum { LINEAR_MAX = 32 }; /* a scan of hashes beats a table up to here */

size_t act_json_object_find(const act_json_member *members, size_t n, act_str key,
                            uint64_t hash)
{
    for (size_t i = 0; i < n; i++)
        if (members[i].hash == hash && members[i].key.len == key.len &&
            act_bytes_eq(members[i].key.ptr, key.ptr, key.len))
            return i;
    return n;
}

/* A table is the members' numbers, ordered by (hash, key) of the members, then by number.
 * Keys are compared where hashes are equal, so that a sender who can make hashes collide
 * gains nothing. It lies behind the last member. */
static const uint32_t *table_of(const act_json_member *members, size_t n)
{
    return (const uint32_t *)(members + n);
}

static int order_keys(const act_json_member *m, act_str key, uint64_t hash)
{
    if (m->hash != hash)
        return m->hash < hash ? -1 : 1;
    return act_str_cmp(m->key, key);
}

size_t act_json_object_find_indexed(const act_json_member *members, size_t n, act_str key,
                                    uint64_t hash)
{
    const uint32_t *table = table_of(members, n);
    size_t low = 0, high = n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int order = order_keys(&members[table[mid]], key, hash);
        if (order == 0)
            return table[mid];
        if (order < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return n;
}

static bool is_before(const act_json_member *members, uint32_t a, uint32_t b)
{
    int order = order_keys(&members[a], members[b].key, members[b].hash);
    return order ? order < 0 : a < b;
}

static void sift_down(const act_json_member *members, uint32_t *heap, size_t at, size_t n)
{
    uint32_t moving = heap[at];
    for (size_t child; (child = 2 * at + 1) < n; at = child) {
        if (child + 1 < n && is_before(members, heap[child], heap[child + 1]))
            child++;
        if (!is_before(members, moving, heap[child]))
            break;
        heap[at] = heap[child];
    }
    heap[at] = moving;
}

/* Heapsort: no memory of its own, no bad case. */
static void fill_table(const act_json_member *members, uint32_t *table, size_t n)
{
    for (size_t i = 0; i < n; i++)
        table[i] = (uint32_t)i;
    for (size_t i = n / 2; i-- > 0;)
        sift_down(members, table, i, n);
    for (size_t end = n; end-- > 1;) {
        uint32_t largest = table[0];
        table[0] = table[end];
        table[end] = largest;
        sift_down(members, table, 0, end);
    }
}

static bool same_key(const act_json_member *a, const act_json_member *b)
{
    return a->hash == b->hash && act_str_eq(a->key, b->key);
}

/* Duplicates are neighbours in the table, in the order of the text: move the last value to
 * the first member and mark the others, then close the gaps. Returns what is left. */
static size_t drop_duplicates(act_json_member *members, const uint32_t *table, size_t n)
{
    const uint8_t dropped = UINT8_MAX;
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && same_key(&members[table[i]], &members[table[end]]);)
            end++;
        if (end - i > 1)
            members[table[i]].value = members[table[end - 1]].value;
        for (size_t k = i + 1; k < end; k++)
            members[table[k]].value.type = dropped;
    }
    size_t left = 0;
    for (size_t i = 0; i < n; i++)
        if (members[i].value.type != dropped)
            members[left++] = members[i];
    return left;
}

static int make_indexed(act_arena *a, const act_json_member *from, size_t n, act_json *v)
{
    act_json_member *members = act_arena_raw(a, n * (sizeof *members + sizeof(uint32_t)));
    if (!members)
        return ACT_ENOMEM;
    memcpy(members, from, n * sizeof *members);
    uint32_t *table = (uint32_t *)(members + n);
    fill_table(members, table, n);
    size_t left = drop_duplicates(members, table, n);
    if (left < n)
        fill_table(members, (uint32_t *)(members + left), left);
    v->indexed = true;
    v->count = (uint32_t)left;
    v->as.members = members;
    return ACT_OK;
}

int act_json_object_make(act_arena *a, const act_json_member *from, size_t n, act_json *v)
{
    if (n > LINEAR_MAX)
        return make_indexed(a, from, n, v);
    act_json_member *members = act_arena_raw(a, n * sizeof *members);
    if (!members)
        return ACT_ENOMEM;
    /* Most objects have no duplicates: one bit of each hash rules most searches out. */
    uint64_t seen = 0;
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        uint64_t bit = UINT64_C(1) << (from[i].hash >> 58);
        size_t at = count;
        if (seen & bit)
            at = act_json_object_find(members, count, from[i].key, from[i].hash);
        seen |= bit;
        if (at < count)
            members[at].value = from[i].value;
        else
            members[count++] = from[i];
    }
    v->count = (uint32_t)count;
    v->as.members = members;
    return ACT_OK;
}
