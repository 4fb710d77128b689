#include "api/change.h"

#include "kube/patch.h"

/* ---- changes ----------------------------------------------------------------------- */

/* 422: the patch, or what it makes, is not what strict decoding takes or no object of this
 * kind. */
static void answer_bad_patch(act_call *c, const act_kube_status *why)
{
    if (why->reason != ACT_KUBE_BAD_REQUEST) {
        act_answer_status(c, why);
        return;
    }
    act_problems problems = act_problems_in(c->arena);
    (void)act_problems_add(&problems, ACT_PROBLEM_INVALID, ACT_STR("patch"), (act_str){ 0 },
                           "%.*s", ACT_STR_ARG(why->message));
    act_answer_invalid(c, c->target.name, &problems);
}

/* Has the object the name of the URL? False: answered. */
static bool is_named(act_call *c, const act_json *wanted)
{
    act_str name = act_object_meta(wanted, "name");
    if (act_str_eq(name, c->target.name))
        return true;
    if (name.len == 0)
        act_answer_error(c, ACT_KUBE_BAD_REQUEST,
                         "the name of the object (%.*s based on URL) was undeterminable: "
                         "name must be provided",
                         ACT_STR_ARG(c->target.name));
    else
        act_answer_error(c, ACT_KUBE_BAD_REQUEST,
                         "the name of the object (%.*s) does not match the name on the URL "
                         "(%.*s)",
                         ACT_STR_ARG(name), ACT_STR_ARG(c->target.name));
    return false;
}

bool act_change_read(act_call *c, act_change *ret)
{
    act_change ch = { .content = ACT_KUBE_CONTENT_OTHER };
    if (!act_call_write_query(c, &ch.q))
        return false;
    if (c->verb == ACT_KUBE_VERB_UPDATE) {
        act_body body;
        if (!act_call_body(c, ch.q.validation, &body))
            return false;
        ch.body = body.object;
        *ret = ch;
        return is_named(c, ch.body);
    }
    ch.content = act_kube_content_of(act_http_request_header(c->req, "Content-Type"));
    if (ch.content != ACT_KUBE_CONTENT_MERGE_PATCH &&
        ch.content != ACT_KUBE_CONTENT_JSON_PATCH &&
        ch.content != ACT_KUBE_CONTENT_STRATEGIC_PATCH) {
        act_answer_error(
            c, ACT_KUBE_UNSUPPORTED_MEDIA_TYPE,
            "the body of the request was in an unknown format - accepted media "
            "types include: application/json-patch+json, "
            "application/merge-patch+json, application/strategic-merge-patch+json, "
            "application/apply-patch+yaml");
        return false;
    }
    act_json_limits limits = { 0 };
    act_json_parser *parser = NULL;
    act_err e = ACT_ERR_INIT;
    int r = act_json_parser_new(limits, &parser);
    if (!r)
        r = act_json_parse(parser, c->arena, act_http_request_body(c->req), 0, &ch.body,
                           &e);
    act_json_parser_free(parser);
    if (!r && ch.content != ACT_KUBE_CONTENT_JSON_PATCH && ch.body->type != ACT_JSON_OBJECT)
        r = act_fail(&e, ACT_EPARSE, "it must be an object");
    if (!r && ch.content == ACT_KUBE_CONTENT_JSON_PATCH && ch.body->type != ACT_JSON_ARRAY)
        r = act_fail(&e, ACT_EPARSE, "a JSON patch is a list of operations");
    if (r) {
        act_answer_error(c, ACT_KUBE_BAD_REQUEST, "the patch cannot be decoded: %s",
                         e.text);
        return false;
    }
    act_body body;
    act_kube_status status;
    if (!act_body_check_patch(c->arena, ch.body, ch.q.validation, &body, &status)) {
        answer_bad_patch(c, &status);
        return false;
    }
    act_answer_warnings(c, body.warnings, body.n_warnings);
    *ret = ch;
    return true;
}

/* Operations that cannot be done are unprocessable, whether they are badly made or do not
 * fit the object. */
static enum act_kube_reason reason_of(enum act_kube_content content, int err)
{
    bool operations = content == ACT_KUBE_CONTENT_JSON_PATCH;
    if (operations && err == ACT_ELIMIT)
        return ACT_KUBE_TOO_LARGE;
    return operations || err == ACT_EINVAL ? ACT_KUBE_INVALID : ACT_KUBE_BAD_REQUEST;
}

static bool patch_object(act_call *c, const act_change *ch, const act_json *before,
                         const act_json **ret)
{
    act_json *after = act_arena_make(c->arena, act_json);
    act_err e = ACT_ERR_INIT;
    int r = after ? 0 : ACT_ENOMEM;
    if (!r && ch->content == ACT_KUBE_CONTENT_JSON_PATCH)
        r = act_patch_json(c->arena, before, ch->body, after, &e);
    else if (!r && ch->content == ACT_KUBE_CONTENT_STRATEGIC_PATCH)
        r = act_patch_strategic(c->arena, before, ch->body, after, &e);
    else if (!r)
        r = act_patch_merge(c->arena, before, ch->body, after);
    if (r == ACT_EPARSE || r == ACT_ELIMIT || r == ACT_EINVAL)
        act_answer_error(
            c, reason_of(ch->content, r),
            "the server rejected our request due to an error in our request: %s",
            e.text[0] ? e.text : act_strerror(r));
    else if (r)
        act_answer_failure(c, r, "memory");
    else
        *ret = after;
    return !r;
}

