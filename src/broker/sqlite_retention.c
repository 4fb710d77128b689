#include "broker/sqlite_stream.h"

enum {
    STEP = 4096, /* rows that one transaction looks at, so that publishers do not wait */
};

static int prepare_u64(act_sqlite_stream *s, const char *sql, uint64_t first_bound,
                       sqlite3_stmt **ret)
{
    int err = act_db_prepare(s->db, sql, ret);
    if (err)
        return err;
    err = act_db_bind_u64(*ret, 1, first_bound);
    if (err)
        sqlite3_finalize(*ret);
    return err;
}

/* DELETE ... ? */
static int delete_below(act_sqlite_stream *s, const char *sql, uint64_t bound)
{
    sqlite3_stmt *st;
    int err = prepare_u64(s, sql, bound, &st);
    if (err)
        return err;
    err = act_db_run(st);
    sqlite3_finalize(st);
    return err;
}

static uint64_t min_u64(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

int act_sqlite_ids_load(act_sqlite_stream *s)
{
    int err = act_id_set_new(&s->ids);
    if (err)
        return err;
    int64_t now_ns = act_wall_ns(s->env->clock);
    s->id_floor = s->info.last_sequence + 1;
    sqlite3_stmt *st;
    /* Backwards to the first id whose window is over. */
    err = prepare_u64(s,
                      "SELECT sequence, published_ns FROM message WHERE sequence <= ?"
                      " ORDER BY sequence DESC",
                      s->info.last_sequence, &st);
    if (err)
        return err;
    bool row;
    while (!(err = act_db_step(st, &row)) && row) {
        if (now_ns - act_db_column_i64(st, 1) >= s->config.duplicate_window_ns)
            break;
        s->id_floor = act_db_column_u64(st, 0);
    }
    sqlite3_finalize(st);
    act_id_set_forget(s->ids, s->id_floor);
    if (!err)
        err = prepare_u64(s, "SELECT sequence, id FROM message WHERE sequence >= ?",
                          s->id_floor, &st);
    if (err)
        return err;
    while (!err && !(err = act_db_step(st, &row)) && row) {
        act_str id = act_db_column_str(st, 1);
        if (id.len)
            err = act_id_set_add(s->ids, id, act_db_column_u64(st, 0));
    }
    sqlite3_finalize(st);
    return err;
}

/* The newest stays when only bytes ask for it, until others come in its place: what was
 * acknowledged a moment ago is not gone at once. */
static bool too_many_bytes(const act_sqlite_stream *s, const act_stream_info *i,
                           uint64_t coming)
{
    return s->config.max_bytes && i->bytes + coming > s->config.max_bytes &&
           i->messages > (coming ? 0 : 1);
}

/* Limits remove messages below this one. */
static uint64_t removable_below(act_sqlite_stream *s)
{
    return s->config.work_queue ? UINT64_MAX : act_durables_floor(s);
}

static bool too_old(const act_sqlite_stream *s, int64_t published_ns, int64_t now_ns)
{
    return s->config.max_age_ns && now_ns - published_ns >= s->config.max_age_ns;
}

/* What a limit is about to remove. */
typedef struct {
    bool by_age;
    uint64_t coming; /* bytes to make room for */
    uint64_t floor;  /* nothing from here on */
    uint64_t n_bytes, n_age;
    bool more;
} retention;

/* Move next_info past the messages to remove. */
static int find_new_first(act_sqlite_stream *s, retention *r)
{
    act_stream_info *i = &s->next_info;
    int64_t now_ns = act_wall_ns(s->env->clock);
    sqlite3_stmt *st;
    int err = prepare_u64(s,
                          "SELECT sequence, bytes, published_ns FROM message"
                          " WHERE sequence >= ? AND bytes IS NOT NULL ORDER BY sequence",
                          i->first_sequence, &st);
    if (err)
        return err;
    uint64_t first = i->last_sequence + 1;
    bool row;
    for (unsigned n = 0; !(err = act_db_step(st, &row)) && row; n++) {
        uint64_t sequence = act_db_column_u64(st, 0);
        bool bytes = too_many_bytes(s, i, r->coming);
        bool age = r->by_age && too_old(s, act_db_column_i64(st, 2), now_ns);
        bool wanted = (bytes || age) && sequence < r->floor;
        r->more = wanted && n == STEP;
        if (!wanted || r->more) {
            first = sequence;
            break;
        }
        *(bytes ? &r->n_bytes : &r->n_age) += 1;
        i->messages--;
        i->bytes -= min_u64(i->bytes, act_db_column_u64(st, 1));
    }
    sqlite3_finalize(st);
    i->first_sequence = first;
    return err;
}

int act_sqlite_retain(act_sqlite_stream *s, bool by_age, uint64_t coming, bool *ret_more)
{
    *ret_more = false;
    if (!too_many_bytes(s, &s->next_info, coming) && !(by_age && s->config.max_age_ns))
        return ACT_OK;
    retention r = { .by_age = by_age, .coming = coming, .floor = removable_below(s) };
    uint64_t old_first = s->next_info.first_sequence;
    int err = find_new_first(s, &r);
    uint64_t first = s->next_info.first_sequence;
    if (err || first == old_first)
        return err;
    *ret_more = r.more;
    s->must_save = s->retained = true;
    err = delete_below(s, "DELETE FROM payload WHERE sequence < ?", first);
    /* A row stays while its id may still come again. */
    if (!err)
        err = delete_below(s, "DELETE FROM message WHERE sequence < ?",
                           min_u64(first, s->id_floor));
    if (!err) {
        act_counter_add(s->metrics.removed_bytes, r.n_bytes);
        act_counter_add(s->metrics.removed_age, r.n_age);
    }
    return err;
}

int act_sqlite_ids_sweep(act_sqlite_stream *s, bool *ret_more)
{
    int64_t now_ns = act_wall_ns(s->env->clock);
    sqlite3_stmt *st;
    uint64_t floor = s->id_floor;
    *ret_more = false;
    int err = prepare_u64(s,
                          "SELECT sequence, published_ns FROM message WHERE sequence >= ?"
                          " ORDER BY sequence",
                          floor, &st);
    if (err)
        return err;
    bool row;
    for (unsigned n = 0; !(err = act_db_step(st, &row)) && row; n++) {
        *ret_more = n == STEP;
        if (n == STEP || now_ns - act_db_column_i64(st, 1) < s->config.duplicate_window_ns)
            break;
        floor = act_db_column_u64(st, 0) + 1;
    }
    sqlite3_finalize(st);
    if (err || floor == s->id_floor)
        return err;

    uint64_t first = s->next_info.first_sequence;
    err = delete_below(s, "DELETE FROM message WHERE sequence < ?", min_u64(first, floor));
    if (!err && s->config.work_queue) {
        err = prepare_u64(s,
                          "DELETE FROM message WHERE sequence >= ? AND sequence < ?"
                          " AND bytes IS NULL",
                          s->id_floor, &st);
        if (err)
            return err;
        (void)act_db_bind_u64(st, 2, floor);
        err = act_db_run(st);
        sqlite3_finalize(st);
    }
    if (err)
        return err;
    /* Even when the commit fails: the window is over, and the rows go another time. */
    s->id_floor = floor;
    s->must_save = true; /* the last row may be among them */
    if (!*ret_more)
        act_id_set_forget(s->ids, floor);
    return ACT_OK;
}

int act_sqlite_sweep_is_due(act_sqlite_stream *s, bool *ret)
{
    int64_t now_ns = act_wall_ns(s->env->clock);
    bool row, removable = s->info.first_sequence < removable_below(s);
    *ret = removable && too_many_bytes(s, &s->info, 0);
    if (*ret)
        return ACT_OK;
    sqlite3_stmt *st;
    int err = prepare_u64(s,
                          "SELECT published_ns FROM message WHERE sequence >= ?"
                          " ORDER BY sequence LIMIT 1",
                          s->info.first_sequence, &st);
    if (err)
        return err;
    err = act_db_step(st, &row);
    if (!err && row && removable && too_old(s, act_db_column_i64(st, 0), now_ns))
        *ret = true;
    sqlite3_finalize(st);
    if (err || *ret)
        return err;
    err = prepare_u64(s,
                      "SELECT published_ns FROM message WHERE sequence >= ?"
                      " ORDER BY sequence LIMIT 1",
                      s->id_floor, &st);
    if (err)
        return err;
    err = act_db_step(st, &row);
    *ret =
        !err && row && now_ns - act_db_column_i64(st, 0) >= s->config.duplicate_window_ns;
    sqlite3_finalize(st);
    return err;
}

typedef struct {
    sqlite3_stmt *get, *drop_payload, *keep_id, *drop_message;
} removal;

/* One acknowledged message; its id is remembered until the window is over. */
static int remove_one(act_sqlite_stream *s, const removal *r, uint64_t sequence)
{
    bool row, there;
    (void)act_db_bind_u64(r->get, 1, sequence); /* reset: cannot fail */
    int err = act_db_step(r->get, &row);
    if (err || !row)
        return err;
    there = sqlite3_column_type(r->get, 0) != SQLITE_NULL;
    uint64_t bytes = act_db_column_u64(r->get, 0);
    (void)sqlite3_reset(r->get);
    if (!there || sequence < s->next_info.first_sequence)
        return ACT_OK;
    sqlite3_stmt *message = sequence < s->id_floor ? r->drop_message : r->keep_id;
    (void)act_db_bind_u64(r->drop_payload, 1, sequence);
    (void)act_db_bind_u64(message, 1, sequence);
    err = act_db_run(r->drop_payload);
    if (!err)
        err = act_db_run(message);
    if (err)
        return err;
    s->next_info.messages--;
    s->next_info.bytes -= min_u64(s->next_info.bytes, bytes);
    act_counter_add(s->metrics.removed_ack, 1);
    return ACT_OK;
}

static int first_payload(act_sqlite_stream *s, uint64_t *ret)
{
    sqlite3_stmt *st;
    bool row;
    int err = prepare_u64(s,
                          "SELECT sequence FROM payload WHERE sequence >= ?"
                          " ORDER BY sequence LIMIT 1",
                          s->next_info.first_sequence, &st);
    if (err)
        return err;
    err = act_db_step(st, &row);
    if (!err)
        *ret = row ? act_db_column_u64(st, 0) : s->next_info.last_sequence + 1;
    sqlite3_finalize(st);
    return err;
}

int act_sqlite_remove_acked(act_sqlite_stream *s, const uint64_t *sequences, size_t n)
{
    removal r = { 0 };
    const struct {
        const char *sql;
        sqlite3_stmt **st;
    } statements[] = {
        { "SELECT bytes FROM message WHERE sequence = ?", &r.get },
        { "DELETE FROM payload WHERE sequence = ?", &r.drop_payload },
        { "UPDATE message SET bytes = NULL WHERE sequence = ?", &r.keep_id },
        { "DELETE FROM message WHERE sequence = ?", &r.drop_message },
    };
    int err = ACT_OK;
    for (size_t i = 0; !err && i < ACT_COUNT(statements); i++)
        err = act_db_prepare(s->db, statements[i].sql, statements[i].st);
    for (size_t i = 0; !err && i < n; i++)
        err = remove_one(s, &r, sequences[i]);
    for (size_t i = 0; i < ACT_COUNT(statements); i++)
        sqlite3_finalize(*statements[i].st);
    if (!err)
        err = first_payload(s, &s->next_info.first_sequence);
    s->must_save = true;
    return err;
}
