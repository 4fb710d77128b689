#include "api/activity_later.h"

#include "pipeline/streams.h"

#include <stdlib.h>

enum {
    LATER_MAX = 65536, /* more than the ingester takes without acknowledging */
    BATCH = 256,
    BATCH_BYTES_MAX = 64 << 20,
};

typedef struct {
    act_reader *reader;
    act_json_parser *parser;
    act_arena *batch;
    act_buf hashes; /* of uint64_t */
    size_t n;
} reading;

static int open_reading(act_call *c, uint64_t version, reading *rd)
{
    act_json_limits limits = { .max_bytes = SIZE_MAX };
    int r = act_json_parser_new(limits, &rd->parser);
    if (!r)
        r = act_arena_new(BATCH_BYTES_MAX, 0, &rd->batch);
    if (!r)
        r = act_reader_open(c->api->broker, ACT_STR(ACT_STREAM_ACTIVITIES), version + 1,
                            (act_str){ 0 }, &rd->reader);
    return r;
}

static void close_reading(reading *rd)
{
    if (rd->reader)
        act_reader_close(rd->reader);
    act_json_parser_free(rd->parser);
    act_arena_free(rd->batch);
    act_buf_done(&rd->hashes);
}

static uint64_t hash_of(const act_json *activity)
{
    return act_str_hash(act_object_meta(activity, "name"));
}

/* One batch; *ret_next as act_reader_next() has it. */
static int read_batch(reading *rd, uint64_t *ret_next)
{
    const act_delivery *got = NULL;
    size_t n = 0;
    act_arena_reset(rd->batch);
    int r = act_reader_next(rd->reader, BATCH, 0, rd->batch, &got, &n, ret_next);
    for (size_t i = 0; !r && i < n; i++) {
        const act_json *activity;
        if (act_json_parse(rd->parser, rd->batch, got[i].payload, ACT_BROKER_PADDING,
                           &activity, NULL))
            continue; /* nor is it in the store */
        uint64_t hash = hash_of(activity);
        act_buf_add(&rd->hashes, act_str_from((const char *)&hash, sizeof hash));
        rd->n++;
    }
    return r;
}

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static int keep(act_call *c, const reading *rd, act_activity_later *ret)
{
    int r = act_buf_err(&rd->hashes);
    uint64_t *hashes = r ? NULL : act_arena_make_n(c->arena, uint64_t, rd->n + 1);
    if (!hashes)
        return r ? r : ACT_ENOMEM;
    if (rd->n > 0) {
        memcpy(hashes, rd->hashes.ptr, rd->n * sizeof *hashes);
        qsort(hashes, rd->n, sizeof *hashes, compare);
    }
    *ret = (act_activity_later){ hashes, rd->n };
    return 0;
}

int act_activity_later_read(act_call *c, uint64_t version, act_activity_later *ret)
{
    act_stream_info info;
    reading rd = { .hashes = ACT_BUF_INIT };
    int r = act_broker_stream_info(c->api->broker, ACT_STR(ACT_STREAM_ACTIVITIES), &info);
    if (r)
        return r;
    if (info.last_sequence <= version) {
        *ret = (act_activity_later){ 0 };
        return 0;
    }
    r = open_reading(c, version, &rd);
    for (uint64_t next = 0; !r && next <= info.last_sequence && rd.n < LATER_MAX;)
        r = read_batch(&rd, &next);
    if (r == ACT_EAGAIN || r == ACT_EGONE) /* a watch from there is refused anyhow */
        r = 0;
    if (!r)
        r = keep(c, &rd, ret);
    close_reading(&rd);
    return r;
}

bool act_activity_is_later(const act_activity_later *l, const act_json *activity)
{
    uint64_t hash = hash_of(activity);
    return l->n > 0 && bsearch(&hash, l->hashes, l->n, sizeof hash, compare);
}
