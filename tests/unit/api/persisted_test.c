/* ctest: labels=threads timeout=180 */
/* Persisted kinds over HTTP: what Kubernetes clients rely on, verb by verb. */
#include "unit/api/api_help.h"

static void make(const char *name)
{
    if (api_post(&api, POLICIES, policy_text(name, "", "true")) != 201)
        fail_msg("%s", api_text(&api));
}

/* ---- create ------------------------------------------------------------------------ */

static void create_sets_metadata_and_clears_status(void **state)
{
    (void)state;
    assert_int_equal(
        api_post(
            &api, POLICIES,
            "{'kind':'ActivityPolicy','apiVersion':'activity.miloapis.com/v1alpha1',"
            "'metadata':{'name':'a','uid':'mine','generation':7},"
            "'spec':{'resource':{'apiGroup':'','kind':'Pod'},'eventRules':[{'name':'x',"
            "'match':'true','summary':'s'}]},'status':{'observedGeneration':9}}"),
        201);
    assert_at("metadata.generation", "1");
    assert_int_equal(strlen(api_at(&api, "metadata.uid")), 36);
    assert_int_equal(strlen(api_at(&api, "metadata.creationTimestamp")), 20);
    assert_at("status", "");
    const char *version = strdup(api_at(&api, "metadata.resourceVersion"));
    assert_int_equal(api_get(&api, POLICIES "/a"), 200);
    assert_at("metadata.resourceVersion", version);
    assert_at("spec.resource.kind", "Pod");
    free((void *)version);
}

static void create_refuses_what_is_there(void **state)
{
    (void)state;
    make("a");
    assert_int_equal(api_post(&api, POLICIES, policy_text("a", "", "true")), 409);
    assert_at("reason", "AlreadyExists");
    assert_at("message", "activitypolicies.activity.miloapis.com \"a\" already exists");
    assert_at("details.name", "a");
    assert_int_equal(api_post(&api, POLICIES "?dryRun=All", policy_text("a", "", "true")),
                     409);
}

static void generate_name_makes_names(void **state)
{
    (void)state;
    static const char text[] = "{'metadata':{'generateName':'g-'},'spec':{'resource':{"
                               "'apiGroup':'','kind':'Pod'}}}";
    char first[64];
    assert_int_equal(api_post(&api, POLICIES, text), 201);
    (void)snprintf(first, sizeof first, "%s", api_at(&api, "metadata.name"));
    assert_int_equal(strlen(first), 7);
    assert_memory_equal(first, "g-", 2);
    assert_int_equal(api_post(&api, POLICIES, text), 201);
    assert_string_not_equal(api_at(&api, "metadata.name"), first);
    /* Without rules it has no effect, and says so. */
    assert_non_null(strstr(api_header(&api, "Warning"), "has no effect"));
}

static void dry_run_stores_nothing(void **state)
{
    (void)state;
    assert_int_equal(api_post(&api, POLICIES "?dryRun=All", policy_text("a", "", "true")),
                     201);
    assert_at("metadata.name", "a");
    assert_int_equal(api_get(&api, POLICIES "/a"), 404);
    assert_at("message", "activitypolicies.activity.miloapis.com \"a\" not found");
    make("a");
    assert_int_equal(
        api_merge(&api, POLICIES "/a?dryRun=All", "{'metadata':{'labels':{'x':'y'}}}"),
        200);
    assert_at("metadata.labels.x", "y");
    assert_int_equal(api_call(&api, "DELETE", POLICIES "/a?dryRun=All", NULL, NULL), 200);
    assert_int_equal(api_get(&api, POLICIES "/a"), 200);
    assert_at("metadata.labels", "");
    assert_int_equal(api_post(&api, POLICIES "?dryRun=Some", policy_text("b", "", "true")),
                     422);
    assert_at("details.causes.0.field", "dryRun");
}

