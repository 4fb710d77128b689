#include "kube/body.h"

#include "base/json_build.h"
#include "kube/duplicates.h"
#include "kube/object.h"

static bool fail(act_arena *a, act_kube_status *ret, enum act_kube_reason reason,
                 const char *text, act_str detail)
{
    *ret = act_kube_error(a, reason, "%s%.*s", text, ACT_STR_ARG(detail));
    return false;
}

static bool parse_json(act_arena *a, act_str text, const act_json **ret,
                       act_kube_status *ret_status)
{
    act_json_limits limits = { 0 };
    act_json_parser *parser = NULL;
    act_err e = ACT_ERR_INIT;
    int r = act_json_parser_new(limits, &parser);
    if (!r)
        r = act_json_parse(parser, a, text, 0, ret, &e);
    act_json_parser_free(parser);
    if (r == ACT_ELIMIT)
        return fail(a, ret_status, ACT_KUBE_TOO_LARGE,
                    "the body is too large: ", act_str_cstr(e.text));
    if (r)
        return fail(a, ret_status, ACT_KUBE_BAD_REQUEST,
                    "the object provided is unrecognized: ",
                    act_str_cstr(e.text[0] ? e.text : act_strerror(r)));
    return true;
}

static bool parse_yaml(act_arena *a, act_str text, act_body_source *ret,
                       act_kube_status *ret_status)
{
    const act_yaml_document *docs = NULL;
    size_t n = 0;
    act_err e = ACT_ERR_INIT;
    int r = act_yaml_read_last(a, text, NULL, &ret->repeats, &docs, &n, &e);
    if (r) {
        *ret_status =
            act_kube_error(a, r == ACT_ELIMIT ? ACT_KUBE_TOO_LARGE : ACT_KUBE_BAD_REQUEST,
                           "error converting YAML to JSON: yaml: line %u: %s", e.line,
                           e.text[0] ? e.text : act_strerror(r));
        return false;
    }
    if (n != 1)
        return fail(a, ret_status, ACT_KUBE_BAD_REQUEST,
                    "the body must be exactly one YAML document", (act_str){ 0 });
    ret->object = docs[0].value;
    return true;
}

bool act_body_parse(act_arena *a, act_str text, enum act_kube_content content,
                    act_body_source *ret, act_kube_status *ret_status)
{
    act_body_source s = { .content = content };
    bool ok;
    if (content == ACT_KUBE_CONTENT_YAML || content == ACT_KUBE_CONTENT_APPLY_PATCH)
        ok = parse_yaml(a, text, &s, ret_status);
    else
        ok = parse_json(a, text, &s.object, ret_status);
    if (!ok)
        return false;
    if (s.object->type != ACT_JSON_OBJECT)
        return fail(a, ret_status, ACT_KUBE_BAD_REQUEST,
                    "the object provided is unrecognized: it must be a JSON object",
                    (act_str){ 0 });
    *ret = s;
    return true;
}

/* kind and apiVersion are the resource's, or missing and then filled in. */
static bool settle_kind(act_arena *a, const act_kube_resource *r, const act_json **object,
                        act_kube_status *ret_status)
{
    char text[256];
    size_t n = act_kube_group_version(r, text, sizeof text);
    act_str wanted[2] = { act_str_from(text, n), act_str_cstr(r->kind) };
    static const char *const keys[2] = { "apiVersion", "kind" };
    for (int i = 0; i < 2; i++) {
        act_str key = act_str_cstr(keys[i]);
        act_str got = act_json_string(act_json_get(*object, key));
        if (act_str_eq(got, wanted[i]))
            continue;
        if (got.len > 0) {
            *ret_status = act_kube_error(
                a, ACT_KUBE_BAD_REQUEST,
                "the %s in the data (%.*s) does not match the expected %s (%.*s)", keys[i],
                ACT_STR_ARG(got), keys[i], ACT_STR_ARG(wanted[i]));
            return false;
        }
        act_str kept;
        act_json *with = act_arena_make(a, act_json);
        if (!with || act_arena_str(a, wanted[i], &kept) ||
            act_json_with(a, *object, key, act_json_of_string(kept), with))
            return fail(a, ret_status, ACT_KUBE_INTERNAL, "out of memory", (act_str){ 0 });
        *object = with;
    }
    return true;
}

/* What strict decoding does not take: keys that stand twice, and fields of no type. */
typedef struct {
    act_str texts[ACT_BODY_WARNINGS_MAX];
    size_t n;
    size_t n_yaml; /* the first ones are those of the YAML reader */
} findings;

static int add_findings(act_arena *a, findings *f, const char *what, const act_str *paths,
                        size_t n)
{
    int r = 0;
    for (size_t i = 0; i < n && f->n < ACT_BODY_WARNINGS_MAX && !r; i++)
        r = act_arena_printf(a, &f->texts[f->n++], "%s field \"%.*s\"", what,
                             ACT_STR_ARG(paths[i]));
    return r;
}

static size_t at_most(size_t n, size_t max)
{
    return n < max ? n : max;
}

static int find_twice(act_arena *a, const act_json *v, findings *ret)
{
    act_str twice[ACT_BODY_WARNINGS_MAX];
    size_t n = 0;
    int r = act_duplicates_find(a, v, twice, ACT_COUNT(twice), &n);
    return r ? r : add_findings(a, ret, "duplicate", twice, at_most(n, ACT_COUNT(twice)));
}

static void take_repeats(const act_yaml_repeats *repeats, findings *ret)
{
    static_assert(ACT_BODY_WARNINGS_MAX >= ACT_COUNT(repeats->texts), "all fit");
    ret->n = ret->n_yaml = at_most(repeats->n, ACT_COUNT(repeats->texts));
    memcpy(ret->texts, repeats->texts, ret->n * sizeof *ret->texts);
}

