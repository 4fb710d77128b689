#include "unit/api/odd_records.h"

#include "base/json_write.h"
#include "pipeline/streams.h"
#include "unit/api/query_help.h"

/* ---- who and what ------------------------------------------------------------------- */

const odd_tenant odd_tenants[ODD_TENANTS] = {
    { "platform", "" },   { "project", "a" },        { "project", "ab" },
    { "project", "a%" },  { "project", "a_" },       { "project", "a'b" },
    { "project", "a.b" }, { "project", "A" },        { "project", "a\\b" },
    { "project", "%" },   { "project", "{a:b}" },    { "user", "a" },
    { "user", "a%" },     { "project", "\xc3\xbc" }, { "organization", "a" },
};

const char *const odd_performers[] = { "a", "a%", "ab", "A", "" };

#define LONG_(x) x x x x x x x x x x
static const char *const texts[] = {
    "",
    "a",
    "A",
    "ab",
    "a%b",
    "a_b",
    "%",
    "_",
    "a'b",
    "a\"b",
    "a\\b",
    "a.b",
    "a,b=c",
    "\xc3\xbc",
    "\xe6\x97\xa5\xe6\x9c\xac",
    "\xf0\x9f\x98\x80",
    "e\xcc\x81",
    "\xc3\xa9",
    "$1",
    "(a|b)*",
    "{s0:String}",
    "a b",
    "Null",
    "0",
    LONG_(LONG_("long-")),
};

const odd_slot odd_slots[ODD_KINDS][ODD_SLOTS] = {
    [ODD_AUDIT] = { { "verb", NULL, "verb" },
                    { "user.username", NULL, "user.username" },
                    { "objectRef.resource", NULL, "objectRef.resource" },
                    { "objectRef.namespace", NULL, "objectRef.namespace" },
                    { "objectRef.apiGroup", NULL, "objectRef.apiGroup" },
                    { "objectRef.name", NULL, NULL },
                    { "userAgent", NULL, NULL } },
    [ODD_ACTIVITY] = { { "spec.summary", NULL, NULL },
                       { "spec.actor.name", "spec.actor.name", "spec.actor.name" },
                       { "spec.actor.type", "spec.actor.type", "spec.actor.type" },
                       { "spec.resource.kind", "spec.resource.kind", "spec.resource.kind" },
                       { "spec.resource.namespace", "spec.resource.namespace",
                         "spec.resource.namespace" },
                       { "spec.actor.email", "spec.actor.email", NULL },
                       { "spec.changeSource", "spec.changeSource", "spec.changeSource" } },
    [ODD_EVENT] = { { "reason", "reason", "reason" },
                    { "type", "type", "type" },
                    { "note", NULL, NULL },
                    { "regarding.name", "involvedObject.name", NULL },
                    { "regarding.namespace", "regarding.namespace", "regarding.namespace" },
                    { "related.kind", "related.kind", "related.kind" },
                    { "reportingController", "source", "source.component" } },
};

odd_record odd_records[ODD_KINDS][ODD_RECORDS];

uint64_t odd_seed = 20261124;

int odd_roll(int below)
{
    odd_seed ^= odd_seed << 13;
    odd_seed ^= odd_seed >> 7;
    odd_seed ^= odd_seed << 17;
    return (int)(odd_seed % (unsigned)below);
}

const char *odd_text(bool may_be_long)
{
    return texts[odd_roll((int)ACT_COUNT(texts) - !may_be_long)];
}

const char *odd_value(const odd_record *r, int i)
{
    return r->values[i] ? r->values[i] : "";
}

/* ---- records as they are sent -------------------------------------------------------- */

static void write_slot(act_json_writer *w, const char *key, const odd_record *r, int i)
{
    if (r->values[i])
        act_jw_kv_string(w, key, act_str_cstr(r->values[i]));
}

static void write_tenant_notes(act_json_writer *w, const odd_record *r)
{
    if (r->tenant == 0)
        return;
    act_jw_key(w, ACT_STR("annotations"));
    act_jw_object(w);
    act_jw_kv_string(w, "platform.miloapis.com/scope.type",
                     act_str_cstr(odd_tenants[r->tenant].type));
    act_jw_kv_string(w, "platform.miloapis.com/scope.name",
                     act_str_cstr(odd_tenants[r->tenant].name));
    act_jw_object_end(w);
}

static void write_time(act_json_writer *w, const char *key, const odd_record *r)
{
    char text[40];
    (void)snprintf(text, sizeof text, "2026-03-01T00:00:%02dZ", r->second);
    act_jw_kv_string(w, key, act_str_cstr(text));
}

static void write_audit(act_json_writer *w, const odd_record *r)
{
    act_jw_kv_string(w, "auditID", act_str_cstr(r->id));
    act_jw_kv_string(w, "stage", ACT_STR("ResponseComplete"));
    write_time(w, "requestReceivedTimestamp", r);
    write_tenant_notes(w, r);
    write_slot(w, "verb", r, 0);
    act_jw_key(w, ACT_STR("user"));
    act_jw_object(w);
    act_jw_kv_string(w, "uid", act_str_cstr(odd_performers[r->performer]));
    write_slot(w, "username", r, 1);
    act_jw_object_end(w);
    act_jw_key(w, ACT_STR("objectRef"));
    act_jw_object(w);
    write_slot(w, "resource", r, 2);
    write_slot(w, "namespace", r, 3);
    write_slot(w, "apiGroup", r, 4);
    write_slot(w, "name", r, 5);
    act_jw_object_end(w);
    write_slot(w, "userAgent", r, 6);
}

