#include "api/condition.h"

#include "kube/object.h"

static const act_json *list_of(const act_json *object)
{
    return act_json_path(object, "status", "conditions", (const char *)NULL);
}

/* Its place in the list; behind the last when there is none. */
static size_t place_of(const act_json *object, const char *type)
{
    size_t n, at = 0;
    const act_json *items = act_json_items(list_of(object), &n);
    while (at < n &&
           !act_json_is(act_json_get(&items[at], ACT_STR("type")), act_str_cstr(type)))
        at++;
    return at;
}

const act_json *act_condition_find(const act_json *object, const char *type)
{
    size_t n, at = place_of(object, type);
    const act_json *items = act_json_items(list_of(object), &n);
    return at < n ? &items[at] : NULL;
}

static act_str text_of(const act_json *object, const char *key)
{
    return act_json_string(act_json_get(object, act_str_cstr(key)));
}

bool act_condition_holds(const act_json *object, const act_condition *c)
{
    const act_json *there = act_condition_find(object, c->type);
    const act_json *observed = act_json_get(there, ACT_STR("observedGeneration"));
    return observed && observed->type == ACT_JSON_INT &&
           observed->as.i64 == act_object_generation(object) &&
           act_str_eq_cstr(text_of(there, "status"), c->status) &&
           act_str_eq_cstr(text_of(there, "reason"), c->reason) &&
           act_str_eq(text_of(there, "message"), c->message);
}

static int make(act_arena *a, const act_json *object, const act_condition *c,
                int64_t now_ns, act_json *ret)
{
    const act_json *before = act_condition_find(object, c->type);
    act_str since = text_of(before, "lastTransitionTime");
    int r = 0;
    if (since.len == 0 || !act_str_eq_cstr(text_of(before, "status"), c->status)) {
        char now[ACT_RFC3339_MAX];
        size_t len = act_rfc3339_format(now_ns, 0, now);
        r = act_arena_str(a, act_str_from(now, len), &since);
    }
    const struct {
        const char *key;
        act_json value;
    } members[] = {
        { "type", act_json_of_cstr(c->type) },
        { "status", act_json_of_cstr(c->status) },
        { "reason", act_json_of_cstr(c->reason) },
        { "message", act_json_of_string(c->message) },
        { "observedGeneration", act_json_of_i64(act_object_generation(object)) },
        { "lastTransitionTime", act_json_of_string(since) },
    };
    act_json made = act_json_of_object();
    for (size_t i = 0; i < ACT_COUNT(members) && !r; i++) {
        act_json next = act_json_of_null();
        r = act_json_with(a, &made, act_str_cstr(members[i].key), members[i].value, &next);
        made = next;
    }
    *ret = made;
    return r;
}

int act_condition_set(act_arena *a, const act_json *object, const act_condition *c,
                      int64_t now_ns, act_json *ret)
{
    const act_json *list = list_of(object);
    act_json empty = act_json_of_array(), made, conditions;
    size_t at = place_of(object, c->type);
    int r = make(a, object, c, now_ns, &made);
    if (!r)
        r = act_condition_find(object, c->type)
                ? act_json_replace(a, list, at, made, &conditions)
                : act_json_insert(a, list ? list : &empty, at, made, &conditions);
    return r ? r
             : act_json_with(a, act_json_get(object, ACT_STR("status")),
                             ACT_STR("conditions"), conditions, ret);
}