static void all_problems_are_told(void **state)
{
    (void)state;
    assert_int_equal(
        api_post(&api, POLICIES,
                 "{'metadata':{'name':'a'},'spec':{'resource':{'apiGroup':'','kind':''},"
                 "'auditRules':[{'name':'Bad Name','match':'verb == ','summary':'{{'},"
                 "{'name':'x','match':'1','summary':''},{'name':'x','match':'true',"
                 "'summary':'ok'}]}}"),
        422);
    assert_at("reason", "Invalid");
    assert_at("details.kind", "ActivityPolicy");
    assert_at("details.group", "activity.miloapis.com");
    static const char *const wanted[][2] = {
        { "spec.resource.kind", "FieldValueRequired" },
        { "spec.auditRules[0].name", "FieldValueInvalid" },
        { "spec.auditRules[0].match", "FieldValueInvalid" },
        { "spec.auditRules[0].summary", "FieldValueInvalid" },
        { "spec.auditRules[1].match", "FieldValueInvalid" },
        { "spec.auditRules[1].summary", "FieldValueRequired" },
        { "spec.auditRules[2].name", "FieldValueDuplicate" },
    };
    assert_int_equal(api_count(&api, "details.causes"), ACT_COUNT(wanted));
    for (size_t i = 0; i < ACT_COUNT(wanted); i++) {
        char path[64];
        (void)snprintf(path, sizeof path, "details.causes.%zu.field", i);
        assert_at(path, wanted[i][0]);
        (void)snprintf(path, sizeof path, "details.causes.%zu.reason", i);
        assert_at(path, wanted[i][1]);
    }
}

static void unknown_fields_warn_or_fail(void **state)
{
    (void)state;
    static const char text[] = "{'metadata':{'name':'%s'},'spec':{'resource':{'apiGroup':"
                               "'','kind':'Pod'},'colour':'red'}}";
    char body[256];
    (void)snprintf(body, sizeof body, text, "a");
    assert_int_equal(api_post(&api, POLICIES "?fieldValidation=Strict", body), 400);
    assert_at("reason", "BadRequest");
    assert_non_null(strstr(api_at(&api, "message"), "unknown field \"spec.colour\""));
    assert_int_equal(api_post(&api, POLICIES "?fieldValidation=Ignore", body), 201);
    (void)snprintf(body, sizeof body, text, "b");
    assert_int_equal(api_post(&api, POLICIES, body), 201);
    assert_non_null(strstr(api_header(&api, "Warning"), "unknown field"));
}

static void bodies_that_are_none_are_refused(void **state)
{
    (void)state;
    assert_int_equal(api_post(&api, POLICIES, "{"), 400);
    assert_int_equal(api_post(&api, POLICIES, "[]"), 400);
    assert_int_equal(api_post(&api, POLICIES, ""), 400);
    assert_int_equal(api_post(&api, POLICIES, "{'kind':'Pod','metadata':{'name':'a'}}"),
                     400);
    assert_int_equal(api_post(&api, POLICIES, "{'metadata':{'name':3}}"), 400);
    assert_int_equal(api_call(&api, "POST", POLICIES, "text/csv", "a,b"), 415);
    assert_at("reason", "UnsupportedMediaType");
    assert_int_equal(api_call(&api, "POST", POLICIES, "application/yaml",
                              "metadata: {name: leaf}\nspec:\n  resource: {apiGroup: apps, "
                              "kind: Deployment}\n"),
                     201);
    assert_at("metadata.name", "leaf");
}

/* ---- update ------------------------------------------------------------------------ */

static void update_replaces_and_counts_generations(void **state)
{
    (void)state;
    make("a");
    assert_int_equal(api_put(&api, POLICIES "/a", policy_text("a", "", "false")), 200);
    assert_at("metadata.generation", "2");
    assert_at("spec.auditRules.0.match", "false");
    /* A label is no change of the spec. */
    assert_int_equal(
        api_put(&api, POLICIES "/a", policy_text("a", ",'labels':{'x':'y'}", "false")),
        200);
    assert_at("metadata.generation", "2");
    char version[32];
    (void)snprintf(version, sizeof version, "%s", api_at(&api, "metadata.resourceVersion"));
    /* The same again is none at all. */
    assert_int_equal(
        api_put(&api, POLICIES "/a", policy_text("a", ",'labels':{'x':'y'}", "false")),
        200);
    assert_at("metadata.resourceVersion", version);
    assert_int_equal(api_put(&api, POLICIES "/b", policy_text("b", "", "true")), 404);
    assert_int_equal(api_put(&api, POLICIES "/a", policy_text("b", "", "true")), 400);
}

static void update_with_an_old_version_conflicts(void **state)
{
    (void)state;
    char meta[64];
    make("a");
    (void)snprintf(meta, sizeof meta, ",'resourceVersion':'%s'",
                   api_at(&api, "metadata.resourceVersion"));
    assert_int_equal(api_put(&api, POLICIES "/a", policy_text("a", meta, "false")), 200);
    assert_int_equal(api_put(&api, POLICIES "/a", policy_text("a", meta, "true")), 409);
    assert_at("reason", "Conflict");
    assert_non_null(strstr(api_at(&api, "message"), "the object has been modified"));
    assert_int_equal(
        api_put(&api, POLICIES "/a", policy_text("a", ",'uid':'other'", "true")), 409);
}

