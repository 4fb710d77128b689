#include "api/answer.h"

#include "api/deadline.h"
#include "base/json_write.h"
#include "kube/refuse.h"
#include "kube/yaml.h"

#define JSON_TYPE "application/json"
#define YAML_TYPE "application/yaml"

/* ---- bodies ------------------------------------------------------------------------ */

/* The JSON text as YAML. */
static int to_yaml(act_call *c, act_str json, act_buf *out)
{
    act_json_limits limits = { .max_bytes = SIZE_MAX, .max_depth = 1000 };
    act_json_parser *parser = NULL;
    const act_json *v = NULL;
    int r = act_json_parser_new(limits, &parser);
    if (!r)
        r = act_json_parse(parser, c->arena, json, 0, &v, NULL);
    if (!r)
        act_yaml_write(v, out);
    act_json_parser_free(parser);
    return r ? r : act_buf_err(out);
}

void act_answer_json(act_call *c, int code, act_buf *json)
{
    act_http_response_status(c->res, code);
    if (c->accept.media != ACT_KUBE_YAML) {
        act_http_response_body(c->res, JSON_TYPE, json);
        return;
    }
    act_buf yaml = ACT_BUF_INIT;
    int r = act_buf_err(json);
    if (!r)
        r = to_yaml(c, act_buf_str(json), &yaml);
    if (r) {
        act_buf_done(&yaml);
        act_http_response_body(c->res, JSON_TYPE, json);
        return;
    }
    act_buf_done(json);
    act_http_response_body(c->res, YAML_TYPE, &yaml);
}

void act_answer_status(act_call *c, const act_kube_status *status)
{
    act_buf body = ACT_BUF_INIT;
    act_kube_status_write(status, &body);
    if (status->retry_after_s > 0) {
        char text[16];
        int n = snprintf(text, sizeof text, "%u", status->retry_after_s);
        act_http_response_header(c->res, "Retry-After", act_str_from(text, (size_t)n));
    }
    act_answer_json(c, act_kube_status_code(status->reason), &body);
}

void act_answer_error(act_call *c, enum act_kube_reason reason, const char *format, ...)
{
    act_str text = ACT_STR("out of memory");
    va_list args;
    va_start(args, format);
    int r = act_arena_vprintf(c->arena, &text, format, args);
    va_end(args);
    act_kube_status status =
        act_kube_error(c->arena, r ? ACT_KUBE_INTERNAL : reason, "%.*s", ACT_STR_ARG(text));
    if (status.reason == ACT_KUBE_TOO_MANY_REQUESTS)
        status.retry_after_s = ACT_KUBE_RETRY_AFTER_S;
    act_answer_status(c, &status);
}

void act_answer_invalid(act_call *c, act_str name, const act_problems *problems)
{
    act_kube_status status =
        act_kube_invalid(c->arena, act_str_cstr(c->kind->resource.group),
                         act_str_cstr(c->kind->resource.kind), name, problems);
    act_answer_status(c, &status);
}

void act_answer_failure(act_call *c, int err, const char *what)
{
    if (err == ACT_ELIMIT && act_deadline_is_over(c)) {
        act_deadline_answer(c, "store");
        return;
    }
    act_error(c->api->log, "a request failed", ACT_F_CSTR("what", what), ACT_F_ERR(err),
              ACT_F_STR("path", act_http_request_path(c->req)));
    act_kube_status status = act_kube_error(
        c->arena, err == ACT_ENOMEM ? ACT_KUBE_INTERNAL : ACT_KUBE_UNAVAILABLE,
        err == ACT_ENOMEM ? "out of memory" : "%s does not answer, try again later", what);
    if (status.reason == ACT_KUBE_UNAVAILABLE)
        status.retry_after_s = 1;
    act_answer_status(c, &status);
}

/* ---- objects ----------------------------------------------------------------------- */

act_table_options act_call_table(const act_call *c)
{
    act_str include = act_http_request_param(c->req, ACT_STR("includeObject"));
    return (act_table_options){
        .columns = c->kind->columns,
        .include = act_str_eq_cstr(include, "Object") ? ACT_INCLUDE_OBJECT
                   : act_str_eq_cstr(include, "None") ? ACT_INCLUDE_NONE
                                                      : ACT_INCLUDE_METADATA,
        .headers = true,
        .meta_version = c->accept.meta_version,
        .now_ns = c->now_ns,
    };
}

void act_answer_object(act_call *c, int code, const act_json *object)
{
    act_buf body = ACT_BUF_INIT;
    act_json_writer w = act_json_writer_on(&body);
    if (c->accept.transform == ACT_KUBE_AS_TABLE) {
        act_table_options o = act_call_table(c);
        act_list_meta meta = { .resource_version =
                                   act_object_meta(object, "resourceVersion") };
        act_table_write(&o, &object, 1, &meta, &body);
    } else if (c->accept.transform == ACT_KUBE_AS_OBJECT) {
        act_jw_value(&w, object);
    } else {
        act_partial_write(object, c->accept.meta_version, &body);
    }
    act_answer_json(c, code, &body);
}

