#include "core/actor.h"

#define SYSTEM_PREFIX "system:"
#define SERVICE_ACCOUNT_PREFIX "system:serviceaccount:"

static const act_str unknown = { "unknown", 7 };

act_actor act_actor_of_audit(const act_json *user)
{
    act_str username = act_json_string(act_json_get(user, ACT_STR("username")));
    bool system = act_str_starts(username, ACT_STR(SYSTEM_PREFIX));
    act_actor actor = {
        .type = system ? ACT_STR("system") : ACT_STR("user"),
        .name = system ? act_str_cut(username, sizeof SYSTEM_PREFIX - 1) : username,
        .uid = act_json_string(act_json_get(user, ACT_STR("uid"))),
        .ref_type = ACT_STR("user"),
        .ref_name = username,
        .human = !system,
    };
    if (actor.name.len == 0)
        actor.name = unknown;
    if (username.len == 0)
        actor.ref_type = unknown;
    else if (act_str_starts(username, ACT_STR(SERVICE_ACCOUNT_PREFIX)))
        actor.ref_type = ACT_STR("serviceaccount");
    else if (system)
        actor.ref_type = ACT_STR("system");
    else if (act_str_find_byte(username, '@') != SIZE_MAX)
        actor.email = username;
    return actor;
}

act_actor act_actor_of_event(act_str reporting_controller, act_str source_component)
{
    act_str name = reporting_controller.len ? reporting_controller : source_component;
    return (act_actor){
        .type = ACT_STR("controller"),
        .name = name.len ? name : unknown,
        .ref_type = ACT_STR("controller"),
        .ref_name = name,
        .human = false,
    };
}

act_str act_actor_change_source(const act_actor *a)
{
    return a->human ? ACT_STR("human") : ACT_STR("system");
}
