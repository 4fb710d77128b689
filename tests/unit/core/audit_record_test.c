/* What an audit event must be, and what is read from it. */
#include "core/audit_record.h"

#include "base/alloc.h"
#include "support.h"

#define T "\"requestReceivedTimestamp\":\"2026-01-02T03:04:05.678901Z\""
#define BASE "\"auditID\":\"a\",\"stage\":\"Panic\",\"verb\":\"get\"," T

static void every_real_event_is_accepted(void **state)
{
    (void)state;
    act_str all = test_read("audit.jsonl"), rest = all;
    ACT_AUTO(act_json_parser) p = NULL;
    assert_int_equal(act_json_parser_new((act_json_limits){ 0 }, &p), ACT_OK);
    ACT_AUTO(act_arena) a = test_arena();
    size_t n = 0, objects = 0;
    while (rest.len) {
        act_str line;
        rest = act_str_split(rest, '\n', &line);
        const act_json *root;
        act_err e = ACT_ERR_INIT;
        act_arena_reset(a);
        assert_int_equal(act_json_parse(p, a, line, 0, &root, &e), ACT_OK);
        act_audit_record r;
        if (act_audit_record_read(root, &r, &e) != ACT_OK)
            fail_msg("line %zu: %s", n + 1, e.text);
        assert_true(r.audit_id.len == 36 && r.username.len && r.status_code >= 200);
        assert_true(r.received_ns > 0 && r.stage_ns >= r.received_ns);
        assert_true(act_audit_stage_bit(r.stage) != 0);
        assert_int_equal(r.tenant.type, ACT_SCOPE_PLATFORM);
        objects += r.has_object;
        n++;
    }
    assert_int_equal(n, 261);
    assert_true(objects > 200 && objects < n);
    act_str_free(all);
}

static void members_are_read_where_they_stand(void **state)
{
    (void)state;
    ACT_AUTO(act_arena) a = test_arena();
    const act_json *root = test_json(
        a,
        "{\"kind\":\"Event\",\"apiVersion\":\"audit.k8s.io/v1\",\"level\":\"Metadata\","
        "\"auditID\":\"id\",\"stage\":\"ResponseComplete\",\"requestURI\":\"/x\","
        "\"verb\":\"create\",\"user\":{\"username\":\"bob\",\"uid\":\"u\"},"
        "\"userAgent\":\"curl\",\"objectRef\":{\"resource\":\"pods\",\"namespace\":\"n\","
        "\"name\":\"o\",\"uid\":\"ou\",\"apiGroup\":\"g\",\"apiVersion\":\"v1\","
        "\"subresource\":\"status\"},\"responseStatus\":{\"code\":201},"
        "\"requestReceivedTimestamp\":\"2026-01-02T03:04:05.678901Z\","
        "\"stageTimestamp\":\"2026-01-02T04:04:06+01:00\",\"annotations\":{"
        "\"platform.miloapis.com/scope.type\":\"Project\","
        "\"platform.miloapis.com/scope.name\":\"prod\"},\"timestamp\":\"ignored\"}");
    act_audit_record r;
    assert_int_equal(act_audit_record_read(root, &r, NULL), ACT_OK);
    assert_ptr_equal(r.root, root);
    assert_str(r.audit_id, "id");
    assert_str(r.stage, "ResponseComplete");
    assert_str(r.level, "Metadata");
    assert_str(r.verb, "create");
    assert_str(r.request_uri, "/x");
    assert_str(r.user_agent, "curl");
    assert_str(r.username, "bob");
    assert_str(r.user_uid, "u");
    assert_true(r.has_object);
    assert_str(r.api_group, "g");
    assert_str(r.api_version, "v1");
    assert_str(r.resource, "pods");
    assert_str(r.subresource, "status");
    assert_str(r.object_namespace, "n");
    assert_str(r.object_name, "o");
    assert_str(r.object_uid, "ou");
    assert_int_equal(r.status_code, 201);
    assert_true(r.received_ns == INT64_C(1767323045678901000));
    assert_true(r.stage_ns == INT64_C(1767323046000000000));
    assert_int_equal(r.tenant.type, ACT_SCOPE_PROJECT);
    assert_str(r.tenant.name, "prod");
}

