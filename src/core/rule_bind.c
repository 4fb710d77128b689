#include "core/rule_bind.h"

/* Rules may say has(audit.objectRef.name) of any event: the objects that an event may lack
 * stand there as {} instead. */
static int with_defaults(act_arena *a, const act_json *event, const act_json **ret)
{
    static const act_str keys[] = {
        { "objectRef", 9 },       { "user", 4 },           { "responseStatus", 14 },
        { "responseObject", 14 }, { "requestObject", 13 },
    };
    size_t n, missing = 0;
    const act_json_member *members = act_json_members(event, &n);
    const act_json *found[ACT_COUNT(keys)];
    for (size_t i = 0; i < ACT_COUNT(keys); i++) {
        found[i] = act_json_get(event, keys[i]);
        missing += !found[i];
    }
    if (!missing) {
        *ret = event;
        return ACT_OK;
    }
    act_json_member *all = act_arena_make_n(a, act_json_member, n + missing);
    act_json *object = act_arena_make(a, act_json);
    if (!all || !object)
        return ACT_ENOMEM;
    memcpy(all, members, n * sizeof *all);
    for (size_t i = 0; i < ACT_COUNT(keys); i++)
        if (!found[i])
            all[n++] = (act_json_member){ keys[i],
                                          act_str_hash(keys[i]),
                                          { .type = ACT_JSON_OBJECT } };
    *object =
        (act_json){ .type = ACT_JSON_OBJECT, .count = (uint32_t)n, .as.members = all };
    *ret = object;
    return ACT_OK;
}

static int make_actor_ref(act_arena *a, const act_actor *actor, const act_json **ret)
{
    act_json_member *members = act_arena_make_n(a, act_json_member, 2);
    act_json *object = act_arena_make(a, act_json);
    if (!members || !object)
        return ACT_ENOMEM;
    members[0] =
        (act_json_member){ ACT_STR("type"),
                           act_str_hash(ACT_STR("type")),
                           { .type = ACT_JSON_STRING, .as.string = actor->ref_type } };
    members[1] =
        (act_json_member){ ACT_STR("name"),
                           act_str_hash(ACT_STR("name")),
                           { .type = ACT_JSON_STRING, .as.string = actor->ref_name } };
    *object = (act_json){ .type = ACT_JSON_OBJECT, .count = 2, .as.members = members };
    *ret = object;
    return ACT_OK;
}

/* A string of a record may be longer than a CEL value can be only in theory. */
static cel_value text_value(act_str s)
{
    return cel_string(act_str_head(s, UINT32_MAX));
}

static int bind(act_arena *a, cel_ctx *ctx, const act_json *record, const act_actor *actor)
{
    const act_json *ref = NULL;
    int err = make_actor_ref(a, actor, &ref);
    if (err)
        return err;
    cel_ctx_reset(ctx);
    err = cel_bind_json(ctx, ACT_RULE_VAR_RECORD, record);
    if (!err)
        err = cel_bind_value(ctx, ACT_RULE_VAR_ACTOR, text_value(actor->ref_name));
    return err ? err : cel_bind_json(ctx, ACT_RULE_VAR_REF, ref);
}

int act_rule_bind_audit(act_arena *a, cel_ctx *ctx, const act_json *event,
                        const act_actor *actor, act_str plural)
{
    const act_json *whole = NULL;
    int err = with_defaults(a, event, &whole);
    if (!err)
        err = bind(a, ctx, whole, actor);
    return err ? err : act_rule_bind_kind(ctx, plural);
}

int act_rule_bind_kind(cel_ctx *ctx, act_str kind)
{
    return cel_bind_value(ctx, ACT_RULE_VAR_KIND, text_value(kind));
}

int act_rule_bind_event(act_arena *a, cel_ctx *ctx, const act_json *event,
                        const act_actor *actor)
{
    return bind(a, ctx, event, actor);
}
