#include "broker/id_set.h"

#include "base/alloc.h"

#include <sys/random.h>

enum { FIRST_SLOTS = 1024 };

typedef struct {
    uint32_t fingerprint;
    uint32_t offset; /* sequence - base + 1; 0: the slot is empty */
} slot;
static_assert(sizeof(slot) == 8, "eight bytes an id");

struct act_id_set {
    uint64_t key[2];
    slot *slots; /* open addressing, linear probing; at most three quarters full */
    size_t count;
    size_t used; /* slots that are not empty, also below the floor */
    uint64_t base;
    uint64_t floor;
};

int act_id_set_new(act_id_set **ret)
{
    act_id_set *s = act_zalloc(1, sizeof *s);
    if (!s)
        return ACT_ENOMEM;
    s->slots = act_zalloc(FIRST_SLOTS, sizeof *s->slots);
    if (!s->slots) {
        act_dealloc(s);
        return ACT_ENOMEM;
    }
    s->count = FIRST_SLOTS;
    s->base = s->floor = 1;
    if (getrandom(s->key, sizeof s->key, 0) != sizeof s->key) {
        act_id_set_free(s);
        return ACT_EIO;
    }
    *ret = s;
    return ACT_OK;
}

void act_id_set_free(act_id_set *s)
{
    if (!s)
        return;
    act_dealloc(s->slots);
    act_dealloc(s);
}

static uint64_t rotl(uint64_t x, int bits)
{
    return x << bits | x >> (64 - bits);
}

static void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[2] += v[3];
    v[1] = rotl(v[1], 13) ^ v[0];
    v[3] = rotl(v[3], 16) ^ v[2];
    v[0] = rotl(v[0], 32);
    v[2] += v[1];
    v[0] += v[3];
    v[1] = rotl(v[1], 17) ^ v[2];
    v[3] = rotl(v[3], 21) ^ v[0];
    v[2] = rotl(v[2], 32);
}

/* SipHash-1-3 (Aumasson and Bernstein): a keyed hash for tables that outsiders fill. */
static uint64_t keyed_hash(const uint64_t key[2], act_str s)
{
    uint64_t v[4] = { key[0] ^ 0x736f6d6570736575u, key[1] ^ 0x646f72616e646f6du,
                      key[0] ^ 0x6c7967656e657261u, key[1] ^ 0x7465646279746573u };
    uint64_t word;
    size_t i = 0;
    for (; i + 8 <= s.len; i += 8) {
        memcpy(&word, s.ptr + i, 8);
        v[3] ^= word;
        sip_round(v);
        v[0] ^= word;
    }
    word = 0;
    if (i < s.len)
        memcpy(&word, s.ptr + i, s.len - i);
    word |= (uint64_t)s.len << 56;
    v[3] ^= word;
    sip_round(v);
    v[0] ^= word;
    v[2] ^= 0xff;
    sip_round(v);
    sip_round(v);
    sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* The high bits: growing the table then keeps neighbours near each other. */
static size_t home(uint32_t fingerprint, size_t count)
{
    return (size_t)(((uint64_t)fingerprint * count) >> 32);
}

static void place(slot *slots, size_t count, slot entry)
{
    size_t at = home(entry.fingerprint, count);
    while (slots[at].offset)
        at = at + 1 == count ? 0 : at + 1;
    slots[at] = entry;
}

static bool is_live(const act_id_set *s, slot entry)
{
    return entry.offset && s->base + entry.offset - 1 >= s->floor;
}

/* A fresh table of what is still remembered, at most half full, based on the floor. */
static int rebuild(act_id_set *s)
{
    size_t live = 0;
    for (size_t i = 0; i < s->count; i++)
        live += is_live(s, s->slots[i]);
    size_t count = FIRST_SLOTS;
    while (count / 2 < live + 1)
        count *= 2;
    slot *slots = act_zalloc(count, sizeof *slots);
    if (!slots)
        return ACT_ENOMEM;
    uint64_t moved = s->floor - s->base;
    for (size_t i = 0; i < s->count; i++) {
        slot entry = s->slots[i];
        if (!is_live(s, entry))
            continue;
        entry.offset = (uint32_t)(entry.offset - moved);
        place(slots, count, entry);
    }
    act_dealloc(s->slots);
    s->slots = slots;
    s->count = count;
    s->used = live;
    s->base = s->floor;
    return ACT_OK;
}

int act_id_set_add(act_id_set *s, act_str id, uint64_t sequence)
{
    assert(sequence >= s->floor);
    bool far = sequence - s->base >= UINT32_MAX;
    if (far || s->used + 1 > s->count / 4 * 3) {
        int err = rebuild(s);
        if (err)
            return err;
    }
    if (sequence - s->base >= UINT32_MAX)
        return ACT_ELIMIT;
    slot entry = { .fingerprint = act_id_set_find(s, id).fingerprint,
                   .offset = (uint32_t)(sequence - s->base + 1) };
    place(s->slots, s->count, entry);
    s->used++;
    return ACT_OK;
}

act_id_cursor act_id_set_find(const act_id_set *s, act_str id)
{
    uint32_t fingerprint = (uint32_t)(keyed_hash(s->key, id) >> 32);
    return (act_id_cursor){ fingerprint, home(fingerprint, s->count) };
}

bool act_id_set_next(const act_id_set *s, act_id_cursor *at, uint64_t *ret_sequence)
{
    for (; s->slots[at->slot].offset; at->slot = (at->slot + 1) % s->count) {
        slot entry = s->slots[at->slot];
        if (entry.fingerprint != at->fingerprint || !is_live(s, entry))
            continue;
        at->slot = (at->slot + 1) % s->count;
        *ret_sequence = s->base + entry.offset - 1;
        return true;
    }
    return false;
}

void act_id_set_forget(act_id_set *s, uint64_t floor)
{
    if (floor <= s->floor)
        return;
    s->floor = floor;
    if (s->count == FIRST_SLOTS)
        return;
    size_t live = 0;
    for (size_t i = 0; i < s->count; i++)
        live += is_live(s, s->slots[i]);
    if (live < s->count / 8)
        (void)rebuild(s); /* memory is out: the old table still serves */
}

size_t act_id_set_bytes(const act_id_set *s)
{
    return s->count * sizeof *s->slots;
}
