/* ctest: labels=threads timeout=180 */
/* Persisted kinds as spec/api.md 3.4 and 3.5 have them, row by row, and its gaps G4 to G7
 * and G9 (G8: policy_controller_test.c), over HTTP. */
#include "unit/api/api_help.h"

#define OURS "/apis/activity.miloapis.com/v1alpha1"
#define RULE(name, match, summary)                                                         \
    "{'name':'" name "','match':'" match "','summary':'" summary "'}"
#define POLICY(audit, event)                                                               \
    "{'metadata':{'name':'p'},'spec':{'resource':{'apiGroup':'apps','kind':'Deployment'}," \
    "'auditRules':[" audit "],'eventRules':[" event "]}}"
#define LETTERS_127                                                                        \
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"                      \
    "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

/* Family A: 422 with the details of the object, and one cause. */
static void assert_invalid(const char *kind, const char *name, const char *field,
                           const char *cause)
{
    assert_at("kind", "Status");
    assert_at("reason", "Invalid");
    assert_at("code", "422");
    assert_at("details.group", "activity.miloapis.com");
    assert_at("details.kind", kind);
    assert_at("details.name", name);
    assert_int_equal(api_count(&api, "details.causes"), 1);
    assert_at("details.causes.0.field", field);
    assert_at("details.causes.0.reason", cause);
    char head[160];
    (void)snprintf(head, sizeof head,
                   "%s.activity.miloapis.com \"%s\" is invalid: %s: ", kind, name, field);
    assert_true(strncmp(api_at(&api, "message"), head, strlen(head)) == 0);
}

/* ---- 3.4 --------------------------------------------------------------------------- */

typedef struct {
    const char *object, *field, *cause; /* NULL: it is taken */
} row;

static const row policy_rows[] = {
    { "{'metadata':{'name':'p'},'spec':{'resource':{'apiGroup':'','kind':''}}}",
      "spec.resource.kind", "FieldValueRequired" },
    { POLICY(RULE("", "true", "s"), ""), "spec.auditRules[0].name", "FieldValueRequired" },
    { POLICY("", RULE("", "true", "s")), "spec.eventRules[0].name", "FieldValueRequired" },
    { POLICY(RULE("Upper", "true", "s"), ""), "spec.auditRules[0].name",
      "FieldValueInvalid" },
    { POLICY(RULE("under_score", "true", "s"), ""), "spec.auditRules[0].name",
      "FieldValueInvalid" },
    { POLICY(RULE("a-", "true", "s"), ""), "spec.auditRules[0].name", "FieldValueInvalid" },
    { POLICY(RULE(LETTERS_127 LETTERS_127, "true", "s"), ""), "spec.auditRules[0].name",
      "FieldValueInvalid" },
    { POLICY(RULE("a.b", "true", "s") "," RULE("123", "true", "s"), ""), NULL, NULL },
    { POLICY(RULE("a", "true", "s") "," RULE("a", "true", "s"), ""),
      "spec.auditRules[1].name", "FieldValueDuplicate" },
    { POLICY(RULE("a", "true", "s"), RULE("a", "true", "s")), NULL, NULL },
    { POLICY(RULE("a", "", "s"), ""), "spec.auditRules[0].match", "FieldValueRequired" },
    { POLICY(RULE("a", "audit.a.all(x, audit.a.all(y, x == y))", "s"), ""),
      "spec.auditRules[0].match", "FieldValueInvalid" }, /* may cost too much */
    { POLICY(RULE("a", "audit.verb ==", "s"), ""), "spec.auditRules[0].match",
      "FieldValueInvalid" },
    { POLICY(RULE("a", "audit.verb", "s"), ""), "spec.auditRules[0].match",
      "FieldValueInvalid" }, /* dyn is no bool */
    { POLICY(RULE("a", "event.reason == actor", "s"), ""), "spec.auditRules[0].match",
      "FieldValueInvalid" },
    { POLICY("", RULE("a", "kind == actor", "s")), "spec.eventRules[0].match",
      "FieldValueInvalid" },
    { POLICY(RULE("a", "true", ""), ""), "spec.auditRules[0].summary",
      "FieldValueRequired" },
    { POLICY(RULE("a", "true", "{{ actor"), ""), "spec.auditRules[0].summary",
      "FieldValueInvalid" },
    { POLICY(RULE("a", "true", "{{ nobody }}"), ""), "spec.auditRules[0].summary",
      "FieldValueInvalid" },
    { POLICY(RULE("a", "true", "{{ 1 }}"), ""), "spec.auditRules[0].summary",
      "FieldValueInvalid" },
    { POLICY(RULE("a", "true", "{{ audit.verb }} {{ link(kind, actorRef) }}"), ""), NULL,
      NULL },
    { POLICY(RULE("a", "true", "static text"), ""), NULL, NULL },
    /* Go's blocks end on their line, ours may span lines: see docs/policies.md */
    { POLICY(RULE("a", "true", "{{ actor\\n }}"), ""), NULL, NULL },
};