static void times_may_have_any_form_and_stand_in_for_each_other(void **state)
{
    (void)state;
    const struct {
        const char *json;
        int64_t received_ns, stage_ns;
    } cases[] = {
        { "\"requestReceivedTimestamp\":\"1970-01-01T00:00:01Z\"", 1000000000, 1000000000 },
        { "\"stageTimestamp\":\"1970-01-01T00:00:01.5Z\"", 1500000000, 1500000000 },
        { "\"stageTimestamp\":\"1970-01-01T01:00:01.123456789+01:00\","
          "\"requestReceivedTimestamp\":null",
          1123456789, 1123456789 },
        { "\"stageTimestamp\":\"1970-01-01T00:00:02Z\","
          "\"requestReceivedTimestamp\":\"0001-01-01T00:00:00Z\"",
          2000000000, 2000000000 },
    };
    ACT_AUTO(act_arena) a = test_arena();
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        act_str text;
        assert_int_equal(act_arena_printf(a, &text,
                                          "{\"auditID\":\"a\",\"stage\":\"Panic\","
                                          "\"verb\":\"get\",%s}",
                                          cases[i].json),
                         ACT_OK);
        act_audit_record r;
        assert_int_equal(act_audit_record_read(test_json(a, text.ptr), &r, NULL), ACT_OK);
        assert_true(r.received_ns == cases[i].received_ns);
        assert_true(r.stage_ns == cases[i].stage_ns);
    }
}

static void refusals_name_the_field(void **state)
{
    (void)state;
    const struct {
        const char *json;
        int err;
        const char *text; /* start of the message */
    } cases[] = {
        { "[]", ACT_ETYPE, "the record must be an object" },
        { "null", ACT_ETYPE, "the record must be an object" },
        { "{}", ACT_EINVAL, "auditID: required" },
        { "{" BASE ",\"kind\":\"Pod\"}", ACT_EINVAL, "kind: must be Event" },
        { "{" BASE ",\"kind\":7}", ACT_ETYPE, "kind: must be a string" },
        { "{" BASE ",\"apiVersion\":\"audit.k8s.io/v1beta1\"}", ACT_EINVAL,
          "apiVersion: must be audit.k8s.io/v1" },
        { "{\"auditID\":\"\",\"stage\":\"Panic\",\"verb\":\"get\"," T "}", ACT_EINVAL,
          "auditID: required" },
        { "{\"auditID\":\"a\",\"verb\":\"get\"," T "}", ACT_EINVAL, "stage: required" },
        { "{\"auditID\":\"a\",\"stage\":\"Panic\"," T "}", ACT_EINVAL, "verb: required" },
        { "{\"auditID\":\"a\",\"stage\":\"Panic\",\"verb\":\"get\"}", ACT_EINVAL,
          "requestReceivedTimestamp: required" },
        { "{\"auditID\":\"a\",\"stage\":\"Panic\",\"verb\":\"get\","
          "\"stageTimestamp\":\"yesterday\"}",
          ACT_EPARSE, "stageTimestamp: \"yesterday\" is no RFC 3339 time" },
        { "{\"auditID\":\"a\",\"stage\":\"Panic\",\"verb\":\"get\","
          "\"stageTimestamp\":\"9999-01-01T00:00:00Z\"}",
          ACT_EPARSE, "stageTimestamp: \"9999-01-01T00:00:00Z\" is outside" },
        { "{\"auditID\":\"a\",\"stage\":\"Panic\",\"verb\":\"get\",\"stageTimestamp\":5}",
          ACT_ETYPE, "stageTimestamp: must be a time" },
        { "{" BASE ",\"user\":\"bob\"}", ACT_ETYPE, "user: must be an object" },
        { "{" BASE ",\"user\":{\"username\":{}}}", ACT_ETYPE,
          "user.username: must be a string" },
        { "{" BASE ",\"user\":{\"extra\":[]}}", ACT_ETYPE, "user.extra: must be" },
        { "{" BASE ",\"objectRef\":[]}", ACT_ETYPE, "objectRef: must be an object" },
        { "{" BASE ",\"objectRef\":{\"name\":1}}", ACT_ETYPE, "objectRef.name: must be" },
        { "{" BASE ",\"annotations\":7}", ACT_ETYPE, "annotations: must be an object" },
        { "{" BASE ",\"responseStatus\":{\"code\":\"200\"}}", ACT_ETYPE,
          "responseStatus.code: must be a 32-bit integer" },
        { "{" BASE ",\"responseStatus\":{\"code\":2147483648}}", ACT_ETYPE,
          "responseStatus.code:" },
        { "{" BASE ",\"responseStatus\":{\"code\":200.5}}", ACT_ETYPE,
          "responseStatus.code:" },
    };
    ACT_AUTO(act_arena) a = test_arena();
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        act_audit_record r = { .status_code = 42 };
        act_err e = ACT_ERR_INIT;
        int err = act_audit_record_read(test_json(a, cases[i].json), &r, &e);
        if (err != cases[i].err ||
            !act_str_starts(act_str_cstr(e.text), act_str_cstr(cases[i].text)))
            fail_msg("%s: %d %s", cases[i].json, err, e.text);
        assert_int_equal(r.status_code, 42); /* untouched */
    }
    assert_int_equal(act_audit_record_read(NULL, &(act_audit_record){ 0 }, NULL),
                     ACT_ETYPE);
}