static void resource_of_a_policy_is_immutable(void **state)
{
    (void)state;
    make("a");
    assert_int_equal(api_merge(&api, POLICIES "/a", "{'spec':{'resource':{'kind':'Pod'}}}"),
                     422);
    assert_at("details.causes.0.field", "spec.resource");
    assert_int_equal(api_merge(&api, POLICIES "/a", "{'spec':{'auditRules':null}}"), 200);
    assert_at("spec.auditRules", "");
}

static void status_is_apart(void **state)
{
    (void)state;
    static const char both[] =
        "{'metadata':{'labels':{'x':'y'}},'spec':{'auditRules':null},"
        "'status':{'observedGeneration':5,'conditions':[{'type':'Ready','status':'True',"
        "'reason':'Valid','message':'','lastTransitionTime':'2026-01-01T00:00:00Z'}]}}";
    make("a");
    assert_int_equal(api_merge(&api, POLICIES "/a/status", both), 200);
    assert_at("status.observedGeneration", "5");
    assert_at("metadata.labels", "");
    assert_at("spec.auditRules.0.name", "one");
    assert_at("metadata.generation", "1");
    assert_int_equal(api_merge(&api, POLICIES "/a", both), 200);
    assert_int_equal(api_put(&api, POLICIES "/a", policy_text("a", "", "true")), 200);
    assert_at("status.conditions.0.type", "Ready");
    assert_int_equal(api_get(&api, POLICIES "/a/status"), 200);
    assert_at("status.observedGeneration", "5");
    assert_int_equal(api_delete(&api, POLICIES "/a/status"), 405);
    assert_int_equal(api_get(&api, POLICIES "/a/scale"), 404);
}

/* ---- patches ----------------------------------------------------------------------- */

static void patches_of_all_types(void **state)
{
    (void)state;
    make("a");
    assert_int_equal(api_call(&api, "PATCH", POLICIES "/a", "application/json-patch+json",
                              "[{'op':'test','path':'/spec/auditRules/0/name','value':"
                              "'one'},{'op':'add','path':'/metadata/labels','value':{"
                              "'a':'b'}}]"),
                     200);
    assert_at("metadata.labels.a", "b");
    assert_int_equal(api_call(&api, "PATCH", POLICIES "/a", "application/json-patch+json",
                              "[{'op':'test','path':'/spec/auditRules/0/name','value':"
                              "'two'}]"),
                     422);
    assert_int_equal(api_call(&api, "PATCH", POLICIES "/a", "application/json-patch+json",
                              "{'op':'test'}"),
                     400);
    assert_int_equal(api_call(&api, "PATCH", POLICIES "/a",
                              "application/strategic-merge-patch+json",
                              "{'metadata':{'labels':{'a':null,'c':'d'}},'spec':{"
                              "'auditRules':[{'name':'two','match':'true',"
                              "'summary':'s'}]}}"),
                     200);
    assert_at("metadata.labels.a", "");
    assert_at("metadata.labels.c", "d");
    assert_int_equal(api_count(&api, "spec.auditRules"), 1);
    assert_at("spec.auditRules.0.name", "two");
    assert_int_equal(api_call(&api, "PATCH", POLICIES "/a", "application/json", "{}"), 415);
    assert_int_equal(api_merge(&api, POLICIES "/a", "'text'"), 400);
    assert_int_equal(api_merge(&api, POLICIES "/a", "{"), 400);
    assert_int_equal(api_merge(&api, POLICIES "/none", "{}"), 404);
    assert_int_equal(api_merge(&api, POLICIES "/a", "{'metadata':{'name':'b'}}"), 400);
    assert_int_equal(api_merge(&api, POLICIES "/a", "{'metadata':{'resourceVersion':'1'}}"),
                     409);
}

