#include "core/activity.h"

#include "base/clock.h"
#include "base/json_write.h"

/* A label's value: at most 63 of [A-Za-z0-9._-], alphanumeric at both ends, or empty. */
static bool is_label_value(act_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        bool alnum =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        bool inner = i > 0 && i + 1 < s.len && (c == '.' || c == '_' || c == '-');
        if (!alnum && !inner)
            return false;
    }
    return s.len <= 63;
}

static void write_label(act_json_writer *w, const char *key, act_str value)
{
    if (is_label_value(value))
        act_jw_kv_string(w, key, value);
}

static void write_metadata(act_json_writer *w, const act_activity *a)
{
    char time[ACT_RFC3339_MAX];
    size_t n = act_rfc3339_format(a->time_ns, 0, time);
    act_jw_key(w, ACT_STR("metadata"));
    act_jw_object(w);
    act_jw_kv_string(w, "name", a->name);
    act_jw_kv_string_opt(w, "namespace", a->resource.ns);
    act_jw_kv_string(w, "creationTimestamp", act_str_from(time, n));
    act_jw_key(w, ACT_STR("labels"));
    act_jw_object(w);
    write_label(w, ACT_API_GROUP "/origin-type", a->origin);
    write_label(w, ACT_API_GROUP "/change-source", act_actor_change_source(&a->actor));
    write_label(w, ACT_API_GROUP "/api-group", a->resource.api_group);
    write_label(w, ACT_API_GROUP "/resource-kind", a->resource.kind);
    if (a->event_reason.len)
        write_label(w, ACT_API_GROUP "/event-reason", a->event_reason);
    act_jw_object_end(w);
    act_jw_object_end(w);
}

static void write_resource(act_json_writer *w, const act_resource_ref *r)
{
    act_jw_key(w, ACT_STR("resource"));
    act_jw_object(w);
    act_jw_kv_string_opt(w, "apiGroup", r->api_group);
    act_jw_kv_string(w, "apiVersion", r->api_version);
    act_jw_kv_string(w, "kind", r->kind);
    act_jw_kv_string(w, "name", r->name);
    act_jw_kv_string_opt(w, "namespace", r->ns);
    act_jw_kv_string_opt(w, "uid", r->uid);
    act_jw_object_end(w);
}

static void write_pair(act_json_writer *w, const char *member, const char *key1,
                       act_str value1, const char *key2, act_str value2)
{
    act_jw_key(w, act_str_cstr(member));
    act_jw_object(w);
    act_jw_kv_string(w, key1, value1);
    act_jw_kv_string(w, key2, value2);
    act_jw_object_end(w);
}

static void write_links(act_json_writer *w, const act_activity *a)
{
    act_jw_key(w, ACT_STR("links"));
    act_jw_array(w);
    for (size_t i = 0; i < a->n_links; i++) {
        act_jw_object(w);
        act_jw_kv_string(w, "marker", a->links[i].marker);
        write_resource(w, &a->links[i].resource);
        act_jw_object_end(w);
    }
    act_jw_array_end(w);
}

static void write_spec(act_json_writer *w, const act_activity *a)
{
    act_jw_key(w, ACT_STR("spec"));
    act_jw_object(w);
    act_jw_kv_string(w, "summary", a->summary);
    act_jw_kv_string(w, "changeSource", act_actor_change_source(&a->actor));
    act_jw_key(w, ACT_STR("actor"));
    act_jw_object(w);
    act_jw_kv_string(w, "type", a->actor.type);
    act_jw_kv_string(w, "name", a->actor.name);
    act_jw_kv_string_opt(w, "uid", a->actor.uid);
    act_jw_kv_string_opt(w, "email", a->actor.email);
    act_jw_object_end(w);
    write_resource(w, &a->resource);
    if (a->n_links)
        write_links(w, a);
    write_pair(w, "tenant", "type", act_scope_type_name(a->tenant.type), "name",
               a->tenant.name);
    write_pair(w, "origin", "type", a->origin, "id", a->origin_id);
    act_jw_object_end(w);
}

void act_activity_write(const act_activity *a, act_buf *out)
{
    act_json_writer w = act_json_writer_on(out);
    act_jw_object(&w);
    act_jw_kv_string(&w, "apiVersion", ACT_STR(ACT_GROUP_VERSION));
    act_jw_kv_string(&w, "kind", ACT_STR("Activity"));
    write_metadata(&w, a);
    write_spec(&w, a);
    act_jw_object_end(&w);
}
