#include "api/persisted.h"

#include "api/deadline.h"
#include "api/persisted_parts.h"
#include "base/json_write.h"

/* ---- objects and entries ----------------------------------------------------------- */

static int with_version(act_arena *a, const act_json *object, int64_t revision,
                        const act_json **ret)
{
    act_str text;
    int r = act_arena_printf(a, &text, "%lld", (long long)revision);
    return r ? r
             : act_object_with_meta(a, object, "resourceVersion", act_json_of_string(text),
                                    ret);
}

int act_persisted_object(act_arena *a, const act_entry *entry, const act_json **ret)
{
    act_json_limits limits = { 0 };
    act_json_parser *parser = NULL;
    const act_json *v = NULL;
    int r = act_json_parser_new(limits, &parser);
    if (!r)
        r = act_json_parse(parser, a, entry->value, ACT_REGISTRY_PADDING, &v, NULL);
    act_json_parser_free(parser);
    return r ? r : with_version(a, v, entry->mod_revision, ret);
}

int act_persisted_text(act_arena *a, const act_json *object, act_str *ret)
{
    const act_json *meta = act_json_get(object, ACT_STR("metadata"));
    const act_json *stored = object;
    act_json less;
    int r = meta ? act_json_without(a, meta, ACT_STR("resourceVersion"), &less) : 0;
    if (!r && meta)
        r = act_object_with(a, object, "metadata", &less, &stored);
    if (r)
        return r;
    act_buf text = ACT_BUF_INIT;
    act_json_writer w = act_json_writer_on(&text);
    act_jw_value(&w, stored);
    r = act_buf_err(&text);
    if (!r)
        r = act_arena_str(a, act_buf_str(&text), ret);
    act_buf_done(&text);
    return r;
}

int act_persisted_key(act_call *c, const act_persisted_kind *kind, act_str name,
                      act_str *ret)
{
    return act_arena_printf(c->arena, ret, "%s%.*s", kind->prefix, ACT_STR_ARG(name));
}

bool act_persisted_find(act_call *c, const act_persisted_kind *kind, act_str name,
                        act_entry *ret_entry, const act_json **ret)
{
    act_str key;
    int r = act_persisted_key(c, kind, name, &key);
    if (!r)
        r = act_registry_get(c->api->registry, key, c->arena, ret_entry);
    if (!r)
        r = act_persisted_object(c->arena, ret_entry, ret);
    if (r == ACT_ENOTFOUND || r == ACT_EINVAL) {
        act_kube_status status =
            act_kube_not_found(c->arena, act_str_cstr(c->kind->resource.group),
                               act_str_cstr(c->kind->resource.plural), name);
        act_answer_status(c, &status);
    } else if (r) {
        act_answer_failure(c, r, "the registry");
    }
    return !r;
}

void act_persisted_answer(act_call *c, int code, const act_json *object, int64_t revision)
{
    const act_json *versioned;
    int r = with_version(c->arena, object, revision, &versioned);
    if (r)
        act_answer_failure(c, r, "memory");
    else
        act_answer_object(c, code, versioned);
}

/* ---- verbs ------------------------------------------------------------------------- */

void act_persisted_warn(act_call *c, const act_persisted_kind *kind, const act_json *object)
{
    act_str warnings[ACT_PERSISTED_WARNINGS_MAX];
    if (kind->warnings && c->target.subresource.len == 0)
        act_answer_warnings(c, warnings, kind->warnings(c, object, warnings));
}

/* The object to store, from the body of a create. ACT_EINVAL: it is not valid, and that is
 * answered. */
static int new_object(act_call *c, const act_persisted_kind *kind, const act_write_query *q,
                      const act_json *object, const act_json **ret)
{
    act_problems problems = act_problems_in(c->arena);
    const act_json *filled = NULL;
    int r = act_object_with(c->arena, object, "status", NULL, &object);
    if (!r)
        r = act_object_prepare_create(c->arena, object, c->now_ns, c->api->random, &object);
    if (!r)
        r = act_schema_fill(c->arena, c->kind->schema, object, &filled);
    if (r)
        return r;
    act_object_check_meta(filled, &problems);
    r = kind->validate(c, filled, NULL, &problems);
    if (r)
        return r;
    if (problems.count > 0) {
        act_answer_invalid(c, act_object_meta(object, "name"), &problems);
        return ACT_EINVAL;
    }
    /* Nobody manages defaults: what one leaves out is not taken away by the next apply. */
    r = act_persisted_note_writer(c, q, NULL, object, &object);
    return r ? r : act_schema_fill(c->arena, c->kind->schema, object, ret);
}

