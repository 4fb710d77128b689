/* New Events. */
#include "api/events_parts.h"
#include "core/event_convert.h"

bool act_event_is_here(act_call *c, const act_json *object)
{
    act_str ns = act_object_meta(object, "namespace");
    if (ns.len > 0 && !act_str_eq(ns, c->target.ns)) {
        act_answer_error(c, ACT_KUBE_BAD_REQUEST,
                         "the namespace of the provided object does not match the "
                         "namespace sent on the request");
        return false;
    }
    return true;
}

static int without_generation(act_call *c, const act_json *object, const act_json **ret)
{
    const act_json *meta = act_json_get(object, ACT_STR("metadata"));
    act_json less;
    int r = act_json_without(c->arena, meta, ACT_STR("generation"), &less);
    return r ? r : act_object_with(c->arena, object, "metadata", &less, ret);
}

/* Annotate @object with the tenant @of: nobody but the platform says whose an Event is. */
static int with_tenant(act_call *c, const act_json *object, act_scope of,
                       const act_json **ret)
{
    const act_str type[] = { ACT_STR("metadata"), ACT_STR("annotations"),
                             ACT_STR(ACT_ANNOTATION_SCOPE_TYPE) };
    const act_str name[] = { ACT_STR("metadata"), ACT_STR("annotations"),
                             ACT_STR(ACT_ANNOTATION_SCOPE_NAME) };
    act_json *typed = act_arena_make(c->arena, act_json);
    act_json *named = act_arena_make(c->arena, act_json);
    int r = typed && named ? 0 : ACT_ENOMEM;
    if (!r)
        r = act_json_with_path(c->arena, object, type, 3,
                               act_json_of_string(act_scope_type_name(of.type)), typed);
    if (!r)
        r = act_json_with_path(c->arena, typed, name, 3, act_json_of_string(of.name),
                               named);
    if (!r)
        *ret = named;
    return r;
}

int act_event_prepare(act_call *c, const act_json *object, const act_json **ret)
{
    int r = act_object_with_meta(c->arena, object, "namespace",
                                 act_json_of_string(c->target.ns), &object);
    if (!r)
        r = act_object_prepare_create(c->arena, object, c->now_ns, c->api->random, &object);
    if (!r)
        r = without_generation(c, object, &object);
    if (!r)
        r = act_event_normalize(c->arena, object, act_event_form_of(c), ret);
    return r;
}

/* The object as it is to be stored. */
static int stored_form(act_call *c, const act_json *object, const act_json **ret)
{
    int r = act_event_as(c->arena, object, ACT_EVENT_V1, &object, NULL);
    if (!r && c->scope.type != ACT_SCOPE_PLATFORM)
        r = with_tenant(c, object, c->scope, &object);
    if (!r)
        *ret = object;
    return r;
}

static void answer_exists(act_call *c, act_str name)
{
    act_kube_status status =
        act_kube_already_exists(c->arena, act_str_cstr(c->kind->resource.group),
                                act_str_cstr(c->kind->resource.plural), name);
    act_answer_status(c, &status);
}

/* ACT_EEXISTS: there is one of that name. */
static int store(act_call *c, const act_json *object, bool dry_run, act_event_state *ret)
{
    act_event_state before;
    act_scope tenant;
    (void)act_scope_of_event(object, &tenant);
    int r =
        act_event_find(c, c->target.ns, act_object_meta(object, "name"), &tenant, &before);
    if (r == ACT_OK)
        return ACT_EEXISTS;
    if (r != ACT_ENOTFOUND)
        return r;
    *ret = (act_event_state){ .object = object };
    r = dry_run ? 0 : act_event_publish_new(c, &before, object, ret);
    return r == ACT_ECONFLICT ? ACT_EEXISTS : r;
}

int act_event_store_new(act_call *c, const act_json *object, bool dry_run)
{
    act_problems problems = act_problems_in(c->arena);
    act_event_state state;
    int r = stored_form(c, object, &object);
    if (!r)
        r = act_event_valid(c, object, NULL, &problems);
    if (!r && problems.count > 0) {
        act_answer_invalid(c, act_object_meta(object, "name"), &problems);
        return 0;
    }
    if (!r)
        r = store(c, object, dry_run, &state);
    if (r == ACT_EEXISTS)
        return r;
    if (r)
        act_event_answer_failure(c, r);
    else
        act_event_answer(c, 201, &state);
    return 0;
}

void act_event_create(act_call *c)
{
    act_write_query q;
    act_body body;
    const act_json *object = NULL;
    if (!act_call_write_query(c, &q) || !act_call_body(c, q.validation, &body) ||
        !act_event_is_here(c, body.object))
        return;
    if (act_object_version(body.object).len > 0) {
        act_answer_error(c, ACT_KUBE_BAD_REQUEST,
                         "resourceVersion should not be set on objects to be created");
        return;
    }
    int r = act_event_prepare(c, body.object, &object);
    if (!r)
        r = act_event_store_new(c, object, q.dry_run);
    if (r == ACT_EEXISTS)
        answer_exists(c, act_object_meta(object, "name"));
    else if (r)
        act_event_answer_failure(c, r);
}