static void rows_of_3_4(void **state)
{
    (void)state;
    for (size_t i = 0; i < ACT_COUNT(policy_rows); i++) {
        const row *r = &policy_rows[i];
        int status = api_post(&api, POLICIES "?dryRun=All", r->object);
        if (status != (r->field ? 422 : 201))
            fail_msg("%d: %s: %s", status, r->object, api_text(&api));
        if (r->field)
            assert_invalid("ActivityPolicy", "p", r->field, r->cause);
    }
}

/* What the compiler says ends with what there is. */
static void mistakes_come_with_hints(void **state)
{
    (void)state;
    static const struct {
        const char *object, *hint;
    } cases[] = {
        { POLICY(RULE("a", "nobody == 1", "s"), ""),
          "variables here: audit, actor, actorRef, kind" },
        { POLICY("", RULE("a", "kind == 1", "s")),
          "variables here: event, actor, actorRef" },
        { POLICY(RULE("a", "true", "{{ nobody }}"), ""), "variables here: audit" },
        { POLICY(RULE("a", "true", "{{ link(actor) }}"), ""), "link(string, dyn)" },
        { POLICY(RULE("a", "link(1, audit) == actor", "s"), ""), "link(string, dyn)" },
    };
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        assert_int_equal(api_post(&api, POLICIES "?dryRun=All", cases[i].object), 422);
        if (!strstr(api_at(&api, "details.causes.0.message"), cases[i].hint))
            fail_msg("%s: %s", cases[i].object, api_text(&api));
    }
}

static void a_policys_resource_stays(void **state)
{
    (void)state;
    static const char *const patches[] = {
        "{'spec':{'resource':{'apiGroup':'batch'}}}",
        "{'spec':{'resource':{'kind':'StatefulSet'}}}",
    };
    assert_int_equal(api_post(&api, POLICIES, policy_text("p", "", "true")), 201);
    for (size_t i = 0; i < ACT_COUNT(patches); i++) {
        assert_int_equal(api_merge(&api, POLICIES "/p", patches[i]), 422);
        assert_invalid("ActivityPolicy", "p", "spec.resource", "FieldValueInvalid");
    }
}

static void writes_as_allowed(void **state)
{
    (void)state;
    /* Not created by PUT, but by apply. */
    assert_int_equal(api_put(&api, POLICIES "/p", policy_text("p", "", "true")), 404);
    assert_int_equal(api_call(&api, "PATCH", POLICIES "/p?fieldManager=m",
                              "application/apply-patch+yaml", policy_text("p", "", "true")),
                     201);
    /* Without a version, whatever is there. */
    assert_int_equal(api_put(&api, POLICIES "/p", policy_text("p", "", "false")), 200);
    /* A policy of two for one kind. */
    assert_int_equal(api_post(&api, POLICIES, policy_text("q", "", "true")), 201);
}

static void a_policy_without_rules_is_warned_about(void **state)
{
    (void)state;
    static const char empty[] =
        "{'metadata':{'name':'p'},'spec':{'resource':{'kind':'Pod'}}}";
    assert_int_equal(api_post(&api, POLICIES, empty), 201);
    assert_non_null(strstr(api_header(&api, "Warning"), "299 - \"the policy has neither"));
    assert_int_equal(api_merge(&api, POLICIES "/p",
                               "{'spec':{'eventRules':[" RULE("a", "true", "s") "]}}"),
                     200);
    assert_string_equal(api_header(&api, "Warning"), "");
    assert_int_equal(api_merge(&api, POLICIES "/p", "{'spec':{'eventRules':[]}}"), 200);
    assert_non_null(strstr(api_header(&api, "Warning"), "no effect"));
    for (int i = 0; i < 2; i++) { /* created, then changed */
        assert_int_equal(api_call(&api, "PATCH", POLICIES "/q?fieldManager=m",
                                  "application/apply-patch+yaml",
                                  "{'apiVersion':'activity.miloapis.com/v1alpha1','kind':"
                                  "'ActivityPolicy','metadata':{'name':'q'},'spec':{"
                                  "'resource':{'kind':'Pod'}}}"),
                         i == 0 ? 201 : 200);
        assert_non_null(strstr(api_header(&api, "Warning"), "no effect"));
    }
}

