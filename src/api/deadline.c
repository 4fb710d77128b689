#include "api/deadline.h"

int act_deadline_set(act_call *c, bool writes)
{
    int64_t most = c->api->limits.request_timeout_ns;
    if (most <= 0)
        most = ACT_REQUEST_TIMEOUT_S * ACT_NS_PER_S;
    if (writes && most > ACT_WRITE_TIMEOUT_S * ACT_NS_PER_S)
        most = ACT_WRITE_TIMEOUT_S * ACT_NS_PER_S;
    act_str asked = act_http_request_param(c->req, ACT_STR("timeout"));
    int64_t timeout = 0;
    int r = asked.len > 0 ? act_go_duration_parse(asked, &timeout) : 0;
    if (timeout > 0 && timeout < most)
        most = timeout;
    c->deadline_ns = act_http_request_start_mono_ns(c->req) + most;
    return r;
}

static int64_t time_left(const act_call *c)
{
    return c->deadline_ns - act_mono_ns(c->api->clock);
}

bool act_deadline_is_over(const act_call *c)
{
    return time_left(c) <= 0;
}

/* Rounded up: when the engine gives up, the deadline is over; and statements of different
 * requests have the same limits, which a connection need not be told again. */
act_store_limits act_deadline_store(const act_call *c)
{
    int64_t left = time_left(c);
    int64_t seconds = left > 0 ? (left + ACT_NS_PER_S - 1) / ACT_NS_PER_S : 1;
    return (act_store_limits){ .max_time_ns = seconds * ACT_NS_PER_S };
}

void act_deadline_answer(act_call *c, const char *stage)
{
    act_counter_add(
        act_metrics_counter(c->api->metrics, "activity_api_timeouts_total",
                            "Requests that took longer than they may, by what they waited "
                            "for.",
                            (const char *[]){ "stage", stage, NULL }),
        1);
    act_answer_error(c, ACT_KUBE_TIMEOUT,
                     "Timeout: request did not complete within the allotted timeout");
}
