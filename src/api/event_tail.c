#include "api/event_tail.h"

#include "base/alloc.h"
#include "base/thread.h"
#include "core/event_record.h"
#include "pipeline/streams.h"

enum {
    BATCH = 256,
    READ_WAIT_MS = 100,
    BUCKETS_FIRST = 1024,
    ARENA_MAX = 64 << 20,
    RECORD_BYTES_MAX = 64 << 20,
    RECORD_DEPTH_MAX = 200,
};

/* One Event, in one allocation with its texts. */
typedef struct entry {
    struct entry *chain;         /* of its bucket */
    struct entry *newer, *older; /* by sequence */
    uint64_t hash;               /* of namespace and name */
    size_t bytes;
    act_event_row row;
} entry;

struct act_event_tail {
    act_event_tail_options o;
    pthread_mutex_t lock; /* of all down to the counters */
    pthread_cond_t moved;
    uint64_t next_sequence; /* everything before it has been seen */
    entry **buckets;
    size_t n_buckets, count, bytes;
    entry *oldest, *newest;
    atomic_bool stop;
    pthread_t thread;
    bool started;
    act_arena *batch_arena, *record_arena;
    act_json_parser *parser;
    act_gauge *held;
    act_counter *unreadable;
};

int act_event_row_cmp(const act_event_row *a, const act_event_row *b)
{
    int r = act_str_cmp(a->ns, b->ns);
    if (!r)
        r = act_str_cmp(a->name, b->name);
    if (!r)
        r = act_str_cmp(act_scope_type_name(a->tenant.type),
                        act_scope_type_name(b->tenant.type));
    return r ? r : act_str_cmp(a->tenant.name, b->tenant.name);
}

/* ---- entries ----------------------------------------------------------------------- */

static uint64_t hash_of(act_str ns, act_str name)
{
    return act_str_hash(ns) * 31 + act_str_hash(name);
}

static act_str put(char **at, act_str text)
{
    char *to = *at;
    if (text.len > 0)
        memcpy(to, text.ptr, text.len);
    *at += text.len;
    return act_str_from(to, text.len);
}

static entry *make_entry(const act_event_row *row)
{
    size_t bytes =
        sizeof(entry) + row->tenant.name.len + row->ns.len + row->name.len + row->json.len;
    entry *e = act_alloc(bytes);
    if (!e)
        return NULL;
    char *at = (char *)(e + 1);
    *e = (entry){ .hash = hash_of(row->ns, row->name), .bytes = bytes, .row = *row };
    e->row.tenant.name = put(&at, row->tenant.name);
    e->row.ns = put(&at, row->ns);
    e->row.name = put(&at, row->name);
    e->row.json = put(&at, row->json);
    return e;
}

static entry **bucket_of(act_event_tail *t, uint64_t hash)
{
    return &t->buckets[hash & (t->n_buckets - 1)];
}

static void unlink_entry(act_event_tail *t, entry *e)
{
    entry **at = bucket_of(t, e->hash);
    while (*at != e)
        at = &(*at)->chain;
    *at = e->chain;
    *(e->older ? &e->older->newer : &t->oldest) = e->newer;
    *(e->newer ? &e->newer->older : &t->newest) = e->older;
    t->count--;
    t->bytes -= e->bytes;
    act_dealloc(e);
}

static void link_entry(act_event_tail *t, entry *e)
{
    entry **bucket = bucket_of(t, e->hash);
    e->chain = *bucket;
    *bucket = e;
    e->older = t->newest;
    *(t->newest ? &t->newest->newer : &t->oldest) = e;
    t->newest = e;
    t->count++;
    t->bytes += e->bytes;
}

/* Without memory for more buckets chains are longer. */
static void grow(act_event_tail *t)
{
    size_t n = t->n_buckets * 2;
    entry **buckets = act_zalloc(n, sizeof(*buckets));
    if (!buckets)
        return;
    act_dealloc(t->buckets);
    t->buckets = buckets;
    t->n_buckets = n;
    for (entry *e = t->oldest; e; e = e->newer) {
        entry **bucket = bucket_of(t, e->hash);
        e->chain = *bucket;
        *bucket = e;
    }
}

static entry *find_entry(act_event_tail *t, const act_event_row *row)
{
    uint64_t hash = hash_of(row->ns, row->name);
    for (entry *e = *bucket_of(t, hash); e; e = e->chain)
        if (e->hash == hash && act_event_row_cmp(&e->row, row) == 0)
            return e;
    return NULL;
}

/* ---- the reader -------------------------------------------------------------------- */

