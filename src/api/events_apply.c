/* Server-side apply of Events. What is applied is compared in the client's form, where
 * managedFields name its members. */
#include "api/apply.h"
#include "api/change.h"
#include "api/events_parts.h"

enum { ATTEMPTS = 8 };

/* There is none: the intent becomes the Event. ACT_ECONFLICT: somebody was faster. */
static int create(act_call *c, const act_apply_intent *in)
{
    const act_json *object = NULL;
    act_problems conflicts = act_problems_in(c->arena);
    if (!act_apply_may_create(c, in))
        return 0;
    int r = act_event_prepare(c, in->object, &object);
    if (!r)
        r = act_managed_apply(c->arena, c->kind->schema, NULL, object, &in->writer, false,
                              &conflicts, &object);
    if (act_apply_refuse(c, r, &conflicts))
        return 0;
    r = act_event_store_new(c, object, in->q.dry_run);
    return r == ACT_EEXISTS ? ACT_ECONFLICT : r;
}

static int change(act_call *c, const act_apply_intent *in, const act_event_state *before)
{
    const act_json *live = NULL, *after = NULL;
    act_problems conflicts = act_problems_in(c->arena);
    int r = act_event_shown(c, before, &live);
    if (r) {
        act_event_answer_failure(c, r);
        return 0;
    }
    if (!act_change_names(c, live, in->object) ||
        !act_event_version_holds(c, in->object, live))
        return 0;
    r = act_managed_apply(c->arena, c->kind->schema, live, in->object, &in->writer,
                          in->q.force, &conflicts, &after);
    if (act_apply_refuse(c, r, &conflicts))
        return 0;
    return act_event_replace(c, before, after, true, in->q.dry_run);
}

static int apply_once(act_call *c, const act_apply_intent *in)
{
    act_event_state before;
    int r = act_event_find(c, c->target.ns, c->target.name, NULL, &before);
    if (r == ACT_ENOTFOUND)
        return create(c, in);
    if (!r)
        return change(c, in, &before);
    act_event_answer_failure(c, r);
    return 0;
}

void act_event_apply(act_call *c)
{
    act_apply_intent in;
    size_t turn;
    int r = ACT_ECONFLICT;
    if (!act_apply_read(c, &in) || !act_event_is_here(c, in.object) ||
        !act_event_take_turn(c, &turn))
        return;
    for (int i = 0; i < ATTEMPTS && r == ACT_ECONFLICT; i++)
        r = apply_once(c, &in);
    act_turns_leave(c->api->turns, turn);
    if (r == ACT_ECONFLICT)
        act_change_conflict(c, (act_str){ 0 });
}
