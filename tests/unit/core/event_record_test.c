/* Events of both forms through one view. */
#include "core/event_record.h"

#include "core/audit_record.h"
#include "support.h"

#define META                                                                               \
    "\"metadata\":{\"name\":\"n\",\"namespace\":\"ns\",\"uid\":\"u\","                     \
    "\"resourceVersion\":\"9\",\"creationTimestamp\":\"1970-01-01T00:00:01Z\"}"
#define OLD META ",\"involvedObject\":{\"kind\":\"Pod\"}"
#define NEW META ",\"regarding\":{\"kind\":\"Pod\"}"

static void forms_are_told_apart(void **state)
{
    (void)state;
    const struct {
        const char *json;
        int err;
        enum act_event_form form;
    } cases[] = {
        { "{\"apiVersion\":\"v1\",\"kind\":\"Event\"}", ACT_OK, ACT_EVENT_CORE },
        { "{\"apiVersion\":\"events.k8s.io/v1\"}", ACT_OK, ACT_EVENT_V1 },
        { "{\"involvedObject\":{}}", ACT_OK, ACT_EVENT_CORE },
        { "{\"regarding\":{}}", ACT_OK, ACT_EVENT_V1 },
        { "{\"involvedObject\":{},\"regarding\":{}}", ACT_OK, ACT_EVENT_V1 },
        { "{\"regarding\":null}", ACT_EINVAL, 0 },
        { "{}", ACT_EINVAL, 0 },
        { "[]", ACT_EINVAL, 0 },
        { "{\"apiVersion\":\"events.k8s.io/v1beta1\"}", ACT_EINVAL, 0 },
        { "{\"apiVersion\":\"v1\",\"kind\":\"Pod\"}", ACT_EINVAL, 0 },
        { "{\"apiVersion\":1}", ACT_EINVAL, 0 },
    };
    ACT_AUTO(act_arena) a = test_arena();
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        enum act_event_form form = ACT_EVENT_V1;
        int err = act_event_detect(test_json(a, cases[i].json), &form, NULL);
        if (err != cases[i].err || (!err && form != cases[i].form))
            fail_msg("%s: %d", cases[i].json, err);
    }
    assert_int_equal(act_event_detect(NULL, &(enum act_event_form){ 0 }, NULL), ACT_EINVAL);
}

