#include "api/apply.h"

#include "api/change.h"
#include "api/permission.h"

#include "kube/typed.h"

/* fieldManager, else the client's name: its User-Agent up to the '/'. */
static act_str manager_of(const act_call *c, const act_write_query *q)
{
    act_str agent;
    if (q->field_manager.len > 0)
        return q->field_manager;
    (void)act_str_split(act_http_request_header(c->req, "User-Agent"), '/', &agent);
    return agent.len > 0 ? act_str_head(agent, 128) : ACT_STR("unknown");
}

static int writer_of(act_call *c, const act_write_query *q, act_field_writer *ret)
{
    char version[256];
    size_t len = act_kube_group_version(&c->kind->resource, version, sizeof version);
    *ret = (act_field_writer){ .manager = manager_of(c, q),
                               .subresource = c->target.subresource,
                               .now_ns = c->now_ns };
    return act_arena_str(c->arena, act_str_from(version, len), &ret->api_version);
}

int act_apply_note_writer(act_call *c, const act_write_query *q, const act_json *before,
                          const act_json *after, const act_json **ret)
{
    act_field_writer writer;
    int r = writer_of(c, q, &writer);
    if (!r)
        r = act_managed_update(c->arena, c->kind->schema, before, after, &writer, ret);
    if (r != ACT_EINVAL)
        return r;
    /* A keyed list has an item twice, so that nobody can say who manages it. As in
     * Kubernetes that is no reason to refuse the object. */
    const act_json *meta = act_json_get(before, ACT_STR("metadata"));
    const act_json *managers = act_json_get(meta, ACT_STR("managedFields"));
    *ret = after;
    return managers ? act_object_with_meta(c->arena, after, "managedFields", *managers, ret)
                    : 0;
}

/* Does @sent say which kind it is of, and @checked tell the items of keyed lists apart? The
 * name may be left to the URL. False: answered. */
static bool is_complete(act_call *c, const act_json *sent, const act_json **checked)
{
    act_str flaw = { 0 };
    int r = act_typed_flaw(c->arena, c->kind->schema, *checked, &flaw);
    if (!r && act_object_meta(*checked, "name").len == 0)
        r = act_object_with_meta(c->arena, *checked, "name",
                                 act_json_of_string(c->target.name), checked);
    if (r)
        act_answer_failure(c, r, "memory");
    else if (act_json_string(act_json_get(sent, ACT_STR("kind"))).len == 0 ||
             act_json_string(act_json_get(sent, ACT_STR("apiVersion"))).len == 0)
        act_answer_error(c, ACT_KUBE_BAD_REQUEST,
                         "apiVersion and kind must be set in an apply patch");
    else if (flaw.len > 0)
        act_answer_error(c, ACT_KUBE_BAD_REQUEST, "the apply patch cannot be merged: %.*s",
                         ACT_STR_ARG(flaw));
    else
        return true;
    return false;
}

bool act_apply_read(act_call *c, act_apply_intent *ret)
{
    act_body body;
    act_kube_status status;
    act_body_source source;
    if (!act_call_write_query(c, &ret->q))
        return false;
    if (ret->q.field_manager.len == 0) {
        act_problems problems = act_problems_in(c->arena);
        (void)act_problems_add(&problems, ACT_PROBLEM_REQUIRED, ACT_STR("fieldManager"),
                               (act_str){ 0 }, "is required for apply patch");
        status = act_kube_invalid(c->arena, ACT_STR("meta.k8s.io"), ACT_STR("PatchOptions"),
                                  (act_str){ 0 }, &problems);
        act_answer_status(c, &status);
        return false;
    }
    if (!act_body_parse(c->arena, act_http_request_body(c->req),
                        ACT_KUBE_CONTENT_APPLY_PATCH, &source, &status) ||
        !act_body_check(c->arena, &source, &c->kind->resource, c->kind->schema,
                        ret->q.validation, &body, &status)) {
        act_answer_status(c, &status);
        return false;
    }
    act_answer_warnings(c, body.warnings, body.n_warnings);
    if (!is_complete(c, source.object, &body.object))
        return false;
    const act_json *meta = act_json_get(body.object, ACT_STR("metadata"));
    if (act_json_get(meta, ACT_STR("managedFields"))) {
        act_answer_error(c, ACT_KUBE_BAD_REQUEST, "metadata.managedFields must be nil");
        return false;
    }
    if (!act_str_eq(act_object_meta(body.object, "name"), c->target.name)) {
        act_answer_error(c, ACT_KUBE_BAD_REQUEST,
                         "the name of the object (%.*s) does not match the name on the URL "
                         "(%.*s)",
                         ACT_STR_ARG(act_object_meta(body.object, "name")),
                         ACT_STR_ARG(c->target.name));
        return false;
    }
    ret->object = body.object;
    int r = writer_of(c, &ret->q, &ret->writer);
    if (r)
        act_answer_failure(c, r, "memory");
    return !r;
}

bool act_apply_may_create(act_call *c, const act_apply_intent *in)
{
    act_str why, uid = act_object_meta(in->object, "uid");
    if (!act_permission_check_create(c))
        return false;
    if (uid.len == 0)
        return true;
    if (act_arena_printf(c->arena, &why,
                         "uid mismatch: the provided object specified uid %.*s, and no "
                         "existing object was found",
                         ACT_STR_ARG(uid)))
        why = ACT_STR("uid mismatch");
    act_change_conflict(c, why);
    return false;
}

/* One conflict in a line, several as a list for each manager, whose fields follow each
 * other: the details are "conflict with MANAGER". */
static void write_conflicts(const act_problems *conflicts, act_buf *out)
{
    const act_problem *first = conflicts->first;
    if (conflicts->count == 1) {
        act_buf_printf(out, "Apply failed with 1 conflict: %.*s: %.*s",
                       ACT_STR_ARG(first->detail), ACT_STR_ARG(first->field));
        return;
    }
    act_buf_printf(out, "Apply failed with %zu conflicts: ", conflicts->count);
    act_str told = { 0 };
    for (const act_problem *p = first; p; p = p->next) {
        if (!act_str_eq(p->detail, told))
            act_buf_printf(out, "%sconflicts%.*s:", p == first ? "" : "\n",
                           ACT_STR_ARG(act_str_cut(p->detail, strlen("conflict"))));
        told = p->detail;
        act_buf_printf(out, "\n- %.*s", ACT_STR_ARG(p->field));
    }
}

/* 409 with each field that somebody else manages. */
static void answer_field_conflicts(act_call *c, const act_problems *conflicts)
{
    act_buf text = ACT_BUF_INIT;
    act_str message = ACT_STR("Apply failed with conflicts");
    write_conflicts(conflicts, &text);
    if (!act_buf_err(&text) && act_arena_str(c->arena, act_buf_str(&text), &message))
        message = ACT_STR("Apply failed with conflicts");
    act_buf_done(&text);
    act_kube_status status =
        act_kube_error(c->arena, ACT_KUBE_CONFLICT, "%.*s", ACT_STR_ARG(message));
    status.causes = conflicts->first;
    act_answer_status(c, &status);
}

bool act_apply_refuse(act_call *c, int r, const act_problems *conflicts)
{
    if (r == ACT_ECONFLICT)
        answer_field_conflicts(c, conflicts);
    else if (r == ACT_EINVAL)
        act_answer_error(c, ACT_KUBE_BAD_REQUEST, "a keyed list has an item twice");
    else if (r)
        act_answer_failure(c, r, "memory");
    return r != 0;
}
