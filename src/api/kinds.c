/* All that the API serves: one entry a resource, with its table. */
#include "api/activities.h"
#include "api/events.h"
#include "api/policies.h"
#include "api/facets.h"
#include "api/preview.h"
#include "api/query.h"
#include "api/reindex_jobs.h"
#include "api/schemas.h"
#include "core/activity.h"

enum { SUMMARY_CELL_MAX = 60 };

static act_str text_at(const act_json *object, const char *a, const char *b)
{
    const act_json *v = act_json_get(object, ACT_STR("spec"));
    v = act_json_get(v, act_str_cstr(a));
    return act_json_string(b ? act_json_get(v, act_str_cstr(b)) : v);
}

/* ---- cells of activities ----------------------------------------------------------- */

/* The summary, cut at a character when it is long. */
static void summary_cell(const act_json *o, int64_t now_ns, act_buf *out)
{
    (void)now_ns;
    act_str text = text_at(o, "summary", NULL);
    if (text.len <= SUMMARY_CELL_MAX) {
        act_buf_add(out, text);
        return;
    }
    size_t len = act_str_utf8_prefix(act_str_head(text, SUMMARY_CELL_MAX - 3));
    act_buf_add(out, act_str_head(text, len));
    act_buf_add(out, ACT_STR("..."));
}

static void actor_cell(const act_json *o, int64_t now_ns, act_buf *out)
{
    (void)now_ns;
    act_buf_add(out, text_at(o, "actor", "name"));
}

static void resource_cell(const act_json *o, int64_t now_ns, act_buf *out)
{
    (void)now_ns;
    act_str name = text_at(o, "resource", "name");
    act_buf_add(out, text_at(o, "resource", "kind"));
    if (name.len > 0)
        act_buf_add_byte(out, '/');
    act_buf_add(out, name);
}

static void source_cell(const act_json *o, int64_t now_ns, act_buf *out)
{
    (void)now_ns;
    act_buf_add(out, text_at(o, "changeSource", NULL));
}

static const act_column activity_columns[] = {
    { "Name", ACT_CELL_STRING, "Name of the activity.", act_cell_name, false },
    { "Summary", ACT_CELL_STRING, "What happened.", summary_cell, false },
    { "Actor", ACT_CELL_STRING, "Who did it.", actor_cell, false },
    { "Resource", ACT_CELL_STRING, "To what.", resource_cell, false },
    { "Source", ACT_CELL_STRING, "human or system.", source_cell, false },
    { "Age", ACT_CELL_DATE, "How long ago.", act_cell_age, false },
};

/* ---- cells of policies ------------------------------------------------------------- */

static void group_cell(const act_json *o, int64_t now_ns, act_buf *out)
{
    (void)now_ns;
    act_str group = text_at(o, "resource", "apiGroup");
    act_buf_add(out, group.len > 0 ? group : ACT_STR("(core)"));
}

static void kind_cell(const act_json *o, int64_t now_ns, act_buf *out)
{
    (void)now_ns;
    act_buf_add(out, text_at(o, "resource", "kind"));
}

static void count_cell(const act_json *o, const char *list, act_buf *out)
{
    size_t n;
    const act_json *spec = act_json_get(o, ACT_STR("spec"));
    (void)act_json_items(act_json_get(spec, act_str_cstr(list)), &n);
    act_buf_add_u64(out, n);
}

static void audit_rules_cell(const act_json *o, int64_t now_ns, act_buf *out)
{
    (void)now_ns;
    count_cell(o, "auditRules", out);
}

static void event_rules_cell(const act_json *o, int64_t now_ns, act_buf *out)
{
    (void)now_ns;
    count_cell(o, "eventRules", out);
}

static void ready_cell(const act_json *o, int64_t now_ns, act_buf *out)
{
    (void)now_ns;
    size_t n;
    const act_json *status = act_json_get(o, ACT_STR("status"));
    const act_json *c = act_json_items(act_json_get(status, ACT_STR("conditions")), &n);
    for (size_t i = 0; i < n; i++) {
        if (!act_json_is(act_json_get(&c[i], ACT_STR("type")), ACT_STR("Ready")))
            continue;
        act_buf_add(out, act_json_string(act_json_get(&c[i], ACT_STR("status"))));
        return;
    }
    act_buf_add(out, ACT_STR("Unknown"));
}

static const act_column policy_columns[] = {
    { "Name", ACT_CELL_STRING, "Name of the policy.", act_cell_name, false },
    { "API Group", ACT_CELL_STRING, "Group of the kind that it is about.", group_cell,
      false },
    { "Kind", ACT_CELL_STRING, "The kind that it is about.", kind_cell, false },
    { "Audit Rules", ACT_CELL_INTEGER, "Rules for audit events.", audit_rules_cell, false },
    { "Event Rules", ACT_CELL_INTEGER, "Rules for Events.", event_rules_cell, false },
    { "Ready", ACT_CELL_STRING, "Whether it is in force.", ready_cell, false },
    { "Age", ACT_CELL_DATE, "How old it is.", act_cell_age, false },
};