static void both_forms_give_the_same_view(void **state)
{
    (void)state;
    static const char *const texts[] = {
        [ACT_EVENT_V1] =
            "{\"apiVersion\":\"events.k8s.io/v1\",\"kind\":\"Event\"," META
            ",\"regarding\":{\"kind\":\"Deployment\",\"apiVersion\":\"apps/v1\","
            "\"name\":\"web\",\"namespace\":\"rn\",\"uid\":\"ru\","
            "\"resourceVersion\":\"5\",\"fieldPath\":\"spec\"},"
            "\"related\":{\"kind\":\"Node\",\"apiVersion\":\"v1\",\"name\":\"node-1\"},"
            "\"type\":\"Warning\",\"reason\":\"R\",\"action\":\"A\",\"note\":\"text\","
            "\"reportingInstance\":\"\",\"deprecatedSource\":{\"component\":\"kubelet\","
            "\"host\":\"h\"},\"deprecatedFirstTimestamp\":\"1970-01-01T00:00:02Z\","
            "\"deprecatedLastTimestamp\":\"1970-01-01T00:00:04Z\",\"deprecatedCount\":3}",
        [ACT_EVENT_CORE] =
            "{\"apiVersion\":\"v1\",\"kind\":\"Event\"," META
            ",\"involvedObject\":{\"kind\":\"Deployment\",\"apiVersion\":\"apps/v1\","
            "\"name\":\"web\",\"namespace\":\"rn\",\"uid\":\"ru\","
            "\"resourceVersion\":\"5\",\"fieldPath\":\"spec\"},"
            "\"related\":{\"kind\":\"Node\",\"apiVersion\":\"v1\",\"name\":\"node-1\"},"
            "\"type\":\"Warning\",\"reason\":\"R\",\"action\":\"A\",\"message\":\"text\","
            "\"reportingComponent\":\"\",\"source\":{\"component\":\"kubelet\","
            "\"host\":\"h\"},\"firstTimestamp\":\"1970-01-01T00:00:02Z\","
            "\"lastTimestamp\":\"1970-01-01T00:00:04Z\",\"count\":3}",
    };
    ACT_AUTO(act_arena) a = test_arena();
    for (unsigned form = 0; form < 2; form++) {
        act_event_record r;
        act_err e = ACT_ERR_INIT;
        if (act_event_record_read(test_json(a, texts[form]), &r, &e))
            fail_msg("%s", e.text);
        assert_int_equal(r.form, form);
        assert_str(r.name, "n");
        assert_str(r.ns, "ns");
        assert_str(r.uid, "u");
        assert_str(r.resource_version, "9");
        assert_str(r.type, "Warning");
        assert_str(r.reason, "R");
        assert_str(r.action, "A");
        assert_str(r.note, "text");
        assert_str(r.regarding.api_version, "apps/v1");
        assert_str(r.regarding.group, "apps");
        assert_str(r.regarding.kind, "Deployment");
        assert_str(r.regarding.ns, "rn");
        assert_str(r.regarding.name, "web");
        assert_str(r.regarding.uid, "ru");
        assert_str(r.regarding.resource_version, "5");
        assert_str(r.regarding.field_path, "spec");
        assert_str(r.related.name, "node-1");
        assert_str(r.related.group, "");
        assert_str(r.reporting_controller, "");
        assert_str(r.controller, "kubelet");
        assert_str(r.instance, "h");
        assert_true(r.event_ns == ACT_TIME_NONE && r.series_ns == ACT_TIME_NONE);
        assert_true(r.created_ns == ACT_NS_PER_S && r.first_ns == 2 * ACT_NS_PER_S);
        assert_true(r.last_ns == 4 * ACT_NS_PER_S && r.observed_ns == r.last_ns);
        assert_int_equal(r.count, 3);
        assert_true(r.series.repeated && r.series.count == 3);
        assert_true(r.series.observed_ns == r.observed_ns);
    }
}

static void the_time_is_that_of_the_last_observation(void **state)
{
    (void)state;
    const struct {
        const char *json;
        int64_t observed_s;
        int32_t count;
        bool repeated;
    } cases[] = {
        { "{" NEW "}", 1, 0, false },
        { "{" NEW ",\"deprecatedFirstTimestamp\":\"1970-01-01T00:00:03Z\"}", 3, 0, false },
        { "{" NEW ",\"eventTime\":\"1970-01-01T00:00:05.000000Z\"}", 5, 0, false },
        { "{" NEW ",\"eventTime\":\"1970-01-01T00:00:05Z\",\"series\":{\"count\":1,"
          "\"lastObservedTime\":\"1970-01-01T00:00:07.000000Z\"}}",
          7, 1, true },
        { "{" NEW
          ",\"eventTime\":null,\"deprecatedFirstTimestamp\":\"1970-01-01T00:00:03Z\""
          ",\"deprecatedLastTimestamp\":\"1970-01-01T00:00:06Z\",\"deprecatedCount\":2}",
          6, 2, true },
        { "{" OLD ",\"firstTimestamp\":\"1970-01-01T00:00:03Z\","
          "\"lastTimestamp\":\"1970-01-01T00:00:03Z\",\"count\":1}",
          3, 1, false },
        { "{" OLD ",\"lastTimestamp\":\"1970-01-01T00:00:08Z\",\"count\":5,"
          "\"series\":{\"count\":9,\"lastObservedTime\":\"1970-01-01T00:00:09Z\"}}",
          9, 9, true },
    };
    ACT_AUTO(act_arena) a = test_arena();
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        act_event_record r;
        assert_int_equal(act_event_record_read(test_json(a, cases[i].json), &r, NULL),
                         ACT_OK);
        if (r.observed_ns != cases[i].observed_s * ACT_NS_PER_S ||
            r.count != cases[i].count || r.series.repeated != cases[i].repeated)
            fail_msg("%s: %lld %d", cases[i].json, (long long)r.observed_ns, r.count);
    }
}

