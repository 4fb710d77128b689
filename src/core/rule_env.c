#include "core/rule_env.h"

#include "base/alloc.h"

struct act_rule_env {
    cel_env *env[ACT_RULE_KINDS];
};

const char *act_rule_env_names(enum act_rule_kind kind)
{
    return kind == ACT_RULE_AUDIT ? "audit, actor, actorRef, kind"
                                  : "event, actor, actorRef";
}

/* link(text, ref): the text, and a note for the caller. A ref that is no map has nothing to
 * point at and is only text. */
static cel_value link_call(cel_call *call, const cel_value *args)
{
    act_links *links = cel_call_user(call);
    if (links && args[1].kind == CEL_MAP) {
        if (links->n == ACT_LINKS_MAX)
            return cel_call_fail(call, CEL_E_INVALID_ARGUMENT, "more than 64 links");
        links->items[links->n++] = (act_link){ cel_value_str(args[0]), args[1] };
    }
    return args[0];
}

static int declare(cel_env *env, enum act_rule_kind kind)
{
    static const struct {
        const char *name, *type;
        enum act_rule_var index;
    } vars[] = {
        { "", "map(string, dyn)", ACT_RULE_VAR_RECORD },
        { "actor", "string", ACT_RULE_VAR_ACTOR },
        { "actorRef", "map(string, dyn)", ACT_RULE_VAR_REF },
        { "kind", "string", ACT_RULE_VAR_KIND },
    };
    int err = cel_env_policy_libs(env);
    cel_env_options(env, CEL_OPT_CROSS_TYPE);
    size_t n = kind == ACT_RULE_AUDIT ? ACT_COUNT(vars) : ACT_COUNT(vars) - 1;
    for (size_t i = 0; !err && i < n; i++) {
        const char *name = i > 0                    ? vars[i].name
                           : kind == ACT_RULE_AUDIT ? "audit"
                                                    : "event";
        uint32_t index = 0;
        err = cel_env_var(env, name, vars[i].type, &index, NULL);
        assert(err || index == vars[i].index);
    }
    if (!err)
        err = cel_env_func(env, "link", "(string, dyn) -> string", CEL_FN_IMPURE, link_call,
                           NULL, NULL, NULL);
    return err;
}

int act_rule_env_new(act_rule_env **ret)
{
    act_rule_env *e = act_zalloc(1, sizeof *e);
    if (!e)
        return ACT_ENOMEM;
    for (int kind = 0; kind < ACT_RULE_KINDS; kind++) {
        int err = cel_env_new(NULL, &e->env[kind]);
        if (!err)
            err = declare(e->env[kind], (enum act_rule_kind)kind);
        if (err) {
            act_rule_env_free(e);
            return err;
        }
    }
    *ret = e;
    return ACT_OK;
}

void act_rule_env_free(act_rule_env *e)
{
    for (int kind = 0; e && kind < ACT_RULE_KINDS; kind++)
        cel_env_free(e->env[kind]);
    act_dealloc(e);
}

const cel_env *act_rule_env_cel(const act_rule_env *e, enum act_rule_kind kind)
{
    return e->env[kind];
}
