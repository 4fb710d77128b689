/* Times of queries: what is accepted is not in the future and says so in its text. */
#include "core/timerange.h"

#include <stdlib.h>

#define NOW (INT64_C(1769860800) * ACT_NS_PER_S + 500)

static void require(bool holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ACT_AUTO(act_arena) a = NULL;
    if (act_arena_new(1 << 20, 0, &a))
        return 0;
    act_str start, end = act_str_split(act_str_from(data, size), '\n', &start);
    act_problems problems = act_problems_in(a);
    const act_timerange_options options = { .now_ns = NOW, .default_end = ACT_STR("now") };
    act_timerange r;
    int err = act_timerange_resolve(start, end, &options, &r, &problems);
    require((err == ACT_OK) == (problems.count == 0));
    if (err)
        return 0;
    require(r.start_ns < r.end_ns && r.end_ns <= NOW && r.start_us <= r.end_us);
    /* The effective texts are times again, the same to the second. */
    int64_t again;
    require(act_time_parse(act_str_cstr(r.start_text), NOW, &again, NULL) == ACT_OK);
    require(again <= r.start_ns && r.start_ns - again < ACT_NS_PER_S);
    require(act_time_parse(act_str_cstr(r.end_text), NOW, &again, NULL) == ACT_OK);
    require(again <= r.end_ns && r.end_ns - again < ACT_NS_PER_S);
    return 0;
}