static void policies_that_say_nothing_are_warned_about(void **state)
{
    (void)state;
    static const struct {
        const char *policy, *warning; /* empty: none */
    } rows[] = {
        { POLICY(RULE("a", "true", "actor made audit.objectRef.name"), ""),
          "spec.auditRules[0].summary has no {{ }}: \\\"audit.\\\" stays" },
        { POLICY("", RULE("a", "true", "ready") "," RULE("b", "true", "{actor} made it")),
          "spec.eventRules[1].summary has no {{ }}: \\\"actor\\\" stays" },
        { POLICY(RULE("a", "true", "{{ actor }} made audit.log"), ""), "" },
        { POLICY(RULE("a", "true", "it is ready"), ""), "" },
        { "{'metadata':{'name':'p'},'spec':{'resource':{'apiGroup':'core','kind':'Pod'},"
          "'auditRules':[" RULE("a", "true", "s") "]}}",
          "the core group is written \\\"\\\"" },
    };
    for (size_t i = 0; i < ACT_COUNT(rows); i++) {
        assert_int_equal(api_post(&api, POLICIES "?dryRun=All", rows[i].policy), 201);
        const char *got = api_header(&api, "Warning");
        if (rows[i].warning[0] ? !strstr(got, rows[i].warning) : got[0] != '\0')
            fail_msg("row %zu: %s", i, got);
    }
}

/* ---- 3.5 --------------------------------------------------------------------------- */

#define JOB(spec) "{'metadata':{'name':'j'},'spec':{" spec "}}"
#define DAY "'timeRange':{'startTime':'now-1d'}"

static const row job_rows[] = {
    { JOB("'timeRange':{}"), "spec.timeRange.startTime", "FieldValueRequired" },
    { JOB("'timeRange':{'startTime':'7d'}"), "spec.timeRange.startTime",
      "FieldValueInvalid" },
    { JOB("'timeRange':{'startTime':'2999-01-01T00:00:00Z'}"), "spec.timeRange.startTime",
      "FieldValueInvalid" },
    { JOB("'timeRange':{'startTime':'now-1d','endTime':'soon'}"), "spec.timeRange.endTime",
      "FieldValueInvalid" },
    { JOB("'timeRange':{'startTime':'now-1d','endTime':'2999-01-01T00:00:00Z'}"),
      "spec.timeRange.endTime", "FieldValueInvalid" },
    { JOB("'timeRange':{'startTime':'now'}"), "spec.timeRange", "FieldValueInvalid" },
    { JOB("'timeRange':{'startTime':'now-1d','endTime':'now-2d'}"), "spec.timeRange",
      "FieldValueInvalid" },
    { JOB(DAY ",'policySelector':{'names':['a'],'matchLabels':{'a':'b'}}"),
      "spec.policySelector", "FieldValueInvalid" },
    { JOB(DAY ",'policySelector':{'names':['a'],'matchLabels':{}}"), NULL, NULL },
    { JOB(DAY ",'config':{'batchSize':99}"), "spec.config.batchSize", "FieldValueInvalid" },
    { JOB(DAY ",'config':{'batchSize':10001}"), "spec.config.batchSize",
      "FieldValueInvalid" },
    { JOB(DAY ",'config':{'batchSize':100,'rateLimit':1000}"), NULL, NULL },
    { JOB(DAY ",'config':{'rateLimit':9}"), "spec.config.rateLimit", "FieldValueInvalid" },
    { JOB(DAY ",'config':{'rateLimit':1001}"), "spec.config.rateLimit",
      "FieldValueInvalid" },
    { JOB(DAY ",'ttlSecondsAfterFinished':-1"), "spec.ttlSecondsAfterFinished",
      "FieldValueInvalid" },
    { JOB(DAY ",'ttlSecondsAfterFinished':0"), NULL, NULL },
};

static void rows_of_3_5(void **state)
{
    (void)state;
    for (size_t i = 0; i < ACT_COUNT(job_rows); i++) {
        const row *r = &job_rows[i];
        int status = api_post(&api, JOBS "?dryRun=All", r->object);
        if (status != (r->field ? 422 : 201))
            fail_msg("%d: %s: %s", status, r->object, api_text(&api));
        if (r->field)
            assert_invalid("ReindexJob", "j", r->field, r->cause);
    }
}

