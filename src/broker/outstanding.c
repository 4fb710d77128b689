#include "broker/outstanding.h"

#include "base/alloc.h"

enum { FIRST_SIZE = 64, LEB128_MAX = 10 };

void act_outstanding_done(act_outstanding *o)
{
    act_dealloc(o->entries);
    *o = ACT_OUTSTANDING_INIT;
}

static void compact(act_outstanding *o)
{
    size_t kept = 0;
    for (size_t i = 0; i < o->n; i++)
        if (!o->entries[i].dead)
            o->entries[kept++] = o->entries[i];
    o->n = kept;
    assert(o->n == o->live);
}

int act_outstanding_reserve(act_outstanding *o, size_t n)
{
    if (o->size - o->n >= n)
        return ACT_OK;
    size_t want, bytes;
    if (act_add_overflows(o->live, n, &want) ||
        act_mul_overflows(want, 2 * sizeof *o->entries, &bytes))
        return ACT_ENOMEM;
    compact(o);
    if (o->size - o->n >= n)
        return ACT_OK;
    size_t size = want * 2 < FIRST_SIZE ? FIRST_SIZE : want * 2;
    act_outstanding_entry *p = act_realloc(o->entries, size * sizeof *p);
    if (!p)
        return ACT_ENOMEM;
    o->entries = p;
    o->size = size;
    return ACT_OK;
}

void act_outstanding_add(act_outstanding *o, uint64_t sequence, int64_t due_mono_ns,
                         uint32_t deliveries)
{
    assert(o->n < o->size && (o->n == 0 || o->entries[o->n - 1].sequence < sequence));
    o->entries[o->n++] = (act_outstanding_entry){
        .sequence = sequence,
        .due_mono_ns = due_mono_ns,
        .deliveries = deliveries,
    };
    o->live++;
    if (due_mono_ns < o->earliest_due)
        o->earliest_due = due_mono_ns;
}

/* Index of the first entry at or above @sequence. */
static size_t lower_bound(const act_outstanding *o, uint64_t sequence)
{
    size_t low = 0, high = o->n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (o->entries[mid].sequence < sequence)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

act_outstanding_entry *act_outstanding_find(act_outstanding *o, uint64_t sequence)
{
    size_t i = lower_bound(o, sequence);
    if (i == o->n || o->entries[i].sequence != sequence || o->entries[i].dead)
        return NULL;
    return &o->entries[i];
}

void act_outstanding_remove(act_outstanding *o, act_outstanding_entry *e)
{
    assert(!e->dead);
    e->dead = true;
    o->live--;
    if (o->live == 0)
        o->earliest_due = INT64_MAX;
    if (o->live < o->n / 2)
        compact(o);
}

size_t act_outstanding_remove_below(act_outstanding *o, uint64_t sequence)
{
    size_t end = lower_bound(o, sequence), removed = 0;
    for (size_t i = 0; i < end; i++) {
        removed += !o->entries[i].dead;
        o->entries[i].dead = true;
    }
    o->live -= removed;
    compact(o);
    return removed;
}

void act_outstanding_postpone(act_outstanding *o, act_outstanding_entry *e,
                              int64_t due_mono_ns)
{
    e->due_mono_ns = due_mono_ns;
    if (due_mono_ns < o->earliest_due)
        o->earliest_due = due_mono_ns;
}

size_t act_outstanding_due(act_outstanding *o, int64_t now_mono_ns, size_t max,
                           uint64_t *ret_sequences)
{
    if (o->earliest_due > now_mono_ns)
        return 0;
    size_t n = 0;
    int64_t earliest = INT64_MAX;
    for (size_t i = 0; i < o->n; i++) {
        const act_outstanding_entry *e = &o->entries[i];
        if (e->dead || e->acking)
            continue;
        if (e->due_mono_ns <= now_mono_ns && n < max)
            ret_sequences[n++] = e->sequence;
        if (e->due_mono_ns < earliest)
            earliest = e->due_mono_ns;
    }
    o->earliest_due = earliest;
    return n;
}

uint64_t act_outstanding_first(const act_outstanding *o, uint64_t none)
{
    for (size_t i = 0; i < o->n; i++)
        if (!o->entries[i].dead)
            return o->entries[i].sequence;
    return none;
}

static void save_number(act_buf *out, uint64_t v)
{
    for (; v >= 0x80; v >>= 7)
        act_buf_add_byte(out, (char)(v | 0x80));
    act_buf_add_byte(out, (char)v);
}

void act_outstanding_save(const act_outstanding *o, act_buf *out)
{
    uint64_t before = 0;
    for (size_t i = 0; i < o->n; i++) {
        const act_outstanding_entry *e = &o->entries[i];
        if (e->dead || e->acking)
            continue;
        save_number(out, e->sequence - before);
        before = e->sequence;
    }
}

/* The number at the front of *@s, which is cut off. */
static int load_number(act_str *s, uint64_t *ret)
{
    uint64_t v = 0;
    for (unsigned i = 0; i < LEB128_MAX && i < s->len; i++) {
        uint8_t byte = (uint8_t)s->ptr[i];
        v |= (uint64_t)(byte & 0x7f) << (7 * i);
        if (byte & 0x80)
            continue;
        *s = act_str_cut(*s, i + 1);
        *ret = v;
        return ACT_OK;
    }
    return ACT_ECORRUPT;
}

int act_outstanding_load(act_outstanding *o, act_str saved, uint64_t first, uint64_t last,
                         int64_t due_mono_ns)
{
    uint64_t sequence = 0;
    while (saved.len) {
        uint64_t distance;
        int err = load_number(&saved, &distance);
        if (err)
            return err;
        if (distance == 0 || distance > last || sequence > last - distance)
            return ACT_ECORRUPT;
        sequence += distance;
        if (sequence < first)
            continue;
        err = act_outstanding_reserve(o, 1);
        if (err)
            return err;
        act_outstanding_add(o, sequence, due_mono_ns, 0);
    }
    return ACT_OK;
}
