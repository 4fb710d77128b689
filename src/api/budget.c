#include "api/budget.h"

#include "api/deadline.h"
#include "api/shares.h"

#include <inttypes.h>

static void count(const act_call *c, const char *limit)
{
    act_counter_add(act_metrics_counter(c->api->metrics, "activity_api_query_limited_total",
                                        "Questions that were refused or ended by a limit.",
                                        (const char *[]){ "limit", limit, NULL }),
                    1);
}

/* ---- how many at once --------------------------------------------------------------- */

static int scope_key(const act_call *c, act_str *ret)
{
    return act_arena_printf(c->arena, ret, "%.*s/%.*s",
                            ACT_STR_ARG(act_scope_type_name(c->scope.type)),
                            ACT_STR_ARG(c->scope.name));
}

static void refuse(act_call *c)
{
    count(c, "queries-per-scope");
    act_kube_status status =
        act_kube_error(c->arena, ACT_KUBE_TOO_MANY_REQUESTS,
                       "%u queries of this tenant are running, which is the most there may "
                       "be at once (queries-per-scope); try again",
                       c->api->limits.queries_per_scope);
    status.retry_after_s = 1;
    act_answer_status(c, &status);
}

bool act_budget_enter(act_call *c)
{
    act_str key;
    if (scope_key(c, &key)) {
        act_answer_failure(c, ACT_ENOMEM, "memory");
        return false;
    }
    bool in = act_shares_take(c->api->queries, key);
    if (in)
        c->budget_key = key;
    else
        refuse(c);
    return in;
}

void act_budget_leave(act_call *c)
{
    act_shares_leave(c->api->queries, c->budget_key);
}

/* ---- how much ----------------------------------------------------------------------- */

act_store_limits act_budget_store(const act_call *c)
{
    const act_api_limits *l = &c->api->limits;
    act_store_limits s = act_deadline_store(c);
    if (l->query_time_ns > 0 && l->query_time_ns < s.max_time_ns)
        s.max_time_ns = l->query_time_ns;
    s.max_rows_read = l->query_rows;
    s.max_memory_bytes = l->query_memory_bytes;
    return s;
}

/* In steps, so that a small statement leaves the limits of the next one as they are, and a
 * connection need not be told others. */
static uint64_t left(uint64_t most, uint64_t spent, uint64_t step)
{
    uint64_t steps = spent < most ? (most - spent + step - 1) / step : 0;
    return steps == 0 ? 1 : steps * step < most ? steps * step : most;
}

act_store_limits act_budget_left(const act_call *c, const act_store_cost *spent)
{
    enum { STEPS = 256 };
    act_store_limits s = act_budget_store(c);
    int64_t most = c->api->limits.query_time_ns;
    if (most > 0) {
        int64_t time = (int64_t)left((uint64_t)most, (uint64_t)spent->elapsed_ns,
                                     (uint64_t)ACT_NS_PER_S);
        s.max_time_ns = time < s.max_time_ns ? time : s.max_time_ns;
    }
    if (s.max_rows_read > 0)
        s.max_rows_read =
            left(s.max_rows_read, spent->rows_read, s.max_rows_read / STEPS + 1);
    return s;
}

static void answer(act_call *c, const char *limit, const char *what, const act_err *e)
{
    count(c, limit);
    act_answer_error(c, ACT_KUBE_BAD_REQUEST,
                     "the query takes more %s than it may (%s): %s; make its time range "
                     "shorter or its filter narrower",
                     what, limit, e->text);
}

void act_budget_answer(act_call *c, const act_err *e)
{
    if (act_deadline_is_over(c)) {
        act_deadline_answer(c, "store");
        return;
    }
    switch (act_store_limit_of(e)) {
    case ACT_STORE_LIMIT_TIME:
        answer(c, "query-max-time", "time", e);
        return;
    case ACT_STORE_LIMIT_ROWS:
        answer(c, "query-max-rows", "rows", e);
        return;
    case ACT_STORE_LIMIT_MEMORY:
        answer(c, "query-max-memory", "memory", e);
        return;
    case ACT_STORE_LIMIT_BUSY: /* of the store as a whole: it passes */
        act_answer_failure(c, ACT_EAGAIN, "the store");
        return;
    }
}
