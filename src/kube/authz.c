#include "kube/authz.h"

#include "base/alloc.h"

struct act_authz {
    act_authz_options o;
};

static const act_str usual_paths[] = {
    { "/healthz", 8 }, { "/healthz/*", 10 }, { "/livez", 6 },
    { "/livez/*", 8 }, { "/readyz", 7 },     { "/readyz/*", 9 },
};

int act_authz_new(const act_authz_options *o, act_authz **ret)
{
    act_authz *a = act_zalloc(1, sizeof *a);
    if (!a)
        return ACT_ENOMEM;
    a->o = *o;
    if (o->n_always_allow_paths == 0) {
        a->o.always_allow_paths = usual_paths;
        a->o.n_always_allow_paths = ACT_COUNT(usual_paths);
    }
    *ret = a;
    return 0;
}

void act_authz_free(act_authz *a)
{
    act_dealloc(a);
}

static bool is_always_allowed(const act_authz *a, act_str path)
{
    for (size_t i = 0; path.len > 0 && i < a->o.n_always_allow_paths; i++)
        if (act_authz_path_matches(a->o.always_allow_paths[i], path))
            return true;
    return false;
}

int act_authz_ask(const act_authz *a, const act_authz_attributes *what, act_arena *arena,
                  act_str *ret_reason, act_err *reterr)
{
    if (act_user_in_group(what->user, ACT_STR(ACT_GROUP_MASTERS)) ||
        is_always_allowed(a, what->path) ||
        (a->o.roles && act_roles_allow(a->o.roles, what)))
        return 0;
    if (a->o.review)
        return act_access_review_ask(a->o.review, what, arena, ret_reason, reterr);
    *ret_reason = ACT_STR("");
    return ACT_EDENIED;
}

/* ---- words ------------------------------------------------------------------------- */

static void describe(const act_authz_attributes *what, act_buf *out)
{
    act_buf_printf(out, "User \"%.*s\" cannot %.*s ", ACT_STR_ARG(what->user->name),
                   ACT_STR_ARG(what->verb));
    if (what->path.len > 0) {
        act_buf_printf(out, "path \"%.*s\"", ACT_STR_ARG(what->path));
        return;
    }
    act_buf_printf(out, "resource \"%.*s%s%.*s\" in API group \"%.*s\" ",
                   ACT_STR_ARG(what->resource), what->subresource.len > 0 ? "/" : "",
                   ACT_STR_ARG(what->subresource), ACT_STR_ARG(what->group));
    if (what->ns.len > 0)
        act_buf_printf(out, "in the namespace \"%.*s\"", ACT_STR_ARG(what->ns));
    else
        act_buf_add(out, ACT_STR("at the cluster scope"));
}

act_kube_status act_authz_forbidden(act_arena *arena, const act_authz_attributes *what,
                                    act_str reason)
{
    act_buf text = ACT_BUF_INIT;
    if (what->path.len == 0) {
        act_buf_printf(&text, "%.*s%s%.*s ", ACT_STR_ARG(what->resource),
                       what->group.len > 0 ? "." : "", ACT_STR_ARG(what->group));
        if (what->name.len > 0)
            act_buf_printf(&text, "\"%.*s\" ", ACT_STR_ARG(what->name));
        act_buf_add(&text, ACT_STR("is "));
    }
    act_buf_add(&text, ACT_STR("forbidden: "));
    describe(what, &text);
    if (reason.len > 0)
        act_buf_printf(&text, ": %.*s", ACT_STR_ARG(reason));
    act_kube_status status =
        act_kube_error(arena, ACT_KUBE_FORBIDDEN, "%.*s", ACT_STR_ARG(act_buf_str(&text)));
    act_buf_done(&text);
    if (what->path.len == 0) {
        status.group = what->group;
        status.kind = what->resource;
        status.name = what->name;
    }
    return status;
}