bool act_change_wanted(act_call *c, const act_change *ch, const act_json *before,
                       const act_json **ret)
{
    if (ch->content == ACT_KUBE_CONTENT_OTHER) {
        *ret = ch->body;
        return true;
    }
    act_body_source patched = { .content = ch->content };
    act_body body;
    act_kube_status status;
    if (!patch_object(c, ch, before, &patched.object))
        return false;
    if (!act_body_check(c->arena, &patched, &c->kind->resource, c->kind->schema,
                        ch->q.validation, &body, &status)) {
        answer_bad_patch(c, &status);
        return false;
    }
    act_answer_warnings(c, body.warnings, body.n_warnings);
    *ret = body.object;
    return true;
}

void act_change_conflict(act_call *c, act_str why)
{
    act_kube_status status =
        act_kube_conflict(c->arena, act_str_cstr(c->kind->resource.group),
                          act_str_cstr(c->kind->resource.plural), c->target.name, why);
    act_answer_status(c, &status);
}

bool act_change_names(act_call *c, const act_json *before, const act_json *wanted)
{
    act_str uid = act_object_meta(wanted, "uid");
    if (!is_named(c, wanted))
        return false;
    /* The uid of a whole object is a precondition, that of a patch a field like others. */
    if (c->verb == ACT_KUBE_VERB_UPDATE && uid.len > 0 &&
        !act_str_eq(uid, act_object_meta(before, "uid"))) {
        act_change_conflict(
            c, ACT_STR("Precondition failed: UID in precondition does not match "
                       "UID in object meta"));
        return false;
    }
    act_problems problems = act_problems_in(c->arena);
    act_object_check_kept(before, wanted, &problems);
    if (problems.count > 0)
        act_answer_invalid(c, c->target.name, &problems);
    return problems.count == 0;
}

/* ---- deletions --------------------------------------------------------------------- */

bool act_deletion_allows(act_call *c, const act_deletion *d, const act_json *object)
{
    static const char *const keys[] = { "uid", "resourceVersion" };
    for (size_t i = 0; i < ACT_COUNT(keys); i++) {
        act_str wanted =
            act_json_string(act_json_path(d->body, "preconditions", keys[i], NULL));
        act_str got = act_object_meta(object, keys[i]);
        if (wanted.len == 0 || act_str_eq(wanted, got))
            continue;
        act_str why;
        if (act_arena_printf(c->arena, &why,
                             "Precondition failed: %s in precondition: %.*s, %s in object "
                             "meta: %.*s",
                             keys[i], ACT_STR_ARG(wanted), keys[i], ACT_STR_ARG(got)))
            why = (act_str){ 0 };
        act_change_conflict(c, why);
        return false;
    }
    return true;
}

/* False: answered. */
static bool are_delete_options(act_call *c, const act_json *options)
{
    act_str kind = act_json_string(act_json_get(options, ACT_STR("kind")));
    act_schema_findings found = { .arena = c->arena };
    act_schema_check(&act_schema_delete_options, options, &found);
    if (kind.len > 0 && !act_str_eq_cstr(kind, "DeleteOptions"))
        act_answer_error(c, ACT_KUBE_BAD_REQUEST,
                         "the kind in the data (%.*s) does not match the expected kind "
                         "(DeleteOptions)",
                         ACT_STR_ARG(kind));
    else if (found.mismatch.len > 0)
        act_answer_error(c, ACT_KUBE_BAD_REQUEST,
                         "the object provided cannot be decoded: %.*s",
                         ACT_STR_ARG(found.mismatch));
    else
        return true;
    return false;
}

bool act_deletion_read(act_call *c, act_deletion *ret)
{
    act_write_query q;
    act_kube_status status;
    act_body_source source = { .object = NULL };
    act_str grace = act_http_request_param(c->req, ACT_STR("gracePeriodSeconds"));
    int64_t seconds; /* there is nothing to wait for */
    if (!act_call_write_query(c, &q))
        return false;
    if (grace.len > 0 && act_str_to_i64(grace, &seconds)) {
        act_answer_error(c, ACT_KUBE_BAD_REQUEST,
                         "gracePeriodSeconds: \"%.*s\" is not an integer",
                         ACT_STR_ARG(grace));
        return false;
    }
    if (act_http_request_body(c->req).len > 0 &&
        !act_body_parse(
            c->arena, act_http_request_body(c->req),
            act_kube_content_of(act_http_request_header(c->req, "Content-Type")), &source,
            &status)) {
        act_answer_status(c, &status);
        return false;
    }
    const act_json *options = source.object;
    if (options && !are_delete_options(c, options))
        return false;
    size_t n, n_params;
    enum act_propagation propagation = ACT_PROPAGATION_UNSAID;
    act_problems problems = act_problems_in(c->arena);
    const act_url_param *params = act_http_request_params(c->req, &n_params);
    if (act_propagation_read(options, params, n_params, &problems, &propagation)) {
        act_answer_bad_options(c, "DeleteOptions", &problems);
        return false;
    }
    const act_json *dry = act_json_items(act_json_get(options, ACT_STR("dryRun")), &n);
    *ret =
        (act_deletion){ options, q.dry_run || (n > 0 && act_json_is(dry, ACT_STR("All"))),
                        propagation };
    return true;
}

void act_deletion_answer(act_call *c, const act_json *object)
{
    act_buf body = ACT_BUF_INIT;
    act_kube_success_write(act_str_cstr(c->kind->resource.group),
                           act_str_cstr(c->kind->resource.plural), c->target.name,
                           act_object_meta(object, "uid"), &body);
    act_answer_json(c, 200, &body);
}