/* Patches without a version never lose to one another. */
static void *patch_ten_times(void *arg)
{
    int id = *(int *)arg;
    for (int i = 0; i < 10; i++) {
        char text[96];
        int n = snprintf(text, sizeof text,
                         "{\"metadata\":{\"labels\":{\"l%d-%d\":\"x\"}}}", id, i);
        char url[256];
        (void)snprintf(url, sizeof url, "%s" POLICIES "/a", api.base);
        const act_http_header type = { ACT_STR("Content-Type"),
                                       ACT_STR("application/merge-patch+json") };
        act_http_call call = ACT_HTTP_CALL_INIT;
        act_http_reply reply = ACT_HTTP_REPLY_INIT;
        call.connect_timeout_ns = PATIENCE_NS;
        call.method = "PATCH";
        call.url = url;
        call.headers = &type;
        call.header_count = 1;
        call.body = act_str_from(text, (size_t)n);
        call.bearer = ACT_STR(TOKEN_ADMIN);
        assert_ok(act_http_client_call(api.client, &call, &reply, NULL));
        assert_int_equal(reply.status, 200);
        act_http_reply_done(&reply);
    }
    return NULL;
}

static void patches_at_once_all_count(void **state)
{
    (void)state;
    pthread_t threads[4];
    int ids[ACT_COUNT(threads)];
    make("a");
    for (size_t i = 0; i < ACT_COUNT(threads); i++) {
        ids[i] = (int)i;
        assert_ok(act_thread_start(&threads[i], "patcher", patch_ten_times, &ids[i]));
    }
    for (size_t i = 0; i < ACT_COUNT(threads); i++)
        (void)pthread_join(threads[i], NULL);
    size_t n;
    assert_int_equal(api_get(&api, POLICIES "/a"), 200);
    (void)act_json_members(
        act_json_path(api.answer, "metadata", "labels", (const char *)NULL), &n);
    assert_int_equal(n, 10 * ACT_COUNT(threads));
}

/* ---- delete ------------------------------------------------------------------------ */

static void delete_takes_preconditions(void **state)
{
    (void)state;
    char body[128], uid[40];
    make("a");
    (void)snprintf(uid, sizeof uid, "%s", api_at(&api, "metadata.uid"));
    assert_int_equal(api_call(&api, "DELETE", POLICIES "/a", NULL,
                              "{'preconditions':{'uid':'another'}}"),
                     409);
    (void)snprintf(body, sizeof body,
                   "{'kind':'DeleteOptions','preconditions':{'uid':'%s'}}", uid);
    assert_int_equal(api_call(&api, "DELETE", POLICIES "/a", NULL, body), 200);
    assert_at("status", "Success");
    assert_at("details.name", "a");
    assert_at("details.uid", uid);
    assert_int_equal(api_delete(&api, POLICIES "/a"), 404);
}

static void finalizers_hold_an_object(void **state)
{
    (void)state;
    assert_int_equal(
        api_post(&api, POLICIES,
                 policy_text("a", ",'finalizers':['example.org/wait']", "true")),
        201);
    assert_int_equal(api_delete(&api, POLICIES "/a"), 200);
    assert_at("kind", "ActivityPolicy");
    assert_int_equal(strlen(api_at(&api, "metadata.deletionTimestamp")), 20);
    assert_int_equal(api_get(&api, POLICIES "/a"), 200);
    assert_int_equal(
        api_merge(&api, POLICIES "/a",
                  "{'metadata':{'finalizers':['example.org/wait','example.org/more']}}"),
        422);
    assert_at("details.causes.0.field", "metadata.finalizers");
    assert_int_equal(api_merge(&api, POLICIES "/a", "{'metadata':{'finalizers':null}}"),
                     200);
    assert_int_equal(api_get(&api, POLICIES "/a"), 404);
}

static void a_garbage_collector_is_asked_by_finalizers(void **state)
{
    (void)state;
    static const char foreground[] = "{'propagationPolicy':'Foreground'}";
    make("a"); /* nobody collects here, so nothing may wait for it */
    assert_int_equal(api_call(&api, "DELETE", POLICIES "/a", NULL, foreground), 200);
    assert_int_equal(api_get(&api, POLICIES "/a"), 404);
    api_stop(&api);
    api_start_with(&api, &(test_api_options){ .garbage_collected = true });
    make("a");
    assert_int_equal(api_call(&api, "DELETE", POLICIES "/a", NULL, foreground), 200);
    assert_at("kind", "ActivityPolicy");
    assert_at("metadata.finalizers.0", "foregroundDeletion");
    assert_int_equal(api_get(&api, POLICIES "/a"), 200);
    assert_int_equal(strlen(api_at(&api, "metadata.deletionTimestamp")), 20);
    /* Another policy takes its place; in the end the collector is done. */
    assert_int_equal(
        api_call(&api, "DELETE", POLICIES "/a?propagationPolicy=Orphan", NULL, NULL), 200);
    assert_at("metadata.finalizers.0", "orphan");
    assert_int_equal(api_count(&api, "metadata.finalizers"), 1);
    assert_int_equal(api_merge(&api, POLICIES "/a", "{'metadata':{'finalizers':null}}"),
                     200);
    assert_int_equal(api_get(&api, POLICIES "/a"), 404);
    make("b");
    assert_int_equal(
        api_call(&api, "DELETE", POLICIES "/b", NULL, "{'propagationPolicy':'Sometimes'}"),
        422);
    assert_at("details.kind", "DeleteOptions");
    assert_at("details.causes.0.field", "propagationPolicy");
    assert_int_equal(api_delete(&api, POLICIES "/b"), 200);
    assert_at("status", "Success");
}