/* ---- cells of everything else ------------------------------------------------------ */

static void created_cell(const act_json *o, int64_t now_ns, act_buf *out)
{
    (void)now_ns;
    act_buf_add(out, act_object_meta(o, "creationTimestamp"));
}

static const act_column default_columns[] = {
    { "Name", ACT_CELL_STRING, "Name of the object.", act_cell_name, false },
    { "Created At", ACT_CELL_DATE, "When it was created.", created_cell, false },
};

/* ---- resources --------------------------------------------------------------------- */

#define OURS ACT_API_GROUP, ACT_API_VERSION
#define CREATE ACT_KUBE_CAN(CREATE)
#define STATUS_VERBS (ACT_KUBE_CAN(GET) | ACT_KUBE_CAN(PATCH) | ACT_KUBE_CAN(UPDATE))
#define ALL_VERBS                                                                          \
    (STATUS_VERBS | CREATE | ACT_KUBE_CAN(DELETE) | ACT_KUBE_CAN(DELETECOLLECTION) |       \
     ACT_KUBE_CAN(LIST) | ACT_KUBE_CAN(WATCH))
#define READ_VERBS (ACT_KUBE_CAN(GET) | ACT_KUBE_CAN(LIST) | ACT_KUBE_CAN(WATCH))
#define COLUMNS(table)                                                                     \
    {                                                                                      \
        (table), ACT_COUNT(table)                                                          \
    }

const act_api_kind act_api_kinds[] = {
    { { "", "v1", "events", NULL, "event", "Event", true, ALL_VERBS },
      &act_schema_core_event,
      COLUMNS(act_event_columns),
      act_api_events },
    { { OURS, "activities", NULL, "activity", "Activity", true, READ_VERBS },
      &act_schema_activity,
      COLUMNS(activity_columns),
      act_api_activities },
    { { OURS, "activityfacetqueries", NULL, "activityfacetquery", "ActivityFacetQuery",
        false, CREATE },
      &act_schema_activity_facets,
      { NULL, 0 },
      act_api_activity_facets },
    { { OURS, "activitypolicies", NULL, "activitypolicy", "ActivityPolicy", false,
        ALL_VERBS },
      &act_schema_policy,
      COLUMNS(policy_columns),
      act_api_policies },
    { { OURS, "activitypolicies", "status", "", "ActivityPolicy", false, STATUS_VERBS },
      &act_schema_policy,
      { NULL, 0 },
      act_api_policies },
    { { OURS, "activityqueries", NULL, "activityquery", "ActivityQuery", false, CREATE },
      &act_schema_activity_query,
      COLUMNS(default_columns),
      act_api_activity_queries },
    { { OURS, "auditlogfacetsqueries", NULL, "auditlogfacetsquery", "AuditLogFacetsQuery",
        false, CREATE },
      &act_schema_audit_facets,
      { NULL, 0 },
      act_api_audit_facets },
    { { OURS, "auditlogqueries", NULL, "auditlogquery", "AuditLogQuery", false, CREATE },
      &act_schema_audit_query,
      COLUMNS(default_columns),
      act_api_audit_queries },
    { { OURS, "eventfacetqueries", NULL, "eventfacetquery", "EventFacetQuery", false,
        CREATE },
      &act_schema_event_facets,
      { NULL, 0 },
      act_api_event_facets },
    { { OURS, "eventqueries", NULL, "eventquery", "EventQuery", false, CREATE },
      &act_schema_event_query,
      COLUMNS(default_columns),
      act_api_event_queries },
    { { OURS, "policypreviews", NULL, "policypreview", "PolicyPreview", false, CREATE },
      &act_schema_preview,
      { NULL, 0 },
      act_api_previews },
    { { OURS, "reindexjobs", NULL, "reindexjob", "ReindexJob", false, ALL_VERBS },
      &act_schema_reindex_job,
      COLUMNS(act_reindex_job_columns),
      act_api_reindex_jobs },
    { { OURS, "reindexjobs", "status", "", "ReindexJob", false, STATUS_VERBS },
      &act_schema_reindex_job,
      { NULL, 0 },
      act_api_reindex_jobs },
    { { "events.k8s.io", "v1", "events", NULL, "event", "Event", true, ALL_VERBS },
      &act_schema_event,
      COLUMNS(act_event_columns),
      act_api_events },
};

size_t act_api_kind_count(void)
{
    return ACT_COUNT(act_api_kinds);
}