/* False: it is no Event, and cannot be asked for. */
static bool decode(act_event_tail *t, const act_delivery *m, act_event_row *ret)
{
    const act_json *root;
    act_event_record rec;
    act_arena_reset(t->record_arena);
    if (act_json_parse(t->parser, t->record_arena, m->payload, ACT_BROKER_PADDING, &root,
                       NULL) ||
        act_event_record_read(root, &rec, NULL)) {
        act_counter_add(t->unreadable, 1);
        return false;
    }
    *ret = (act_event_row){ .tenant = rec.tenant,
                            .ns = rec.ns,
                            .name = rec.name,
                            .json = m->payload,
                            .sequence = m->sequence,
                            .observed_ns = rec.observed_ns,
                            .deleted = rec.deleted };
    return true;
}

static int take(act_event_tail *t, const act_delivery *m)
{
    act_event_row row;
    if (!decode(t, m, &row))
        return 0;
    entry *e = make_entry(&row);
    if (!e)
        return ACT_ENOMEM;
    (void)pthread_mutex_lock(&t->lock);
    entry *old = find_entry(t, &row);
    if (old)
        unlink_entry(t, old);
    link_entry(t, e);
    if (t->count > t->n_buckets)
        grow(t);
    (void)pthread_mutex_unlock(&t->lock);
    return 0;
}

static void set_next(act_event_tail *t, uint64_t next)
{
    (void)pthread_mutex_lock(&t->lock);
    if (next > t->next_sequence)
        t->next_sequence = next;
    (void)pthread_cond_broadcast(&t->moved);
    (void)pthread_mutex_unlock(&t->lock);
}

/* What the store has need not be here. True when there is room for more. */
static bool forget_stored(act_event_tail *t)
{
    uint64_t floor = t->o.floor(t->o.ctx);
    (void)pthread_mutex_lock(&t->lock);
    while (t->oldest && t->oldest->row.sequence <= floor)
        unlink_entry(t, t->oldest);
    bool room = t->bytes < t->o.max_bytes;
    act_gauge_set(t->held, (int64_t)t->bytes);
    (void)pthread_mutex_unlock(&t->lock);
    return room;
}

/* One batch. ACT_EAGAIN: there was none. */
static int read_batch(act_event_tail *t, act_reader *reader)
{
    const act_delivery *got = NULL;
    size_t n = 0;
    uint64_t next = 0;
    act_arena_reset(t->batch_arena);
    int r = act_reader_next(reader, BATCH, READ_WAIT_MS * ACT_NS_PER_MS, t->batch_arena,
                            &got, &n, &next);
    for (size_t i = 0; !r && i < n; i++) {
        r = take(t, &got[i]);
        if (!r)
            set_next(t, got[i].sequence + 1);
    }
    if (!r || r == ACT_EAGAIN)
        set_next(t, next);
    return r;
}

/* The stream cannot be read. Where messages are gone, all durables had taken them, so that
 * they are in the store. */
static void recover(act_event_tail *t, int err)
{
    act_stream_info info;
    act_warn(t->o.log, "the stream of Events cannot be read, trying again", ACT_F_ERR(err));
    if (err == ACT_EGONE &&
        act_broker_stream_info(t->o.broker, ACT_STR(ACT_STREAM_EVENTS), &info) == 0)
        set_next(t, info.first_sequence);
    act_sleep_ns(READ_WAIT_MS * ACT_NS_PER_MS, &t->stop);
}

static void *run(void *arg)
{
    act_event_tail *t = arg;
    act_reader *reader = NULL;
    while (!atomic_load(&t->stop)) {
        if (!forget_stored(t)) {
            act_sleep_ns(READ_WAIT_MS * ACT_NS_PER_MS, &t->stop);
            continue;
        }
        int r = reader ? 0
                       : act_reader_open(t->o.broker, ACT_STR(ACT_STREAM_EVENTS),
                                         t->next_sequence, (act_str){ 0 }, &reader);
        if (!r)
            r = read_batch(t, reader);
        if (r == ACT_ECLOSED)
            break;
        if (r && r != ACT_EAGAIN) {
            act_reader_close(reader);
            reader = NULL;
            recover(t, r);
        }
    }
    act_reader_close(reader);
    return NULL;
}

/* ---- life -------------------------------------------------------------------------- */

static int open_parts(act_event_tail *t)
{
    act_json_limits limits = { .max_bytes = RECORD_BYTES_MAX,
                               .max_depth = RECORD_DEPTH_MAX };
    t->n_buckets = BUCKETS_FIRST;
    t->buckets = act_zalloc(t->n_buckets, sizeof(*t->buckets));
    int r = t->buckets ? act_json_parser_new(limits, &t->parser) : ACT_ENOMEM;
    if (!r)
        r = act_arena_new(ARENA_MAX, 256 << 10, &t->batch_arena);
    if (!r)
        r = act_arena_new(ARENA_MAX, 64 << 10, &t->record_arena);
    return r;
}

