#include "pipeline/ingester.h"

#include "base/alloc.h"
#include "base/thread.h"
#include "pipeline/ingest_lane.h"

struct act_ingester {
    act_clock clock;
    act_lane *lanes[ACT_LANES];
};

int act_ingester_start(const act_ingester_options *o, act_ingester **ret, act_err *reterr)
{
    act_ingester *in = act_zalloc(1, sizeof *in);
    if (!in)
        return ACT_ENOMEM;
    in->clock = o->clock;
    for (int kind = 0; kind < ACT_LANES; kind++) {
        int r = act_lane_start((enum act_lane_kind)kind, o, &in->lanes[kind], reterr);
        if (r) {
            act_ingester_free(in);
            return r;
        }
    }
    *ret = in;
    return 0;
}

int act_ingester_drain(act_ingester *in, int64_t wait_ns)
{
    const atomic_bool never = false;
    int64_t end = act_mono_ns(in->clock) + wait_ns;
    for (;;) {
        bool empty = true;
        for (int kind = 0; kind < ACT_LANES; kind++)
            empty = empty && act_lane_is_empty(in->lanes[kind]);
        if (empty)
            return 0;
        if (act_mono_ns(in->clock) >= end)
            return ACT_EAGAIN;
        act_sleep_ns(5 * ACT_NS_PER_MS, &never);
    }
}

uint64_t act_ingester_activities_floor(act_ingester *in)
{
    return act_lane_floor(in->lanes[ACT_LANE_ACTIVITIES]);
}

uint64_t act_ingester_events_floor(act_ingester *in)
{
    return act_lane_floor(in->lanes[ACT_LANE_EVENTS]);
}

void act_ingester_free(act_ingester *in)
{
    if (!in)
        return;
    for (int kind = 0; kind < ACT_LANES; kind++)
        if (in->lanes[kind])
            act_lane_stop(in->lanes[kind]);
    for (int kind = 0; kind < ACT_LANES; kind++)
        act_lane_free(in->lanes[kind]);
    act_dealloc(in);
}