static void deletecollection_takes_what_is_selected(void **state)
{
    (void)state;
    make("a");
    assert_int_equal(
        api_post(&api, POLICIES, policy_text("b", ",'labels':{'x':'y'}", "true")), 201);
    assert_int_equal(api_delete(&api, POLICIES "?labelSelector=x%3Dy"), 200);
    assert_int_equal(api_count(&api, "items"), 1);
    assert_int_equal(api_get(&api, POLICIES), 200);
    assert_int_equal(api_count(&api, "items"), 1);
    assert_at("items.0.metadata.name", "a");
    assert_int_equal(api_delete(&api, POLICIES), 200);
    assert_int_equal(api_get(&api, POLICIES), 200);
    assert_int_equal(api_count(&api, "items"), 0);
}

/* ---- list -------------------------------------------------------------------------- */

static void pages_are_of_one_revision(void **state)
{
    (void)state;
    char name[16], path[1024];
    for (int i = 0; i < 7; i++) {
        (void)snprintf(name, sizeof name, "p%d", i);
        make(name);
    }
    assert_int_equal(api_get(&api, POLICIES "?limit=3"), 200);
    assert_int_equal(api_count(&api, "items"), 3);
    assert_at("metadata.remainingItemCount", "4");
    char version[32], token[512];
    (void)snprintf(version, sizeof version, "%s", api_at(&api, "metadata.resourceVersion"));
    (void)snprintf(token, sizeof token, "%s", api_at(&api, "metadata.continue"));
    /* What comes and goes between the pages is not seen. */
    make("p9");
    assert_int_equal(api_delete(&api, POLICIES "/p5"), 200);
    (void)snprintf(path, sizeof path, POLICIES "?limit=3&continue=%s", token);
    assert_int_equal(api_get(&api, path), 200);
    assert_at("items.2.metadata.name", "p5");
    assert_at("metadata.resourceVersion", version);
    (void)snprintf(path, sizeof path, POLICIES "?limit=3&continue=%s",
                   api_at(&api, "metadata.continue"));
    assert_int_equal(api_get(&api, path), 200);
    assert_int_equal(api_count(&api, "items"), 1);
    assert_at("items.0.metadata.name", "p6");
    assert_at("metadata.continue", "");
    /* A token outlived by its revision. */
    int64_t now;
    assert_ok(act_registry_revision(api.registry, &now));
    assert_ok(act_registry_compact(api.registry, now));
    (void)snprintf(path, sizeof path, POLICIES "?limit=3&continue=%s", token);
    assert_int_equal(api_get(&api, path), 410);
    assert_at("reason", "Expired");
    /* It comes with one that goes on in the state of now. */
    (void)snprintf(path, sizeof path, POLICIES "?limit=3&continue=%s",
                   api_at(&api, "metadata.continue"));
    assert_int_equal(api_get(&api, path), 200);
    assert_int_equal(api_count(&api, "items"), 3);
    assert_at("items.1.metadata.name", "p4");
    assert_at("items.2.metadata.name", "p6");
    (void)snprintf(path, sizeof path, POLICIES "?limit=3&continue=%s",
                   api_at(&api, "metadata.continue"));
    assert_int_equal(api_get(&api, path), 200);
    assert_int_equal(api_count(&api, "items"), 1);
    assert_at("items.0.metadata.name", "p9");
    assert_int_equal(api_get(&api, POLICIES "?continue=nonsense"), 400);
    assert_int_equal(api_get(&api, POLICIES "?resourceVersion=999999"), 504);
    assert_at("reason", "Timeout");
    (void)snprintf(path, sizeof path,
                   POLICIES "?resourceVersion=%s&resourceVersionMatch=Exact", version);
    assert_int_equal(api_get(&api, path), 410);
}

