/* As k8s.io/apiserver has it: what is impersonated are users, service accounts and groups
 * of the core group, uids and userextras/KEY of authentication.k8s.io, each by its name. */
#include "kube/impersonate.h"

#define AUTHENTICATION_GROUP "authentication.k8s.io"
#define SERVICE_ACCOUNT "system:serviceaccount:"
#define SERVICE_ACCOUNTS "system:serviceaccounts"

/* ---- what is asked for -------------------------------------------------------------- */

static const act_str user_header = { "Impersonate-User", 16 },
                     uid_header = { "Impersonate-Uid", 15 },
                     group_header = { "Impersonate-Group", 17 },
                     extra_prefix = { "Impersonate-Extra-", 18 };
static const act_user_headers headers = { .user = { &user_header, 1 },
                                          .uid = { &uid_header, 1 },
                                          .group = { &group_header, 1 },
                                          .extra = { &extra_prefix, 1 } };

static bool look_for_header(void *ctx, act_str name, act_str value)
{
    bool *asked = ctx;
    (void)value;
    *asked = act_str_eq_nocase(name, user_header) || act_str_eq_nocase(name, uid_header) ||
             act_str_eq_nocase(name, group_header) ||
             act_str_eq_nocase(act_str_head(name, extra_prefix.len), extra_prefix);
    return !*asked;
}

bool act_impersonation_asked(const act_http_request *req)
{
    bool asked = false;
    act_http_request_each_header(req, look_for_header, &asked);
    return asked;
}

/* system:serviceaccount:NAMESPACE:NAME. */
static bool split_service_account(act_str user, act_str *ret_ns, act_str *ret_name)
{
    act_str prefix = ACT_STR(SERVICE_ACCOUNT);
    if (!act_str_starts(user, prefix))
        return false;
    *ret_name = act_str_split(act_str_cut(user, prefix.len), ':', ret_ns);
    return ret_ns->len > 0 && ret_name->len > 0 &&
           act_str_find_byte(*ret_name, ':') == SIZE_MAX;
}

/* ---- permission --------------------------------------------------------------------- */

typedef struct {
    const act_authz *authz;
    act_arena *arena;
    const act_user *by;
    act_kube_status *status;
    act_err *err;
} asking;

static int ask(const asking *a, act_authz_attributes what)
{
    act_str reason = { 0 };
    what.user = a->by;
    what.verb = ACT_STR("impersonate");
    what.version = ACT_STR("v1");
    int r = act_authz_ask(a->authz, &what, a->arena, &reason, a->err);
    if (r == ACT_EDENIED)
        *a->status = act_authz_forbidden(a->arena, &what, reason);
    return r;
}

static int ask_user(const asking *a, act_str name)
{
    act_str ns, account;
    return split_service_account(name, &ns, &account)
               ? ask(a, (act_authz_attributes){ .resource = ACT_STR("serviceaccounts"),
                                                .ns = ns,
                                                .name = account })
               : ask(a,
                     (act_authz_attributes){ .resource = ACT_STR("users"), .name = name });
}

static int ask_all(const asking *a, const act_user *as)
{
    int r = ask_user(a, as->name);
    for (size_t i = 0; !r && i < as->n_groups; i++)
        r = ask(a, (act_authz_attributes){ .resource = ACT_STR("groups"),
                                           .name = as->groups[i] });
    for (size_t i = 0; !r && i < as->n_extra; i++)
        for (size_t k = 0; !r && k < as->extra[i].n; k++)
            r = ask(a, (act_authz_attributes){ .group = ACT_STR(AUTHENTICATION_GROUP),
                                               .resource = ACT_STR("userextras"),
                                               .subresource = as->extra[i].key,
                                               .name = as->extra[i].values[k] });
    if (!r && as->uid.len > 0)
        r = ask(a, (act_authz_attributes){ .group = ACT_STR(AUTHENTICATION_GROUP),
                                           .resource = ACT_STR("uids"),
                                           .name = as->uid });
    return r;
}

/* ---- the user ----------------------------------------------------------------------- */

/* Who is asked for without groups is in those of a service account; and everybody is
 * authenticated, or is not. */
static int add_groups(act_arena *a, act_user *u)
{
    act_str ns, account, own;
    bool anonymous = act_str_eq(u->name, ACT_STR(ACT_USER_ANONYMOUS));
    int r = 0;
    if (u->n_groups == 0 && split_service_account(u->name, &ns, &account)) {
        r = act_user_add_group(a, u, ACT_STR(SERVICE_ACCOUNTS));
        if (!r)
            r = act_arena_printf(a, &own, SERVICE_ACCOUNTS ":%.*s", ACT_STR_ARG(ns));
        if (!r)
            r = act_user_add_group(a, u, own);
    }
    if (r || act_user_in_group(u, ACT_STR(ACT_GROUP_UNAUTHENTICATED)) ||
        (!anonymous && act_user_in_group(u, ACT_STR(ACT_GROUP_AUTHENTICATED))))
        return r;
    return act_user_add_group(a, u,
                              anonymous ? ACT_STR(ACT_GROUP_UNAUTHENTICATED)
                                        : ACT_STR(ACT_GROUP_AUTHENTICATED));
}

int act_impersonate(const act_authz *authz, act_http_request *req, const act_user *by,
                    act_user *ret, act_kube_status *ret_status, act_err *reterr)
{
    act_arena *arena = act_http_request_arena(req);
    const asking a = { authz, arena, by, ret_status, reterr };
    act_user as;
    int r = act_user_headers_read(&headers, req, &as);
    if (!r && as.name.len == 0) {
        *ret_status = act_kube_error(arena, ACT_KUBE_BAD_REQUEST,
                                     "groups, a uid or extras are to be impersonated, but "
                                     "no user: Impersonate-User is missing");
        return ACT_EINVAL;
    }
    if (!r)
        r = ask_all(&a, &as);
    if (!r)
        r = add_groups(arena, &as);
    if (!r)
        *ret = as;
    return r;
}