static void jobs_are_warned_about(void **state)
{
    (void)state;
    assert_int_equal(api_post(&api, JOBS "?dryRun=All", JOB(DAY)), 201);
    assert_string_equal(api_header(&api, "Warning"), "");
    assert_int_equal(
        api_post(&api, JOBS "?dryRun=All", JOB("'timeRange':{'startTime':'now-8d'}")), 201);
    assert_non_null(strstr(api_header(&api, "Warning"), "longer than 7 days"));
    assert_int_equal(
        api_post(&api, JOBS "?dryRun=All", JOB(DAY ",'config':{'dryRun':true}")), 201);
    assert_non_null(strstr(api_header(&api, "Warning"), "dryRun"));
}

static int set_phase(const char *phase)
{
    char text[64];
    (void)snprintf(text, sizeof text, "{'status':{'phase':'%s'}}", phase);
    return api_merge(&api, JOBS "/j/status", text);
}

/* ---- gaps -------------------------------------------------------------------------- */

/* G4: 1 on create, one more for each change of the spec and for nothing else. */
static void g4_generation_counts_specs(void **state)
{
    (void)state;
    static const struct {
        const char *collection, *object, *body, *change;
    } kinds[] = {
        { POLICIES, POLICIES "/p", POLICY(RULE("a", "true", "s"), ""),
          "{'spec':{'auditRules':null}}" },
        { JOBS, JOBS "/j", JOB(DAY), "{'spec':{'config':{'rateLimit':20}}}" },
    };
    for (size_t i = 0; i < ACT_COUNT(kinds); i++) {
        char status[128];
        (void)snprintf(status, sizeof status, "%s/status", kinds[i].object);
        assert_int_equal(api_post(&api, kinds[i].collection, kinds[i].body), 201);
        assert_at("metadata.generation", "1");
        assert_int_equal(api_merge(&api, kinds[i].object,
                                   "{'metadata':{'generation':9,'labels':{'a':'b'}}}"),
                         200);
        assert_at("metadata.generation", "1");
        assert_int_equal(api_merge(&api, status,
                                   "{'status':{'message':'x',"
                                   "'observedGeneration':1}}"),
                         200);
        assert_at("metadata.generation", "1");
        assert_int_equal(api_merge(&api, kinds[i].object, kinds[i].change), 200);
        assert_at("metadata.generation", "2");
    }
}

/* G5: of a job that has begun nothing changes but when it goes; whatever its phase. */
static void g5_jobs_that_began_stay(void **state)
{
    (void)state;
    static const char *const phases[] = { "Running", "Succeeded", "Failed" };
    static const struct {
        const char *patch, *field;
    } changes[] = {
        { "{'spec':{'timeRange':{'startTime':'now-2d'}}}", "spec.timeRange.startTime" },
        { "{'spec':{'timeRange':{'endTime':'now-1h'}}}", "spec.timeRange.endTime" },
        { "{'spec':{'policySelector':{'names':['x']}}}", "spec.policySelector" },
        { "{'spec':{'config':{'dryRun':true}}}", "spec.config" },
    };
    for (size_t p = 0; p < ACT_COUNT(phases); p++) {
        assert_int_equal(api_post(&api, JOBS, JOB(DAY)), 201);
        assert_int_equal(
            api_merge(&api, JOBS "/j", "{'spec':{'timeRange':{'startTime':'now-3d'}}}"),
            200);
        assert_int_equal(set_phase(phases[p]), 200);
        for (size_t i = 0; i < ACT_COUNT(changes); i++) {
            assert_int_equal(api_merge(&api, JOBS "/j", changes[i].patch), 422);
            assert_invalid("ReindexJob", "j", changes[i].field, "FieldValueInvalid");
        }
        assert_int_equal(
            api_merge(&api, JOBS "/j", "{'spec':{'ttlSecondsAfterFinished':60}}"), 200);
        assert_int_equal(api_delete(&api, JOBS "/j"), 200);
    }
}

/* The field managers of the last answer that own something of its status (or spec). */
static size_t owners_of(const char *part, const char *subresource)
{
    size_t found = 0;
    for (size_t i = 0; i < api_count(&api, "metadata.managedFields"); i++) {
        char path[96];
        (void)snprintf(path, sizeof path, "metadata.managedFields.%zu.subresource", i);
        if (strcmp(api_at(&api, path), subresource) != 0)
            continue;
        (void)snprintf(path, sizeof path, "metadata.managedFields.%zu.fieldsV1.f:%s", i,
                       part);
        found += api_at(&api, path)[0] != '\0';
    }
    return found;
}

