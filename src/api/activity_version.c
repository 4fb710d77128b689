#include "api/activity_version.h"

#include "api/answer.h"
#include "api/deadline.h"
#include "base/thread.h"
#include "pipeline/streams.h"

enum { LOOK_MS = 10 };

/* False: answered. */
static bool is_published(act_call *c, uint64_t wanted)
{
    act_stream_info info;
    int r = act_broker_stream_info(c->api->broker, ACT_STR(ACT_STREAM_ACTIVITIES), &info);
    if (r)
        act_answer_failure(c, r, "the broker");
    else if (wanted > info.last_sequence)
        act_answer_version_too_large(c, wanted, info.last_sequence);
    return !r && wanted <= info.last_sequence;
}

/* What the store has, when it has @wanted or time is over. */
static uint64_t wait_for(act_call *c, uint64_t wanted)
{
    static const atomic_bool never;
    int64_t end = act_mono_ns(c->api->clock) + ACT_VERSION_WAIT_S * ACT_NS_PER_S;
    uint64_t stored = act_ingester_activities_floor(c->api->ingester);
    while (stored < wanted && act_mono_ns(c->api->clock) < end &&
           !act_deadline_is_over(c)) {
        act_sleep_ns(LOOK_MS * ACT_NS_PER_MS, &never);
        stored = act_ingester_activities_floor(c->api->ingester);
    }
    return stored;
}

bool act_activity_version_await(act_call *c, uint64_t wanted, bool exact)
{
    if (wanted == 0)
        return true;
    if (!is_published(c, wanted))
        return false;
    uint64_t stored = wait_for(c, wanted);
    if (stored < wanted)
        act_answer_version_too_large(c, wanted, stored);
    else if (exact && stored > wanted)
        act_answer_error(c, ACT_KUBE_EXPIRED,
                         "The resourceVersion for the provided list is too old.");
    return stored >= wanted && !(exact && stored > wanted);
}
