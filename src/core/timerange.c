#include "core/timerange.h"

static int unit_ns(char c, int64_t *ret)
{
    switch (c) {
    case 's':
        *ret = ACT_NS_PER_S;
        return ACT_OK;
    case 'm':
        *ret = 60 * ACT_NS_PER_S;
        return ACT_OK;
    case 'h':
        *ret = 3600 * ACT_NS_PER_S;
        return ACT_OK;
    case 'd':
        *ret = 24 * 3600 * ACT_NS_PER_S;
        return ACT_OK;
    case 'w':
        *ret = 7 * 24 * 3600 * ACT_NS_PER_S;
        return ACT_OK;
    default:
        return ACT_EPARSE;
    }
}

static int not_a_time(act_str text, act_err *reterr)
{
    return act_fail(reterr, ACT_EPARSE,
                    "\"%.*s\" is neither RFC 3339 (2026-01-02T03:04:05Z), nor now, nor "
                    "now-<N><s|m|h|d|w> (now-7d)",
                    ACT_STR_ARG(act_str_head(text, 64)));
}

/* "-7d", what follows "now". */
static int parse_offset(act_str whole, act_str offset, int64_t now_ns, int64_t *ret_ns,
                        act_err *reterr)
{
    if (offset.len == 0) {
        *ret_ns = now_ns;
        return ACT_OK;
    }
    int64_t unit, back, ns;
    if (offset.len < 3 || offset.ptr[0] != '-' ||
        unit_ns(offset.ptr[offset.len - 1], &unit))
        return not_a_time(whole, reterr);
    act_str digits = act_str_from(offset.ptr + 1, offset.len - 2);
    /* Digits only: a number parser that takes signs or blanks, or stops early, would make
     * sense of now-1h30m and now--7d. */
    for (size_t i = 0; i < digits.len; i++)
        if (digits.ptr[i] < '0' || digits.ptr[i] > '9')
            return not_a_time(whole, reterr);
    int64_t count;
    if (act_str_to_i64(digits, &count) || act_mul_overflows(count, unit, &back) ||
        __builtin_sub_overflow(now_ns, back, &ns))
        return act_fail(reterr, ACT_ELIMIT, "\"%.*s\" is too far back",
                        ACT_STR_ARG(act_str_head(whole, 64)));
    *ret_ns = ns;
    return ACT_OK;
}

int act_time_parse(act_str text, int64_t now_ns, int64_t *ret_ns, act_err *reterr)
{
    if (text.len == 0)
        return act_fail(reterr, ACT_EINVAL, "a time is required");
    if (act_str_starts(text, ACT_STR("now")))
        return parse_offset(text, act_str_cut(text, 3), now_ns, ret_ns, reterr);
    int64_t ns;
    switch (act_rfc3339_parse(text, &ns)) {
    case ACT_OK:
        break;
    case ACT_ELIMIT:
        return act_fail(reterr, ACT_ELIMIT, "\"%.*s\" is outside the years 1678 to 2261",
                        ACT_STR_ARG(act_str_head(text, 64)));
    default:
        return not_a_time(text, reterr);
    }
    if (ns > now_ns)
        return act_fail(reterr, ACT_ELIMIT, "\"%.*s\" is in the future",
                        ACT_STR_ARG(act_str_head(text, 64)));
    *ret_ns = ns;
    return ACT_OK;
}

/* ---- ranges ----------------------------------------------------------------------- */

enum { SECONDS_END = sizeof "2026-01-02T03:04:05" - 1 };

/* The effective time of an absolute input is the input without its fraction. */
static void effective_text(act_str input, int64_t ns, char out[ACT_RFC3339_MAX])
{
    if (act_str_starts(input, ACT_STR("now"))) {
        (void)act_rfc3339_format(ns, 0, out); /* its length is not needed */
        return;
    }
    act_str zone = act_str_cut(input, SECONDS_END);
    while (zone.len && (zone.ptr[0] == '.' || (zone.ptr[0] >= '0' && zone.ptr[0] <= '9')))
        zone = act_str_cut(zone, 1);
    assert(input.len >= SECONDS_END && SECONDS_END + zone.len < ACT_RFC3339_MAX);
    memcpy(out, input.ptr, SECONDS_END);
    memcpy(out + SECONDS_END, zone.ptr, zone.len);
    out[SECONDS_END + zone.len] = '\0';
}

static int64_t ceil_us(int64_t ns)
{
    int64_t us = ns / ACT_NS_PER_US; /* towards zero, which is up for the past */
    return ns > 0 && ns % ACT_NS_PER_US ? us + 1 : us;
}

static bool parse_bound(act_str text, act_str field, int64_t now_ns, int64_t *ret_ns,
                        act_problems *problems)
{
    act_err why = ACT_ERR_INIT;
    int err = act_time_parse(text, now_ns, ret_ns, &why);
    if (err == ACT_EINVAL)
        act_problems_add(problems, ACT_PROBLEM_REQUIRED, field, (act_str){ 0 }, "%s",
                         why.text);
    else if (err)
        act_problems_add(problems, ACT_PROBLEM_INVALID, field, text, "%s", why.text);
    return err == ACT_OK;
}

/* "30 days", "12 hours", "90 seconds": the largest unit that divides it. */
static void describe(int64_t ns, char out[static 32])
{
    int64_t s = ns / ACT_NS_PER_S;
    if (s % 86400 == 0)
        (void)snprintf(out, 32, "%lld days", (long long)(s / 86400));
    else if (s % 3600 == 0)
        (void)snprintf(out, 32, "%lld hours", (long long)(s / 3600));
    else
        (void)snprintf(out, 32, "%lld seconds", (long long)s);
}

static bool check_window(const act_timerange *range, const act_timerange_options *options,
                         act_str end, act_problems *problems)
{
    if (range->end_ns <= range->start_ns) {
        act_problems_add(problems, ACT_PROBLEM_INVALID, options->end_field, end,
                         "must be after the start, %s", range->start_text);
        return false;
    }
    int64_t window;
    bool fits = !__builtin_sub_overflow(range->end_ns, range->start_ns, &window);
    if (options->max_window_ns == 0 || (fits && window <= options->max_window_ns))
        return true;
    char most[32], value[160];
    describe(options->max_window_ns, most);
    int n =
        snprintf(value, sizeof value, "%.64s to %.64s", range->start_text, range->end_text);
    act_problems_add(problems, ACT_PROBLEM_INVALID, options->window_field,
                     act_str_from(value, (size_t)n), "spans more than %s", most);
    return false;
}

int act_timerange_resolve(act_str start, act_str end, const act_timerange_options *options,
                          act_timerange *ret, act_problems *problems)
{
    if (start.len == 0)
        start = options->default_start;
    if (end.len == 0)
        end = options->default_end;
    act_timerange range = { 0 };
    bool ok = parse_bound(start, options->start_field, options->now_ns, &range.start_ns,
                          problems);
    ok &= parse_bound(end, options->end_field, options->now_ns, &range.end_ns, problems);
    if (!ok)
        return ACT_EINVAL;
    effective_text(start, range.start_ns, range.start_text);
    effective_text(end, range.end_ns, range.end_text);
    if (!check_window(&range, options, end, problems))
        return ACT_EINVAL;
    range.start_us = ceil_us(range.start_ns);
    range.end_us = ceil_us(range.end_ns);
    *ret = range;
    return ACT_OK;
}
