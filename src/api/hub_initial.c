#include "api/hub_initial.h"

act_hub_initial act_hub_initial_begin(const act_hub_kind *kind, const act_call *c,
                                      unsigned shape)
{
    return (act_hub_initial){ .notes = kind->remembered,
                              .form = { act_watch_form_of(c), shape },
                              .frames = ACT_BUF_INIT };
}

int act_hub_initial_add(act_hub_initial *i, const act_call *c,
                        const act_json *const *objects, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        if (i->frames.len > ACT_HUB_INITIAL_BYTES)
            return ACT_ELIMIT;
        act_watch_frame_write(&i->form.frame, "ADDED", objects[k], c->now_ns, &i->frames);
        if (i->notes)
            act_hub_seen_note(&i->seen, objects[k], true);
    }
    return act_buf_err(&i->frames);
}

void act_hub_initial_done(act_hub_initial *i)
{
    act_hub_seen_done(&i->seen);
    act_buf_done(&i->frames);
}