static void groups_come_from_the_reference(void **state)
{
    (void)state;
    const struct {
        const char *ref, *group;
    } cases[] = {
        { "\"apiVersion\":\"v1\"", "" },
        { "\"apiVersion\":\"apps/v1\"", "apps" },
        { "\"apiVersion\":\"a/b/v1\"", "a/b" },
        { "\"apiVersion\":\"apps/v1\",\"apiGroup\":\"other\"", "other" },
        { "\"apiVersion\":\"apps/v1\",\"apiGroup\":\"\"", "" },
        { "\"apiGroup\":\"g\"", "g" },
        { "\"name\":\"x\"", "" },
    };
    ACT_AUTO(act_arena) a = test_arena();
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        act_str text;
        assert_int_equal(act_arena_printf(a, &text,
                                          "{" META ",\"regarding\":{\"kind\":\"X\",%s}}",
                                          cases[i].ref),
                         ACT_OK);
        act_event_record r;
        assert_int_equal(act_event_record_read(test_json(a, text.ptr), &r, NULL), ACT_OK);
        assert_str(r.regarding.group, cases[i].group);
    }
}

static void refusals_name_the_field(void **state)
{
    (void)state;
    const struct {
        const char *json;
        int err;
        const char *text;
    } cases[] = {
        { "{\"regarding\":{\"kind\":\"Pod\"}}", ACT_EINVAL, "metadata.name: required" },
        { "{\"regarding\":{\"kind\":\"Pod\"},\"metadata\":{\"name\":\"n\"}}", ACT_EINVAL,
          "metadata.uid: required" },
        { "{\"regarding\":{\"kind\":\"Pod\"},\"metadata\":[]}", ACT_ETYPE,
          "metadata: must" },
        { "{" META ",\"regarding\":{}}", ACT_EINVAL, "regarding.kind: required" },
        { "{" META ",\"involvedObject\":{}}", ACT_EINVAL, "involvedObject.kind: required" },
        { "{" META ",\"regarding\":7}", ACT_ETYPE, "regarding: must be an object" },
        { "{\"metadata\":{\"name\":\"n\",\"uid\":\"u\"},\"regarding\":{\"kind\":\"Pod\"}}",
          ACT_EINVAL, "eventTime: required" },
        { "{" NEW ",\"eventTime\":\"x\"}", ACT_EPARSE, "eventTime: \"x\" is no" },
        { "{" NEW ",\"series\":[]}", ACT_ETYPE, "series: must be an object" },
        { "{" NEW ",\"series\":{\"count\":\"1\"}}", ACT_ETYPE, "series.count: must be" },
        { "{" NEW ",\"series\":{\"lastObservedTime\":1}}", ACT_ETYPE,
          "series.lastObservedTime: must be" },
        { "{" OLD ",\"message\":1}", ACT_ETYPE, "message: must be a string" },
        { "{" OLD ",\"source\":\"x\"}", ACT_ETYPE, "source: must be an object" },
        { "{" OLD ",\"count\":1e9}", ACT_ETYPE, "count: must be a 32-bit" },
        { "{" OLD ",\"related\":{\"uid\":1}}", ACT_ETYPE, "related.uid: must be" },
    };
    ACT_AUTO(act_arena) a = test_arena();
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        act_event_record r = { .count = 42 };
        act_err e = ACT_ERR_INIT;
        int err = act_event_record_read(test_json(a, cases[i].json), &r, &e);
        if (err != cases[i].err ||
            !act_str_starts(act_str_cstr(e.text), act_str_cstr(cases[i].text)))
            fail_msg("%s: %d %s", cases[i].json, err, e.text);
        assert_int_equal(r.count, 42);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forms_are_told_apart),
        cmocka_unit_test(both_forms_give_the_same_view),
        cmocka_unit_test(the_time_is_that_of_the_last_observation),
        cmocka_unit_test(groups_come_from_the_reference),
        cmocka_unit_test(refusals_name_the_field),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