/* G6: an apply of the object does not touch or own the status, nor the other way round. */
static void g6_apply_resets_the_other_part(void **state)
{
    (void)state;
    static const char whole[] =
        "{'apiVersion':'activity.miloapis.com/v1alpha1','kind':'ReindexJob','metadata':{"
        "'name':'j'},'spec':{" DAY "},'status':{'phase':'Running','message':'mine'}}";
    static const char apply[] = "application/apply-patch+yaml";
    assert_int_equal(api_call(&api, "PATCH", JOBS "/j?fieldManager=m", apply, whole), 201);
    assert_at("status", "");
    assert_int_equal(owners_of("status", ""), 0);
    assert_int_equal(owners_of("spec", ""), 1);
    assert_int_equal(api_call(&api, "PATCH", JOBS "/j/status?fieldManager=s", apply, whole),
                     200);
    assert_at("status.phase", "Running");
    assert_int_equal(owners_of("status", "status"), 1);
    assert_int_equal(owners_of("spec", "status"), 0);
    assert_int_equal(api_call(&api, "PATCH", JOBS "/j?fieldManager=m", apply, whole), 200);
    assert_at("status.message", "mine");
    assert_int_equal(owners_of("status", ""), 0);
}

/* Defaults belong to nobody: who applies without them does not take them away. */
static void defaults_survive_an_apply(void **state)
{
    (void)state;
    static const char bare[] =
        "{'apiVersion':'activity.miloapis.com/v1alpha1','kind':'ReindexJob','metadata':{"
        "'name':'j'},'spec':{" DAY "}}";
    for (int i = 0; i < 2; i++) {
        assert_int_equal(api_call(&api, "PATCH", JOBS "/j?fieldManager=m",
                                  "application/apply-patch+yaml", bare),
                         i == 0 ? 201 : 200);
        assert_at("spec.config.batchSize", "1000");
        assert_at("spec.timeRange.endTime", "now");
        assert_at("metadata.generation", "1");
    }
}

#define OWNER "{'apiVersion':'v1','kind':'Pod','name':'p','uid':'u'}"

/* Nobody can manage it by uid, but it is no reason to refuse, or to fail. */
/* As a kube-apiserver takes it: once, with a warning. */
static void an_owner_twice_is_taken_once(void **state)
{
    (void)state;
    assert_int_equal(
        api_post(&api, POLICIES,
                 policy_text("p", ",'ownerReferences':[" OWNER "," OWNER "]", "true")),
        201);
    assert_non_null(strstr(api_header(&api, "Warning"), "duplicate UID(s) observed: "));
    assert_int_equal(api_merge(&api, POLICIES "/p", "{'metadata':{'labels':{'a':'b'}}}"),
                     200);
    assert_at("metadata.labels.a", "b");
    assert_int_equal(api_count(&api, "metadata.ownerReferences"), 1);
    assert_string_equal(api_header(&api, "Warning"), "");
    assert_int_equal(api_call(&api, "PATCH", POLICIES "/p?fieldManager=m&force=true",
                              "application/apply-patch+yaml", policy_text("p", "", "true")),
                     200);
    assert_int_equal(
        api_call(&api, "PATCH", POLICIES "/p?fieldManager=m&force=true",
                 "application/apply-patch+yaml",
                 policy_text("p", ",'ownerReferences':[" OWNER "," OWNER "]", "true")),
        400);
}

/* G7: tables carry what a list carries. */
static void g7_tables_have_version_and_continue(void **state)
{
    (void)state;
    assert_int_equal(api_post(&api, POLICIES, policy_text("a", "", "true")), 201);
    assert_int_equal(api_post(&api, POLICIES, policy_text("b", "", "true")), 201);
    api.accept = "application/json;as=Table;g=meta.k8s.io;v=v1";
    assert_int_equal(api_get(&api, POLICIES "?limit=1"), 200);
    assert_at("kind", "Table");
    assert_int_equal(api_count(&api, "rows"), 1);
    assert_at("metadata.remainingItemCount", "1");
    assert_true(atoll(api_at(&api, "metadata.resourceVersion")) > 0);
    char next[2048];
    (void)snprintf(next, sizeof next, POLICIES "?limit=1&continue=%s",
                   api_at(&api, "metadata.continue"));
    assert_int_equal(api_get(&api, next), 200);
    assert_at("rows.0.cells.0", "b");
    assert_at("metadata.continue", "");
    api.accept = NULL;
}