int act_event_tail_start(const act_event_tail_options *o, act_event_tail **ret)
{
    act_event_tail *t = act_zalloc(1, sizeof *t);
    if (!t)
        return ACT_ENOMEM;
    t->o = *o;
    if (t->o.max_bytes == 0)
        t->o.max_bytes = ACT_EVENT_TAIL_BYTES_MAX;
    (void)pthread_mutex_init(&t->lock, NULL);
    t->held = act_metrics_gauge(o->metrics, "activity_event_tail_bytes",
                                "Events that the store may not have yet.", NULL);
    t->unreadable =
        act_metrics_counter(o->metrics, "activity_event_tail_unreadable_total",
                            "Messages of the stream that were no Events.", NULL);
    int r = act_cond_init(&t->moved);
    if (!r)
        r = open_parts(t);
    t->next_sequence = o->floor(o->ctx) + 1;
    if (!r)
        r = act_thread_start(&t->thread, "event-tail", run, t);
    t->started = !r;
    if (r) {
        act_event_tail_free(t);
        return r;
    }
    *ret = t;
    return 0;
}

void act_event_tail_free(act_event_tail *t)
{
    if (!t)
        return;
    atomic_store(&t->stop, true);
    if (t->started)
        (void)pthread_join(t->thread, NULL);
    while (t->oldest)
        unlink_entry(t, t->oldest);
    act_dealloc(t->buckets);
    act_json_parser_free(t->parser);
    act_arena_free(t->batch_arena);
    act_arena_free(t->record_arena);
    (void)pthread_cond_destroy(&t->moved);
    (void)pthread_mutex_destroy(&t->lock);
    act_dealloc(t);
}

/* ---- reading ----------------------------------------------------------------------- */

int act_event_tail_catch_up(act_event_tail *t, int64_t wait_ns, uint64_t *ret_last)
{
    act_stream_info info;
    int r = act_broker_stream_info(t->o.broker, ACT_STR(ACT_STREAM_EVENTS), &info);
    if (r)
        return r;
    int64_t end = act_mono_ns(t->o.clock) + wait_ns;
    (void)pthread_mutex_lock(&t->lock);
    while (t->next_sequence <= info.last_sequence) {
        int64_t left = end - act_mono_ns(t->o.clock);
        if (left <= 0)
            break;
        (void)act_cond_wait(&t->moved, &t->lock, left);
    }
    bool there = t->next_sequence > info.last_sequence;
    (void)pthread_mutex_unlock(&t->lock);
    if (!there)
        return ACT_EAGAIN;
    *ret_last = info.last_sequence;
    return 0;
}

static bool is_wanted(const act_event_row *row, act_scope viewer, act_str ns, act_str name)
{
    return act_scope_allows_event(viewer, row->tenant) &&
           (ns.len == 0 || act_str_eq(ns, row->ns)) &&
           (name.len == 0 || act_str_eq(name, row->name));
}

static int copy_row(act_arena *a, const act_event_row *from, act_event_row *ret)
{
    *ret = *from;
    int r = act_arena_str(a, from->tenant.name, &ret->tenant.name);
    if (!r)
        r = act_arena_str(a, from->ns, &ret->ns);
    if (!r)
        r = act_arena_str(a, from->name, &ret->name);
    if (!r)
        r = act_arena_str(a, from->json, &ret->json);
    return r;
}

/* Under the lock: the entries of one name, or all, one after the other. */
static entry *first_of(act_event_tail *t, bool one, uint64_t hash)
{
    return one ? *bucket_of(t, hash) : t->oldest;
}

static int compare_rows(const void *a, const void *b)
{
    return act_event_row_cmp(a, b);
}

int act_event_tail_read(act_event_tail *t, act_scope viewer, act_str ns, act_str name,
                        act_arena *a, act_event_row **ret, size_t *ret_n)
{
    bool one = ns.len > 0 && name.len > 0;
    uint64_t hash = hash_of(ns, name);
    size_t n = 0, k = 0;
    int r = 0;
    (void)pthread_mutex_lock(&t->lock);
    for (entry *e = first_of(t, one, hash); e; e = one ? e->chain : e->newer)
        n += is_wanted(&e->row, viewer, ns, name);
    act_event_row *rows = act_arena_make_n(a, act_event_row, n + 1);
    if (!rows)
        r = ACT_ENOMEM;
    for (entry *e = first_of(t, one, hash); !r && e; e = one ? e->chain : e->newer)
        if (is_wanted(&e->row, viewer, ns, name))
            r = copy_row(a, &e->row, &rows[k++]);
    (void)pthread_mutex_unlock(&t->lock);
    if (r)
        return r;
    if (n > 0)
        qsort(rows, n, sizeof *rows, compare_rows);
    *ret = rows;
    *ret_n = n;
    return 0;
}
