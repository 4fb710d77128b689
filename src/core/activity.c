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

/* The object is put together from its fixed text and its values: an activity is written for
 * every record, and a general writer would look at each of its forty keys again. */

/* @before as it stands, then @value as a string. */
static void put(act_buf *out, act_str before, act_str value)
{
    act_buf_add(out, before);
    act_json_add_string(out, value);
}

/* The same, or nothing when the value is empty. */
static void put_opt(act_buf *out, act_str before, act_str value)
{
    if (value.len)
        put(out, before, value);
}

static void put_label(act_buf *out, act_str before, act_str value)
{
    if (is_label_value(value))
        put(out, before, value);
}

#define HEAD "{\"apiVersion\":\"" ACT_GROUP_VERSION "\",\"kind\":\"Activity\","
#define METADATA "\"metadata\":{"
#define LABEL(name) ACT_STR(",\"" ACT_API_GROUP "/" name "\":")

static void write_metadata(const act_activity *a, act_buf *out)
{
    char time[ACT_RFC3339_MAX];
    size_t n = act_rfc3339_format(a->time_ns, 0, time);
    put(out, ACT_STR(METADATA "\"name\":"), a->name);
    put_opt(out, ACT_STR(",\"namespace\":"), a->resource.ns);
    put(out, ACT_STR(",\"creationTimestamp\":"), act_str_from(time, n));
    put(out, ACT_STR(",\"labels\":{\"" ACT_API_GROUP "/origin-type\":"), a->origin);
    put(out, LABEL("change-source"), act_actor_change_source(&a->actor));
    put_label(out, LABEL("api-group"), a->resource.api_group);
    put_label(out, LABEL("resource-kind"), a->resource.kind);
    if (a->event_reason.len)
        put_label(out, LABEL("event-reason"), a->event_reason);
    act_buf_add(out, ACT_STR("}}"));
}

static void write_resource(const act_resource_ref *r, act_buf *out)
{
    act_buf_add_byte(out, '{');
    put_opt(out, ACT_STR("\"apiGroup\":"), r->api_group);
    if (r->api_group.len)
        act_buf_add_byte(out, ',');
    put(out, ACT_STR("\"apiVersion\":"), r->api_version);
    put(out, ACT_STR(",\"kind\":"), r->kind);
    put(out, ACT_STR(",\"name\":"), r->name);
    put_opt(out, ACT_STR(",\"namespace\":"), r->ns);
    put_opt(out, ACT_STR(",\"uid\":"), r->uid);
    act_buf_add_byte(out, '}');
}

static void write_links(const act_activity *a, act_buf *out)
{
    for (size_t i = 0; i < a->n_links; i++) {
        put(out, i ? ACT_STR(",{\"marker\":") : ACT_STR(",\"links\":[{\"marker\":"),
            a->links[i].marker);
        act_buf_add(out, ACT_STR(",\"resource\":"));
        write_resource(&a->links[i].resource, out);
        act_buf_add_byte(out, '}');
    }
    if (a->n_links)
        act_buf_add_byte(out, ']');
}

static void write_spec(const act_activity *a, act_buf *out)
{
    put(out, ACT_STR("\"spec\":{\"summary\":"), a->summary);
    put(out, ACT_STR(",\"changeSource\":"), act_actor_change_source(&a->actor));
    put(out, ACT_STR(",\"actor\":{\"type\":"), a->actor.type);
    put(out, ACT_STR(",\"name\":"), a->actor.name);
    put_opt(out, ACT_STR(",\"uid\":"), a->actor.uid);
    put_opt(out, ACT_STR(",\"email\":"), a->actor.email);
    act_buf_add(out, ACT_STR("},\"resource\":"));
    write_resource(&a->resource, out);
    write_links(a, out);
    put(out, ACT_STR(",\"tenant\":{\"type\":"), act_scope_type_name(a->tenant.type));
    put(out, ACT_STR(",\"name\":"), a->tenant.name);
    put(out, ACT_STR("},\"origin\":{\"type\":"), a->origin);
    put(out, ACT_STR(",\"id\":"), a->origin_id);
    act_buf_add(out, ACT_STR("}}"));
}

void act_activity_write(const act_activity *a, act_buf *out)
{
    act_buf_add(out, ACT_STR(HEAD));
    write_metadata(a, out);
    act_buf_add_byte(out, ',');
    write_spec(a, out);
    act_buf_add_byte(out, '}');
}

void act_activity_write_version(act_str json, uint64_t version, act_buf *out)
{
    const size_t head = sizeof HEAD METADATA - 1;
    assert(act_str_starts(json, ACT_STR(HEAD METADATA)));
    if (version == 0) {
        act_buf_add(out, json);
        return;
    }
    act_buf_add(out, act_str_head(json, head));
    act_buf_add(out, ACT_STR("\"annotations\":{\"" ACT_ACTIVITY_VERSION "\":\""));
    act_buf_add_u64(out, version);
    act_buf_add(out, ACT_STR("\"},"));
    act_buf_add(out, act_str_cut(json, head));
}