static void words_have_a_longest_length(void **state)
{
    (void)state;
    ACT_AUTO(act_arena) a = test_arena();
    char id[ACT_RECORD_WORD_MAX + 2] = "";
    for (int extra = 0; extra <= 1; extra++) {
        memset(id, 'a', ACT_RECORD_WORD_MAX + (size_t)extra);
        act_str text;
        assert_int_equal(act_arena_printf(a, &text,
                                          "{\"auditID\":\"%s\",\"stage\":\"Panic\","
                                          "\"verb\":\"get\"," T "}",
                                          id),
                         ACT_OK);
        act_audit_record r;
        act_err e = ACT_ERR_INIT;
        assert_int_equal(act_audit_record_read(test_json(a, text.ptr), &r, &e),
                         extra ? ACT_ELIMIT : ACT_OK);
    }
}

static void stages_are_known_by_name(void **state)
{
    (void)state;
    assert_int_equal(act_audit_stage_bit(ACT_STR("RequestReceived")),
                     ACT_STAGE_REQUEST_RECEIVED);
    assert_int_equal(act_audit_stage_bit(ACT_STR("ResponseStarted")),
                     ACT_STAGE_RESPONSE_STARTED);
    assert_true(act_audit_stage_bit(ACT_STR("ResponseComplete")) & ACT_STAGES_DEFAULT);
    assert_true(act_audit_stage_bit(ACT_STR("Panic")) & ACT_STAGES_DEFAULT);
    assert_false(act_audit_stage_bit(ACT_STR("ResponseStarted")) & ACT_STAGES_DEFAULT);
    assert_int_equal(act_audit_stage_bit(ACT_STR("responsecomplete")), 0);
}

static void objects_are_named_by_the_answer_when_the_request_did_not(void **state)
{
    (void)state;
    const struct {
        const char *json, *name, *uid;
    } cases[] = {
        { "\"objectRef\":{\"name\":\"a\"}", "a", "" },
        { "\"objectRef\":{},\"responseObject\":{\"metadata\":{\"name\":\"gen-x\","
          "\"uid\":\"u\"}}",
          "gen-x", "u" },
        { "\"objectRef\":{\"name\":\"a\",\"uid\":\"ref\"},\"responseObject\":"
          "{\"metadata\":{\"name\":\"b\",\"uid\":\"u\"}}",
          "a", "ref" },
        { "\"objectRef\":{\"name\":\"a\"},\"responseObject\":{\"kind\":\"Status\","
          "\"metadata\":{},\"details\":{\"uid\":\"gone\"}}",
          "a", "gone" },
        { "\"objectRef\":{\"name\":\"a\"},\"responseStatus\":{\"details\":{\"uid\":\"s\"}}",
          "a", "s" },
        { "\"objectRef\":{\"subresource\":\"token\"},\"responseObject\":"
          "{\"metadata\":{\"name\":\"b\"}}",
          "", "" },
        { "\"responseObject\":{\"metadata\":[]}", "", "" },
    };
    ACT_AUTO(act_arena) a = test_arena();
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        act_str text;
        assert_int_equal(act_arena_printf(a, &text, "{" BASE ",%s}", cases[i].json),
                         ACT_OK);
        act_audit_record r;
        assert_int_equal(act_audit_record_read(test_json(a, text.ptr), &r, NULL), ACT_OK);
        assert_str(act_audit_object_name(&r), cases[i].name);
        assert_str(act_audit_object_uid(&r), cases[i].uid);
    }
}

static void dry_runs_are_told_by_the_uri(void **state)
{
    (void)state;
    const struct {
        const char *uri;
        bool dry;
    } cases[] = {
        { "/api/v1/pods?dryRun=All", true },
        { "/api/v1/pods?fieldManager=x&dryRun=All&y=", true },
        { "/api/v1/pods", false },
        { "/api/v1/pods?dryRun=", false },
        { "/api/v1/dryRun=All", false },
        { "/api/v1/pods?xdryRun=All", false },
        { "", false },
    };
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        act_audit_record r = { .request_uri = act_str_cstr(cases[i].uri) };
        if (act_audit_is_dry_run(&r) != cases[i].dry)
            fail_msg("%s", cases[i].uri);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_real_event_is_accepted),
        cmocka_unit_test(members_are_read_where_they_stand),
        cmocka_unit_test(times_may_have_any_form_and_stand_in_for_each_other),
        cmocka_unit_test(refusals_name_the_field),
        cmocka_unit_test(words_have_a_longest_length),
        cmocka_unit_test(stages_are_known_by_name),
        cmocka_unit_test(objects_are_named_by_the_answer_when_the_request_did_not),
        cmocka_unit_test(dry_runs_are_told_by_the_uri),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