/* G7: a watch in the form of a table says once what its columns are. */
static void g7_watched_tables_have_headers_once(void **state)
{
    (void)state;
    test_watch w;
    assert_int_equal(api_post(&api, POLICIES, policy_text("a", "", "true")), 201);
    watch_start(&w, &api, POLICIES "?watch=1",
                "application/json;as=Table;g=meta.k8s.io;v=v1");
    assert_true(watch_next(&w));
    assert_string_equal(watch_at(&w, "object.columnDefinitions.0.name"), "Name");
    assert_int_equal(api_post(&api, POLICIES, policy_text("b", "", "true")), 201);
    assert_true(watch_next(&w));
    assert_string_equal(watch_at(&w, "object.rows.0.cells.0"), "b");
    assert_string_equal(watch_at(&w, "object.columnDefinitions.0.name"), "");
    watch_stop(&w);
}

static act_columns columns_of(const char *plural)
{
    for (size_t i = 0; i < act_api_kind_count(); i++)
        if (strcmp(act_api_kinds[i].resource.plural, plural) == 0)
            return act_api_kinds[i].columns;
    fail_msg("no such kind: %s", plural);
    return (act_columns){ 0 };
}

/* G7: a summary that is cut ends with a whole letter, wherever the cut falls. */
static void g7_cells_are_cut_between_letters(void **state)
{
    (void)state;
    act_columns columns = columns_of("activities");
    const act_table_options o = { .columns = columns, .meta_version = ACT_STR("v1") };
    for (int shift = 0; shift < 4; shift++) {
        act_buf out = ACT_BUF_INIT, summary = ACT_BUF_INIT;
        act_buf_add(&summary, act_str_head(ACT_STR("xxx"), (size_t)shift));
        for (int i = 0; i < 200; i++)
            act_buf_add(&summary, ACT_STR("\xE6\x97\xA5"));
        act_json fields = act_json_of_object(), spec = act_json_of_object();
        assert_ok(act_json_with(api.arena, &fields, ACT_STR("summary"),
                                act_json_of_string(act_buf_str(&summary)), &spec));
        act_json object, none = act_json_of_object();
        assert_ok(act_json_with(api.arena, &none, ACT_STR("spec"), spec, &object));
        const act_json *rows[] = { &object };
        const act_list_meta meta = { 0 };
        act_table_write(&o, rows, 1, &meta, &out);
        assert_ok(act_buf_err(&out));
        assert_true(act_str_is_utf8(act_buf_str(&out)));
        assert_true(act_str_find(act_buf_str(&out), ACT_STR("...\"")) != SIZE_MAX);
        act_buf_done(&out);
        act_buf_done(&summary);
    }
}

/* G9: a phase at the end stays. */
static void g9_ends_are_final(void **state)
{
    (void)state;
    static const char *const ends[] = { "Succeeded", "Failed" };
    static const char *const others[] = { "", "Pending", "Running", "Succeeded", "Failed" };
    for (size_t e = 0; e < ACT_COUNT(ends); e++) {
        assert_int_equal(api_post(&api, JOBS, JOB(DAY)), 201);
        assert_int_equal(set_phase(ends[e]), 200);
        for (size_t i = 0; i < ACT_COUNT(others); i++) {
            bool same = strcmp(others[i], ends[e]) == 0;
            assert_int_equal(set_phase(others[i]), same ? 200 : 422);
            if (!same)
                assert_invalid("ReindexJob", "j", "status.phase", "FieldValueInvalid");
        }
        assert_int_equal(api_delete(&api, JOBS "/j"), 200);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, api_setup, api_teardown)
    const struct CMUnitTest tests[] = {
        TEST(rows_of_3_4),
        TEST(mistakes_come_with_hints),
        TEST(a_policys_resource_stays),
        TEST(writes_as_allowed),
        TEST(policies_that_say_nothing_are_warned_about),
        TEST(a_policy_without_rules_is_warned_about),
        TEST(rows_of_3_5),
        TEST(jobs_are_warned_about),
        TEST(g4_generation_counts_specs),
        TEST(g5_jobs_that_began_stay),
        TEST(g6_apply_resets_the_other_part),
        TEST(defaults_survive_an_apply),
        TEST(an_owner_twice_is_taken_once),
        TEST(g7_tables_have_version_and_continue),
        TEST(g7_watched_tables_have_headers_once),
        TEST(g7_cells_are_cut_between_letters),
        TEST(g9_ends_are_final),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