static int find_all(act_arena *a, const act_body_source *source,
                    const act_schema_findings *found, findings *ret)
{
    take_repeats(&source->repeats, ret);
    int r = find_twice(a, source->object, ret);
    if (!r)
        r = add_findings(a, ret, "unknown", found->unknown,
                         at_most(found->n_unknown, ACT_COUNT(found->unknown)));
    return r;
}

/* The YAML reader's as one error, as Go's reader has it; then one by one. */
static void write_findings(const findings *f, act_buf *out)
{
    if (f->n_yaml > 0)
        act_buf_add(out, ACT_STR("yaml: unmarshal errors:"));
    for (size_t i = 0; i < f->n; i++) {
        if (i < f->n_yaml)
            act_buf_add(out, ACT_STR("\n  "));
        else if (i > 0)
            act_buf_add(out, ACT_STR(", "));
        act_buf_add(out, f->texts[i]);
    }
}

/* False: refused. */
static bool report(act_arena *a, const findings *f, enum act_field_validation validation,
                   enum act_kube_content content, act_body *ret,
                   act_kube_status *ret_status)
{
    if (validation == ACT_VALIDATE_IGNORE || f->n == 0)
        return true;
    if (validation == ACT_VALIDATE_WARN) {
        memcpy(ret->warnings, f->texts, f->n * sizeof *f->texts);
        ret->n_warnings = f->n;
        return true;
    }
    act_buf all = ACT_BUF_INIT;
    act_buf_add(&all, f->n_yaml > 0 && content == ACT_KUBE_CONTENT_APPLY_PATCH
                          ? ACT_STR("error strict decoding YAML: error converting YAML to "
                                    "JSON: ")
                          : ACT_STR("strict decoding error: "));
    write_findings(f, &all);
    (void)fail(a, ret_status, ACT_KUBE_BAD_REQUEST, "", act_buf_str(&all));
    act_buf_done(&all);
    return false;
}

/* An applied one may not have them twice, as the items of no keyed list. */
static int owners_once(act_arena *a, enum act_kube_content content, act_body *ret,
                       act_str *ret_warning)
{
    act_str uids;
    *ret_warning = (act_str){ 0 };
    if (content == ACT_KUBE_CONTENT_APPLY_PATCH)
        return 0;
    int r = act_object_owners_once(a, ret->object, &ret->object, &uids);
    if (!r && uids.len > 0)
        r = act_arena_printf(
            a, ret_warning,
            ".metadata.ownerReferences contains duplicate entries, each is "
            "kept once; duplicate UID(s) observed: %.*s",
            ACT_STR_ARG(uids));
    return r;
}

static void add_warning(act_body *b, act_str text)
{
    if (text.len > 0 && b->n_warnings < ACT_COUNT(b->warnings))
        b->warnings[b->n_warnings++] = text;
}

/* Of a whole object Kubernetes says first what it should have been. False. */
static bool name_kind(act_arena *a, const act_kube_resource *r,
                      enum act_kube_content content, act_kube_status *status)
{
    act_str message;
    if ((content == ACT_KUBE_CONTENT_JSON || content == ACT_KUBE_CONTENT_YAML) &&
        !act_arena_printf(a, &message,
                          "%s in version \"%s\" cannot be handled as a %s: %.*s", r->kind,
                          r->version, r->kind, ACT_STR_ARG(status->message)))
        status->message = message;
    return false;
}

static int prune(act_arena *a, const act_schema *schema, const act_json **object)
{
    act_json *known = act_arena_make(a, act_json);
    int r = known ? act_schema_prune(a, schema, *object, known) : ACT_ENOMEM;
    if (!r)
        *object = known;
    return r;
}

bool act_body_check(act_arena *a, const act_body_source *source, const act_kube_resource *r,
                    const act_schema *schema, enum act_field_validation validation,
                    act_body *ret, act_kube_status *ret_status)
{
    *ret = (act_body){ .object = source->object };
    if (!settle_kind(a, r, &ret->object, ret_status))
        return false;
    act_schema_findings found = { .arena = a };
    findings all = { .n = 0 };
    act_str owners = { 0 };
    act_schema_check(schema, ret->object, &found);
    int err = found.err ? found.err : find_all(a, source, &found, &all);
    if (!err && (found.n_unknown > 0 || found.has_null))
        err = prune(a, schema, &ret->object);
    if (!err && !r->namespaced)
        err = act_object_without_namespace(a, ret->object, &ret->object);
    if (!err && found.mismatch.len == 0)
        err = owners_once(a, source->content, ret, &owners);
    if (err)
        return fail(a, ret_status, ACT_KUBE_INTERNAL, "out of memory", (act_str){ 0 });
    if (found.mismatch.len > 0)
        return fail(a, ret_status, ACT_KUBE_BAD_REQUEST,
                    "the object provided cannot be decoded: ", found.mismatch);
    if (!report(a, &all, validation, source->content, ret, ret_status))
        return name_kind(a, r, source->content, ret_status);
    add_warning(ret, owners);
    return true;
}

bool act_body_check_patch(act_arena *a, const act_json *patch,
                          enum act_field_validation validation, act_body *ret,
                          act_kube_status *ret_status)
{
    findings all = { .n = 0 };
    *ret = (act_body){ .object = patch };
    if (find_twice(a, patch, &all))
        return fail(a, ret_status, ACT_KUBE_INTERNAL, "out of memory", (act_str){ 0 });
    return report(a, &all, validation, ACT_KUBE_CONTENT_OTHER, ret, ret_status);
}