static void write_activity(act_json_writer *w, const odd_record *r)
{
    act_jw_kv_string(w, "kind", ACT_STR("Activity"));
    act_jw_kv_string(w, "apiVersion", ACT_STR("activity.miloapis.com/v1alpha1"));
    act_jw_key(w, ACT_STR("metadata"));
    act_jw_object(w);
    act_jw_kv_string(w, "name", act_str_cstr(r->id));
    write_time(w, "creationTimestamp", r);
    if (r->label) {
        act_jw_key(w, ACT_STR("labels"));
        act_jw_object(w);
        act_jw_kv_string(w, "k", act_str_cstr(r->label));
        act_jw_object_end(w);
    }
    act_jw_object_end(w);
    act_jw_key(w, ACT_STR("spec"));
    act_jw_object(w);
    write_slot(w, "summary", r, 0);
    act_jw_key(w, ACT_STR("actor"));
    act_jw_object(w);
    act_jw_kv_string(w, "uid", act_str_cstr(odd_performers[r->performer]));
    write_slot(w, "name", r, 1);
    write_slot(w, "type", r, 2);
    write_slot(w, "email", r, 5);
    act_jw_object_end(w);
    act_jw_key(w, ACT_STR("resource"));
    act_jw_object(w);
    write_slot(w, "kind", r, 3);
    write_slot(w, "namespace", r, 4);
    act_jw_object_end(w);
    write_slot(w, "changeSource", r, 6);
    act_jw_key(w, ACT_STR("tenant"));
    act_jw_object(w);
    act_jw_kv_string(w, "type", act_str_cstr(odd_tenants[r->tenant].type));
    act_jw_kv_string(w, "name", act_str_cstr(odd_tenants[r->tenant].name));
    act_jw_object_end(w);
    act_jw_object_end(w);
}

static void write_event(act_json_writer *w, const odd_record *r)
{
    act_jw_kv_string(w, "kind", ACT_STR("Event"));
    act_jw_kv_string(w, "apiVersion", ACT_STR("events.k8s.io/v1"));
    act_jw_key(w, ACT_STR("metadata"));
    act_jw_object(w);
    act_jw_kv_string(w, "name", act_str_cstr(r->id));
    act_jw_kv_string(w, "namespace", ACT_STR("shop"));
    act_jw_kv_string(w, "uid", act_str_cstr(r->id));
    write_tenant_notes(w, r);
    act_jw_object_end(w);
    write_time(w, "deprecatedLastTimestamp", r);
    write_slot(w, "reason", r, 0);
    write_slot(w, "type", r, 1);
    write_slot(w, "note", r, 2);
    act_jw_key(w, ACT_STR("regarding"));
    act_jw_object(w);
    act_jw_kv_string(w, "kind", ACT_STR("Pod"));
    write_slot(w, "name", r, 3);
    write_slot(w, "namespace", r, 4);
    act_jw_object_end(w);
    act_jw_key(w, ACT_STR("related"));
    act_jw_object(w);
    write_slot(w, "kind", r, 5);
    act_jw_object_end(w);
    write_slot(w, "reportingController", r, 6);
}

static const struct {
    const char *stream, *subject, *prefix;
    void (*write)(act_json_writer *w, const odd_record *r);
} kinds[ODD_KINDS] = {
    [ODD_AUDIT] = { ACT_STREAM_AUDIT, "audit.k8s.activity", "id-", write_audit },
    [ODD_ACTIVITY] = { ACT_STREAM_ACTIVITIES, "activities.x", "act-", write_activity },
    [ODD_EVENT] = { ACT_STREAM_EVENTS, "events.x", "ev-", write_event },
};

static void make_record(int kind, int i)
{
    static const char *const labels[] = { NULL, "", "a", "b" };
    odd_record *r = &odd_records[kind][i];
    *r = (odd_record){ .second = odd_roll(ODD_SECONDS),
                       .tenant = odd_roll(ODD_TENANTS),
                       .performer = odd_roll((int)ACT_COUNT(odd_performers)),
                       .label = labels[odd_roll(4)] };
    (void)snprintf(r->id, sizeof r->id, "%s%03d", kinds[kind].prefix, i);
    for (int s = 0; s < ODD_SLOTS; s++)
        if (odd_roll(6) > 0)
            r->values[s] = odd_text(kind != ODD_EVENT || s == 2);
    if (kind == ODD_EVENT && r->values[1] && strlen(r->values[1]) > 40)
        r->values[1] = NULL;
}

void odd_send(int kind)
{
    static act_message messages[ODD_RECORDS];
    static act_buf bodies[ODD_RECORDS];
    for (int i = 0; i < ODD_RECORDS; i++) {
        make_record(kind, i);
        act_buf_clear(&bodies[i]);
        act_json_writer w = act_json_writer_on(&bodies[i]);
        act_jw_object(&w);
        kinds[kind].write(&w, &odd_records[kind][i]);
        act_jw_object_end(&w);
        assert_ok(act_buf_err(&bodies[i]));
        messages[i] = (act_message){ .subject = act_str_cstr(kinds[kind].subject),
                                     .payload = act_buf_str(&bodies[i]) };
    }
    for (int i = 0; i < ODD_RECORDS; i += 50) /* in several parts of the table */
    {
        assert_ok(act_broker_publish(api.broker, act_str_cstr(kinds[kind].stream),
                                     &messages[i], 50, NULL, NULL));
        assert_ok(act_ingester_drain(api.ingester, PATIENCE_NS));
    }
    for (int i = 0; i < ODD_RECORDS; i++)
        act_buf_done(&bodies[i]);
}
