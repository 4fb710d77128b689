#include "api/access_log.h"

enum {
    AUDIT_ID_MAX = 64,
    PATH_MAX_BYTES = 1024,
    AGENT_MAX_BYTES = 256,
    GROUPS_MAX_BYTES = 512,
    RESOURCE_MAX_BYTES = 256,
};

static bool is_fit(act_str id)
{
    if (id.len == 0 || id.len > AUDIT_ID_MAX)
        return false;
    for (size_t i = 0; i < id.len; i++)
        if (id.ptr[i] <= ' ' || id.ptr[i] > '~')
            return false;
    return true;
}

void act_access_log_begin(act_call *c)
{
    act_str given = act_http_request_header(c->req, "Audit-ID");
    if (is_fit(given))
        c->audit_id = given;
    else if (act_uid_make(c->arena, c->api->random, &c->audit_id))
        c->audit_id = (act_str){ 0 };
    if (c->audit_id.len > 0)
        act_http_response_header(c->res, "Audit-ID", c->audit_id);
}

/* "plural.group/subresource"; empty for other paths. */
static act_str resource_text(const act_kube_target *t, char out[RESOURCE_MAX_BYTES])
{
    if (t->path != ACT_KUBE_PATH_RESOURCE)
        return (act_str){ 0 };
    int n = snprintf(out, RESOURCE_MAX_BYTES, "%.*s%s%.*s%s%.*s", ACT_STR_ARG(t->plural),
                     t->group.len ? "." : "", ACT_STR_ARG(t->group),
                     t->subresource.len ? "/" : "", ACT_STR_ARG(t->subresource));
    return act_str_from(out, n < RESOURCE_MAX_BYTES ? (size_t)n : RESOURCE_MAX_BYTES - 1);
}

/* Names with commas between them, as many as fit. */
static act_str groups_text(const act_user *user, char out[GROUPS_MAX_BYTES])
{
    size_t len = 0;
    for (size_t i = 0; i < user->n_groups; i++) {
        act_str g = user->groups[i];
        if (len + g.len + 1 > GROUPS_MAX_BYTES)
            break;
        if (len > 0)
            out[len++] = ',';
        memcpy(out + len, g.ptr, g.len);
        len += g.len;
    }
    return act_str_from(out, len);
}

static act_str peer_text(const act_http_request *req, char out[ACT_ADDRESS_TEXT_MAX])
{
    return act_str_from(out, act_address_format_host(act_http_request_peer(req), out));
}

static double seconds_of(const act_call *c)
{
    int64_t start = act_http_request_start_mono_ns(c->req);
    return (double)(act_mono_ns(c->api->clock) - start) / 1e9;
}

void act_access_log_end(const act_call *c)
{
    if (!c->api->log)
        return;
    char resource[RESOURCE_MAX_BYTES], groups[GROUPS_MAX_BYTES], peer[ACT_ADDRESS_TEXT_MAX];
    bool on_resource = c->target.path == ACT_KUBE_PATH_RESOURCE;
    act_str agent = act_http_request_header(c->req, "User-Agent");
    act_info(c->api->log, "request", ACT_F_STR("audit_id", c->audit_id),
             ACT_F_STR("user", c->user.name), ACT_F_STR("uid", c->user.uid),
             ACT_F_STR("impersonator", c->impersonator),
             ACT_F_STR("groups", groups_text(&c->user, groups)),
             ACT_F_STR("tenant_type", act_scope_type_name(c->scope.type)),
             ACT_F_STR("tenant", c->scope.name),
             ACT_F_STR("method", act_http_request_method(c->req)),
             ACT_F_CSTR("verb", on_resource ? act_kube_verb_name(c->verb) : ""),
             ACT_F_STR("resource", resource_text(&c->target, resource)),
             ACT_F_STR("namespace", c->target.ns), ACT_F_STR("name", c->target.name),
             ACT_F_STR("path", act_str_head(act_http_request_path(c->req), PATH_MAX_BYTES)),
             ACT_F_I64("status", act_http_response_get_status(c->res)),
             ACT_F_F64("seconds", seconds_of(c)),
             ACT_F_STR("peer", peer_text(c->req, peer)),
             ACT_F_STR("user_agent", act_str_head(agent, AGENT_MAX_BYTES)));
}

void act_access_log_refused(act_log *log, const act_http_request *req, int status)
{
    char peer[ACT_ADDRESS_TEXT_MAX];
    if (log)
        act_info(
            log, "request refused", ACT_F_STR("method", act_http_request_method(req)),
            ACT_F_STR("path", act_str_head(act_http_request_path(req), PATH_MAX_BYTES)),
            ACT_F_I64("status", status), ACT_F_STR("peer", peer_text(req, peer)));
}
