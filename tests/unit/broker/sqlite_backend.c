#include "sqlite_backend.h"

#include "broker/broker_sqlite.h"
#include "broker_help.h"

#include <stdatomic.h>

typedef struct {
    char *directory;
    act_metrics *metrics;
    _Atomic int64_t ahead_ns; /* of the time below */
} sqlite_state;

enum { START_S = 1700000000 };

static int64_t wall(void *ctx)
{
    return START_S * ACT_NS_PER_S + ((sqlite_state *)ctx)->ahead_ns;
}

static int64_t mono(void *ctx)
{
    return 1000 * ACT_NS_PER_S + ((sqlite_state *)ctx)->ahead_ns;
}

static void *start(void)
{
    sqlite_state *s = calloc(1, sizeof *s);
    s->directory = new_directory();
    assert_ok(act_metrics_new(&s->metrics));
    return s;
}

static void finish(void *state)
{
    sqlite_state *s = state;
    remove_directory(s->directory);
    act_metrics_free(s->metrics);
    free(s);
}

static act_broker *open_broker(void *state)
{
    sqlite_state *s = state;
    act_broker_sqlite_options o = {
        .directory = act_str_cstr(s->directory),
        .clock = { wall, mono, s },
        .metrics = s->metrics,
        .sweep_interval_ns = 10 * ACT_NS_PER_MS,
    };
    act_broker *b = NULL;
    act_err detail = ACT_ERR_INIT;
    if (act_broker_sqlite_open(&o, &b, &detail))
        fail_msg("%s", detail.text);
    return b;
}

static void advance(void *state, int64_t ns)
{
    ((sqlite_state *)state)->ahead_ns += ns;
}

/* The sum over the label values, out of the text. */
static uint64_t metric(void *state, const char *name)
{
    act_buf text = ACT_BUF_INIT;
    act_metrics_text(((sqlite_state *)state)->metrics, &text);
    act_str rest = act_buf_str(&text);
    uint64_t sum = 0;
    while (rest.len) {
        act_str line, before;
        rest = act_str_split(rest, '\n', &line);
        act_str_split(line, '{', &before);
        size_t space = act_str_rfind_byte(line, ' ');
        uint64_t value;
        if (!act_str_eq_cstr(before, name) || space == SIZE_MAX)
            continue;
        assert_ok(act_str_to_u64(act_str_cut(line, space + 1), &value));
        sum += value;
    }
    act_buf_done(&text);
    return sum;
}

const broker_backend sqlite_backend = {
    .name = "broker_sqlite",
    .start = start,
    .finish = finish,
    .open = open_broker,
    .advance = advance,
    .metric = metric,
};

const char *sqlite_backend_directory(void *state)
{
    return ((sqlite_state *)state)->directory;
}

int sqlite_open(const char *directory, act_metrics *m, act_broker **ret, act_err *reterr)
{
    act_broker_sqlite_options o = {
        .directory = act_str_cstr(directory),
        .clock = act_clock_system(),
        .metrics = m,
    };
    return act_broker_sqlite_open(&o, ret, reterr);
}