static void selectors_select(void **state)
{
    (void)state;
    static const struct {
        const char *query;
        size_t n;
    } cases[] = {
        { "labelSelector=x%3D1", 1 },
        { "labelSelector=x", 2 },
        { "labelSelector=!x", 1 },
        { "labelSelector=x+in+(1,2)", 2 },
        { "labelSelector=x+notin+(1)", 2 },
        { "labelSelector=x!%3D1,x", 1 },
        { "fieldSelector=metadata.name%3Db", 1 },
        { "fieldSelector=metadata.name!%3Db", 2 },
        { "fieldSelector=metadata.namespace%3Dn", 0 },
        { "labelSelector=x&fieldSelector=metadata.name%3Da&limit=1", 1 },
        { "labelSelector=x&limit=1", 1 },
    };
    assert_int_equal(
        api_post(&api, POLICIES, policy_text("a", ",'labels':{'x':'1'}", "true")), 201);
    assert_int_equal(
        api_post(&api, POLICIES, policy_text("b", ",'labels':{'x':'2'}", "true")), 201);
    make("c");
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        char path[256];
        (void)snprintf(path, sizeof path, POLICIES "?%s", cases[i].query);
        if (api_get(&api, path) != 200 || api_count(&api, "items") != cases[i].n)
            fail_msg("%s: %s", cases[i].query, api_text(&api));
    }
    assert_int_equal(api_get(&api, POLICIES "?labelSelector=%3D%3D"), 400);
    assert_int_equal(api_get(&api, POLICIES "?fieldSelector=spec.kind%3Dx"), 400);
    assert_int_equal(api_get(&api, POLICIES "?limit=many"), 400);
}

static void forms_of_a_list(void **state)
{
    (void)state;
    make("a");
    api.accept = "application/json;as=Table;g=meta.k8s.io;v=v1,application/json";
    assert_int_equal(api_get(&api, POLICIES), 200);
    assert_at("kind", "Table");
    assert_at("columnDefinitions.1.name", "API Group");
    assert_at("rows.0.cells.1", "apps");
    assert_at("rows.0.cells.3", "1");
    assert_at("rows.0.cells.5", "Unknown");
    assert_at("rows.0.object.kind", "PartialObjectMetadata");
    assert_string_not_equal(api_at(&api, "metadata.resourceVersion"), "");
    assert_int_equal(api_get(&api, POLICIES "/a?includeObject=Object"), 200);
    assert_at("rows.0.object.spec.resource.kind", "Deployment");
    api.accept = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
    assert_int_equal(api_get(&api, POLICIES), 200);
    assert_at("kind", "PartialObjectMetadataList");
    assert_at("items.0.metadata.name", "a");
    assert_at("items.0.spec", "");
    api.accept = "application/yaml";
    assert_int_equal(api_get(&api, POLICIES "/a"), 200);
    assert_non_null(strstr(api_text(&api), "\nkind: ActivityPolicy\n"));
    api.accept = "application/vnd.kubernetes.protobuf,application/json";
    assert_int_equal(api_get(&api, POLICIES "/a"), 200);
    assert_at("kind", "ActivityPolicy");
    api.accept = "application/vnd.kubernetes.protobuf";
    assert_int_equal(api_get(&api, POLICIES "/a"), 406);
    api.accept = NULL;
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, api_setup, api_teardown)
    const struct CMUnitTest tests[] = {
        TEST(create_sets_metadata_and_clears_status),
        TEST(create_refuses_what_is_there),
        TEST(generate_name_makes_names),
        TEST(dry_run_stores_nothing),
        TEST(all_problems_are_told),
        TEST(unknown_fields_warn_or_fail),
        TEST(bodies_that_are_none_are_refused),
        TEST(update_replaces_and_counts_generations),
        TEST(update_with_an_old_version_conflicts),
        TEST(resource_of_a_policy_is_immutable),
        TEST(status_is_apart),
        TEST(patches_of_all_types),
        TEST(patches_at_once_all_count),
        TEST(delete_takes_preconditions),
        TEST(finalizers_hold_an_object),
        TEST(a_garbage_collector_is_asked_by_finalizers),
        TEST(deletecollection_takes_what_is_selected),
        TEST(pages_are_of_one_revision),
        TEST(selectors_select),
        TEST(forms_of_a_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
