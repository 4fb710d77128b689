#include "pipeline/known_rows.h"

/* Questions by key: open addressing, chains of one slot hold questions with equal keys
 * apart, as a batch may ask twice for the same row. */
typedef struct {
    act_row_question **slots;
    size_t mask;
} index_of_questions;

static bool same_row(const act_row_key *a, const act_row_key *b)
{
    return a->time_us == b->time_us && act_str_eq(a->id, b->id) &&
           act_str_eq(a->part, b->part);
}

static size_t next_slot(const index_of_questions *index, size_t at)
{
    return (at + 1) & index->mask;
}

static int make_index(act_arena *a, act_row_question *questions, size_t n,
                      index_of_questions *ret)
{
    size_t size = 16;
    while (size < 2 * n)
        size *= 2;
    *ret = (index_of_questions){ act_arena_make_n(a, act_row_question *, size), size - 1 };
    if (!ret->slots)
        return ACT_ENOMEM;
    for (size_t i = 0; i < n; i++) {
        size_t at = act_str_hash(questions[i].key.id) & ret->mask;
        while (ret->slots[at])
            at = next_slot(ret, at);
        ret->slots[at] = &questions[i];
    }
    return 0;
}

/* Every question of that row that this version answers. */
static void answer(const index_of_questions *index, const act_row_key *stored)
{
    size_t at = act_str_hash(stored->id) & index->mask;
    for (; index->slots[at]; at = next_slot(index, at)) {
        act_row_question *q = index->slots[at];
        if (same_row(&q->key, stored) && stored->version >= q->key.version)
            q->known = true;
    }
}

/* Those whose row is in this batch already, by an earlier message. What has no id is no
 * row of anything. */
static void answer_each_other(const index_of_questions *index, act_row_question *questions,
                              size_t n)
{
    for (size_t i = 1; i < n; i++) {
        act_row_question *q = &questions[i];
        size_t at = act_str_hash(q->key.id) & index->mask;
        if (q->key.id.len == 0)
            continue;
        for (; index->slots[at] && !q->known; at = next_slot(index, at)) {
            const act_row_question *other = index->slots[at];
            q->known = other < q && same_row(&q->key, &other->key) &&
                       other->key.version >= q->key.version;
        }
    }
}

static int start_query(act_store *s, const act_ingest_table *table, act_arena *a,
                       const act_row_question *questions, size_t n, act_rows **ret,
                       act_err *reterr)
{
    act_str *ids = act_arena_make_n(a, act_str, n);
    if (!ids)
        return ACT_ENOMEM;
    int64_t from = INT64_MAX, to = INT64_MIN;
    for (size_t i = 0; i < n; i++) {
        const act_row_key *key = &questions[i].key;
        ids[i] = key->id;
        from = key->time_us < from ? key->time_us : from;
        to = key->time_us > to ? key->time_us : to;
    }
    const act_store_param params[] = {
        { "from", ACT_STORE_TIME_US, .as.i64 = from },
        { "to", ACT_STORE_TIME_US, .as.i64 = to },
        { "ids", ACT_STORE_STRINGS, .as.strs = { ids, n } },
    };
    return act_store_query(s, act_str_cstr(table->known_sql), params, ACT_COUNT(params),
                           NULL, ret, reterr);
}

int act_known_rows(act_store *s, const act_ingest_table *table, act_arena *a,
                   act_row_question *questions, size_t n, act_err *reterr)
{
    index_of_questions index;
    act_rows *rows = NULL;
    for (size_t i = 0; i < n; i++)
        questions[i].known = false;
    if (n == 0)
        return 0;
    int r = make_index(a, questions, n, &index);
    if (!r)
        r = start_query(s, table, a, questions, n, &rows, reterr);
    if (r)
        return r;
    while ((r = act_rows_next(rows, reterr)) > 0) {
        act_row_key stored = { .time_us = act_rows_i64(rows, 0),
                               .id = act_rows_str(rows, 1),
                               .part = act_rows_str(rows, 2),
                               .version = act_rows_u64(rows, 3) };
        answer(&index, &stored);
    }
    act_rows_close(rows, NULL);
    if (!r)
        answer_each_other(&index, questions, n);
    for (size_t i = 0; r < 0 && i < n; i++)
        questions[i].known = false;
    return r;
}