static void write_list(const act_call *c, const act_json *const *items, size_t n,
                       const act_list_meta *meta, act_buf *out)
{
    char version[256], kind[128];
    size_t len = act_kube_group_version(&c->kind->resource, version, sizeof version);
    (void)snprintf(kind, sizeof kind, "%sList", c->kind->resource.kind);
    act_buf list_meta = ACT_BUF_INIT;
    act_list_meta_write(meta, &list_meta);
    act_json_writer w = act_json_writer_on(out);
    act_jw_object(&w);
    act_jw_kv_string(&w, "kind", act_str_cstr(kind));
    act_jw_kv_string(&w, "apiVersion", act_str_from(version, len));
    act_jw_kv_raw(&w, "metadata", act_buf_str(&list_meta));
    act_jw_key(&w, ACT_STR("items"));
    act_jw_array(&w);
    for (size_t i = 0; i < n; i++)
        act_jw_value(&w, items[i]);
    act_jw_array_end(&w);
    act_jw_object_end(&w);
    act_buf_done(&list_meta);
}

void act_answer_list(act_call *c, const act_json *const *items, size_t n,
                     const act_list_meta *meta)
{
    act_buf body = ACT_BUF_INIT;
    if (c->accept.transform == ACT_KUBE_AS_TABLE) {
        act_table_options o = act_call_table(c);
        act_table_write(&o, items, n, meta, &body);
    } else if (c->accept.transform == ACT_KUBE_AS_OBJECT) {
        write_list(c, items, n, meta, &body);
    } else {
        act_partial_list_write(items, n, meta, c->accept.meta_version, &body);
    }
    act_answer_json(c, 200, &body);
}

void act_answer_warnings(act_call *c, const act_str *texts, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        act_buf value = ACT_BUF_INIT;
        act_buf_add(&value, ACT_STR("299 - \""));
        for (size_t k = 0; k < texts[i].len; k++) {
            char ch = texts[i].ptr[k];
            if (ch == '"' || ch == '\\')
                act_buf_add_byte(&value, '\\');
            act_buf_add_byte(&value, (unsigned char)ch < 0x20 || ch == 0x7f ? ' ' : ch);
        }
        act_buf_add_byte(&value, '"');
        if (!act_buf_err(&value))
            act_http_response_header(c->res, "Warning", act_buf_str(&value));
        act_buf_done(&value);
    }
}

/* ---- what was asked ---------------------------------------------------------------- */

bool act_call_body(act_call *c, enum act_field_validation validation, act_body *ret)
{
    act_str type = act_http_request_header(c->req, "Content-Type");
    enum act_kube_content content = act_kube_content_of(type);
    act_kube_status status;
    act_body_source source;
    if (content != ACT_KUBE_CONTENT_JSON && content != ACT_KUBE_CONTENT_YAML) {
        act_answer_error(
            c, ACT_KUBE_UNSUPPORTED_MEDIA_TYPE,
            "the body of the request was in an unknown format - accepted media "
            "types include: application/json, application/yaml");
        return false;
    }
    if (!act_body_parse(c->arena, act_http_request_body(c->req), content, &source,
                        &status) ||
        !act_body_check(c->arena, &source, &c->kind->resource, c->kind->schema, validation,
                        ret, &status)) {
        act_answer_status(c, &status);
        return false;
    }
    act_answer_warnings(c, ret->warnings, ret->n_warnings);
    return true;
}

void act_answer_bad_options(act_call *c, const char *kind, const act_problems *problems)
{
    act_kube_status status = act_kube_invalid(c->arena, ACT_STR("meta.k8s.io"),
                                              act_str_cstr(kind), (act_str){ 0 }, problems);
    act_answer_status(c, &status);
}

void act_answer_version_too_large(act_call *c, uint64_t asked, uint64_t current)
{
    act_kube_status status = act_kube_version_too_large(c->arena, asked, current);
    act_answer_status(c, &status);
}

bool act_call_version(act_call *c, int64_t *ret)
{
    size_t n;
    act_err e = ACT_ERR_INIT;
    const act_url_param *params = act_http_request_params(c->req, &n);
    int r = act_query_version(params, n, ret, &e);
    if (r)
        act_answer_error(c, ACT_KUBE_BAD_REQUEST, "%s", e.text);
    return !r;
}

bool act_call_applies(const act_call *c)
{
    return c->verb == ACT_KUBE_VERB_PATCH &&
           act_kube_content_of(act_http_request_header(c->req, "Content-Type")) ==
               ACT_KUBE_CONTENT_APPLY_PATCH;
}

static const char *options_kind(enum act_kube_verb verb)
{
    switch (verb) {
    case ACT_KUBE_VERB_CREATE:
        return "CreateOptions";
    case ACT_KUBE_VERB_PATCH:
        return "PatchOptions";
    case ACT_KUBE_VERB_DELETE:
    case ACT_KUBE_VERB_DELETECOLLECTION:
        return "DeleteOptions";
    default:
        return "UpdateOptions";
    }
}

bool act_call_write_query(act_call *c, act_write_query *ret)
{
    size_t n;
    const act_url_param *params = act_http_request_params(c->req, &n);
    act_problems problems = act_problems_in(c->arena);
    if (act_write_query_read(params, n, act_call_applies(c), &problems, ret) == 0)
        return true;
    act_answer_bad_options(c, options_kind(c->verb), &problems);
    return false;
}

bool act_call_list_query(act_call *c, act_list_query *ret)
{
    size_t n;
    const act_url_param *params = act_http_request_params(c->req, &n);
    act_problems problems = act_problems_in(c->arena);
    act_err e = ACT_ERR_INIT;
    int r = act_list_query_read(params, n, &problems, ret, &e);
    if (r == ACT_EINVAL)
        act_answer_bad_options(c, "ListOptions", &problems);
    else if (r)
        act_answer_error(c, ACT_KUBE_BAD_REQUEST, "%s", e.text);
    if (!r && c->target.watch_prefix)
        ret->watch = true;
    return !r;
}
