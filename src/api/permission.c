#include "api/permission.h"

/* A request's method as the verb of a path. */
static act_str verb_of_path(const act_call *c)
{
    act_str method = act_http_request_method(c->req);
    char *verb = act_arena_bytes(c->arena, method.len);
    for (size_t i = 0; verb && i < method.len; i++)
        verb[i] = (char)(method.ptr[i] | 0x20); /* letters alone: others are no method */
    return act_str_from(verb, verb ? method.len : 0);
}

static act_authz_attributes attributes_of(const act_call *c)
{
    act_authz_attributes what = { .user = &c->user };
    const act_kube_target *t = &c->target;
    if (t->path != ACT_KUBE_PATH_RESOURCE) {
        what.verb = verb_of_path(c);
        what.path = act_http_request_path(c->req);
        return what;
    }
    what.verb = act_str_cstr(act_kube_verb_name(c->verb));
    what.group = t->group;
    what.version = t->version;
    what.resource = t->plural;
    what.subresource = t->subresource;
    what.ns = t->ns;
    what.name = t->name;
    return what;
}

static bool ask(act_call *c, act_authz_attributes what)
{
    act_str reason = { 0 };
    act_err e = ACT_ERR_INIT;
    int r = act_authz_ask(c->api->authz, &what, c->arena, &reason, &e);
    if (r == ACT_EDENIED) {
        act_kube_status status = act_authz_forbidden(c->arena, &what, reason);
        act_answer_status(c, &status);
    } else if (r) {
        act_warn(c->api->log, "the kube-apiserver cannot be asked for permission",
                 ACT_F_ERR(r), ACT_F_CSTR("detail", e.text));
        act_answer_failure(c, r, "authorization");
    }
    return r == 0;
}

bool act_permission_check(act_call *c)
{
    return ask(c, attributes_of(c));
}

bool act_permission_check_create(act_call *c)
{
    act_authz_attributes what = attributes_of(c);
    what.verb = act_str_cstr(act_kube_verb_name(ACT_KUBE_VERB_CREATE));
    return ask(c, what);
}