/* ACT_EEXISTS, and errors of the registry. */
static int store_new(act_call *c, act_str key, const act_json *object, bool dry_run)
{
    act_str text;
    act_entry there;
    int64_t revision;
    int r = act_persisted_text(c->arena, object, &text);
    if (!r && dry_run) {
        r = act_registry_get(c->api->registry, key, c->arena, &there);
        r = r == ACT_ENOTFOUND ? 0 : r ? r : ACT_EEXISTS;
        if (!r)
            act_answer_object(c, 201, object);
        return r;
    }
    if (!r)
        r = act_registry_create(c->api->registry, key, text, &revision);
    if (!r)
        act_persisted_answer(c, 201, object, revision);
    return r;
}

void act_persisted_create(act_call *c, const act_persisted_kind *kind)
{
    act_write_query q;
    act_body body;
    const act_json *object;
    act_str key;
    if (!act_call_write_query(c, &q) || !act_call_body(c, q.validation, &body))
        return;
    if (act_object_version(body.object).len > 0) {
        act_answer_error(c, ACT_KUBE_BAD_REQUEST,
                         "resourceVersion should not be set on objects to be created");
        return;
    }
    int r = new_object(c, kind, &q, body.object, &object);
    if (r == ACT_EINVAL)
        return;
    if (!r)
        r = act_persisted_key(c, kind, act_object_meta(object, "name"), &key);
    if (!r) {
        act_persisted_warn(c, kind, object);
        r = store_new(c, key, object, q.dry_run);
    }
    if (r == ACT_EEXISTS) {
        act_kube_status status = act_kube_already_exists(
            c->arena, act_str_cstr(c->kind->resource.group),
            act_str_cstr(c->kind->resource.plural), act_object_meta(object, "name"));
        act_answer_status(c, &status);
    } else if (r == ACT_ELIMIT) {
        act_answer_error(c, ACT_KUBE_TOO_LARGE, "the object is too large to be stored");
    } else if (r) {
        act_answer_failure(c, r, "the registry");
    }
}

/* What is read is always of now, so only a state to come is none. False: answered. */
static bool is_state_of_now(act_call *c)
{
    int64_t wanted, revision = INT64_MAX;
    if (!act_call_version(c, &wanted))
        return false;
    int r = wanted > 0 ? act_registry_revision(c->api->registry, &revision) : 0;
    if (r)
        act_answer_failure(c, r, "the registry");
    else if (wanted > revision)
        act_answer_version_too_large(c, (uint64_t)wanted, (uint64_t)revision);
    return !r && wanted <= revision;
}

void act_persisted_get(act_call *c, const act_persisted_kind *kind)
{
    act_entry entry;
    const act_json *object;
    if (is_state_of_now(c) && act_persisted_find(c, kind, c->target.name, &entry, &object))
        act_answer_object(c, 200, object);
}

/* Change or delete the named object, one writer at a time. */
static void write_in_turn(act_call *c, const act_persisted_kind *kind)
{
    act_str key;
    int r = act_persisted_key(c, kind, c->target.name, &key);
    if (r) {
        act_answer_failure(c, r, "memory");
        return;
    }
    size_t turn;
    if (act_turns_take(c->api->turns, key, c->deadline_ns, &turn)) {
        act_deadline_answer(c, "turn");
        return;
    }
    if (c->verb == ACT_KUBE_VERB_DELETE)
        act_persisted_delete(c, kind);
    else
        act_persisted_change(c, kind);
    act_turns_leave(c->api->turns, turn);
}

void act_persisted_handle(act_call *c, const act_persisted_kind *kind)
{
    switch (c->verb) {
    case ACT_KUBE_VERB_CREATE:
        act_persisted_create(c, kind);
        break;
    case ACT_KUBE_VERB_GET:
        act_persisted_get(c, kind);
        break;
    case ACT_KUBE_VERB_LIST:
    case ACT_KUBE_VERB_WATCH: {
        act_list_query q;
        if (!act_call_list_query(c, &q))
            break;
        if (q.watch)
            act_persisted_watch(c, kind, &q);
        else
            act_persisted_list(c, kind, &q);
        break;
    }
    case ACT_KUBE_VERB_UPDATE:
    case ACT_KUBE_VERB_PATCH:
    case ACT_KUBE_VERB_DELETE:
        write_in_turn(c, kind);
        break;
    case ACT_KUBE_VERB_DELETECOLLECTION:
        act_persisted_delete_all(c, kind);
        break;
    case ACT_KUBE_VERB_COUNT:
        break;
    }
}
