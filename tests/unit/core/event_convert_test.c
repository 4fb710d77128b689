/* Conversion between the two forms of an Event, against the API server's own. */
#include "core/event_convert.h"

#include "base/alloc.h"
#include "base/json_build.h"
#include "support.h"

/* @event without its managedFields, which name members and so differ between the forms
 * (the sample of core/v1 has none at all), and without kind and apiVersion. */
static act_json comparable(act_arena *a, const act_json *event)
{
    act_json meta, out;
    assert_int_equal(act_json_without(a, act_json_get(event, ACT_STR("metadata")),
                                      ACT_STR("managedFields"), &meta),
                     ACT_OK);
    assert_int_equal(act_json_with(a, event, ACT_STR("metadata"), meta, &out), ACT_OK);
    assert_int_equal(act_json_without(a, &out, ACT_STR("kind"), &out), ACT_OK);
    assert_int_equal(act_json_without(a, &out, ACT_STR("apiVersion"), &out), ACT_OK);
    return out;
}

static const act_json *converted(act_arena *a, const act_json *event,
                                 int (*convert)(const act_json *, act_buf *, act_err *))
{
    act_buf b = ACT_BUF_INIT;
    act_err e = ACT_ERR_INIT;
    if (convert(event, &b, &e))
        fail_msg("%s", e.text);
    act_buf_add_byte(&b, '\0');
    const act_json *back = test_json(a, b.ptr);
    act_buf_done(&b);
    return back;
}

/* Names that core/v1 always writes, although empty. */
static act_json without_empty_defaults(act_arena *a, act_json event)
{
    const act_json *v = act_json_get(&event, ACT_STR("reportingComponent"));
    if (act_json_is(v, ACT_STR("")))
        assert_int_equal(act_json_without(a, &event, ACT_STR("reportingComponent"), &event),
                         ACT_OK);
    v = act_json_get(&event, ACT_STR("reportingInstance"));
    if (act_json_is(v, ACT_STR("")))
        assert_int_equal(act_json_without(a, &event, ACT_STR("reportingInstance"), &event),
                         ACT_OK);
    return event;
}

static void real_events_convert_as_the_api_server_does(void **state)
{
    (void)state;
    ACT_AUTO(act_arena) a = test_arena();
    act_str core_text = test_read("events-core.json");
    act_str v1_text = test_read("events-k8sio.json");
    ACT_AUTO(act_json_parser) p = NULL;
    assert_int_equal(act_json_parser_new((act_json_limits){ 0 }, &p), ACT_OK);
    const act_json *core, *v1;
    assert_int_equal(act_json_parse(p, a, core_text, 0, &core, NULL), ACT_OK);
    assert_int_equal(act_json_parse(p, a, v1_text, 0, &v1, NULL), ACT_OK);
    size_t n, m;
    const act_json *cores = act_json_items(act_json_get(core, ACT_STR("items")), &n);
    const act_json *v1s = act_json_items(act_json_get(v1, ACT_STR("items")), &m);
    assert_int_equal(n, 250);
    assert_int_equal(n, m);
    for (size_t i = 0; i < n; i++) {
        const act_json *to_v1 = converted(a, &cores[i], act_event_to_v1);
        assert_true(act_json_is(act_json_get(to_v1, ACT_STR("kind")), ACT_STR("Event")));
        assert_true(act_json_is(act_json_get(to_v1, ACT_STR("apiVersion")),
                                ACT_STR("events.k8s.io/v1")));
        act_json got = comparable(a, to_v1), want = comparable(a, &v1s[i]);
        if (!act_json_equal(&got, &want))
            fail_msg("event %zu differs from the API server's", i);
        const act_json *back = converted(a, &v1s[i], act_event_to_core);
        assert_true(act_json_is(act_json_get(back, ACT_STR("apiVersion")), ACT_STR("v1")));
        got = comparable(a, back);
        want = without_empty_defaults(a, comparable(a, &cores[i]));
        if (!act_json_equal(&got, &want))
            fail_msg("event %zu does not come back", i);
    }
    act_str_free(core_text);
    act_str_free(v1_text);
}

static void converting(const char *from,
                       int (*convert)(const act_json *, act_buf *, act_err *),
                       const char *want)
{
    ACT_AUTO(act_arena) a = test_arena();
    act_buf b = ACT_BUF_INIT;
    assert_int_equal(convert(test_json(a, from), &b, NULL), ACT_OK);
    assert_str(act_buf_str(&b), want);
    act_buf_done(&b);
}

static void nothing_is_lost_and_nothing_comes_twice(void **state)
{
    (void)state;
    /* what older conversions dropped, unknown members, and bytes as they were */
    converting("{\"apiVersion\":\"v1\",\"involvedObject\": { \"kind\" : \"P\" },"
               "\"eventTime\":\"2026-01-01T00:00:00.000001Z\",\"series\":{\"count\":1},"
               "\"action\":\"A\",\"reportingComponent\":\"c\",\"reportingInstance\":\"i\","
               "\"x-new\":[1.0e0],\"kind\":\"Event\",\"count\":null}",
               act_event_to_v1,
               "{\"kind\":\"Event\",\"apiVersion\":\"events.k8s.io/v1\","
               "\"regarding\":{ \"kind\" : \"P\" },"
               "\"eventTime\":\"2026-01-01T00:00:00.000001Z\",\"series\":{\"count\":1},"
               "\"action\":\"A\",\"reportingController\":\"c\",\"reportingInstance\":\"i\","
               "\"x-new\":[1.0e0],\"deprecatedCount\":null}");
    /* empty text of renamed members */
    converting("{\"involvedObject\":{},\"message\":\"\",\"reportingComponent\":\"\","
               "\"reportingInstance\":\"\",\"reason\":\"\"}",
               act_event_to_v1,
               "{\"kind\":\"Event\",\"apiVersion\":\"events.k8s.io/v1\",\"regarding\":{},"
               "\"reason\":\"\"}");
    /* a name of the other form means nothing and must not begin to */
    converting(
        "{\"apiVersion\":\"v1\",\"note\":\"fake\",\"message\":\"real\","
        "\"deprecatedCount\":7}",
        act_event_to_v1,
        "{\"kind\":\"Event\",\"apiVersion\":\"events.k8s.io/v1\",\"note\":\"real\"}");
    converting("{\"regarding\":{},\"note\":\"n\",\"deprecatedCount\":2,\"message\":\"f\"}",
               act_event_to_core,
               "{\"kind\":\"Event\",\"apiVersion\":\"v1\",\"involvedObject\":{},"
               "\"message\":\"n\",\"count\":2}");
    /* the form is right: only what a list left out is added */
    converting("{\"regarding\":{},\"message\":\"kept\"}", act_event_to_v1,
               "{\"kind\":\"Event\",\"apiVersion\":\"events.k8s.io/v1\",\"regarding\":{},"
               "\"message\":\"kept\"}");
    converting("{ \"kind\":\"Event\", \"apiVersion\":\"v1\" }", act_event_to_core,
               "{ \"kind\":\"Event\", \"apiVersion\":\"v1\" }");
}

static void views_agree_before_and_after(void **state)
{
    (void)state;
    ACT_AUTO(act_arena) a = test_arena();
    act_str text = test_read("events-core.json");
    act_str copy;
    assert_int_equal(act_arena_str(a, text, &copy), ACT_OK);
    act_str_free(text);
    size_t n;
    const act_json *items =
        act_json_items(act_json_get(test_json(a, copy.ptr), ACT_STR("items")), &n);
    for (size_t i = 0; i < n; i++) {
        act_event_record x, y;
        assert_int_equal(act_event_record_read(&items[i], &x, NULL), ACT_OK);
        assert_int_equal(
            act_event_record_read(converted(a, &items[i], act_event_to_v1), &y, NULL),
            ACT_OK);
        assert_int_equal(x.form, ACT_EVENT_CORE);
        assert_int_equal(y.form, ACT_EVENT_V1);
        assert_true(x.observed_ns == y.observed_ns && x.event_ns == y.event_ns);
        assert_true(x.first_ns == y.first_ns && x.last_ns == y.last_ns);
        assert_true(x.count == y.count && x.series.repeated == y.series.repeated);
        assert_true(act_str_eq(x.note, y.note) && act_str_eq(x.controller, y.controller));
        assert_true(act_str_eq(x.instance, y.instance));
        assert_true(act_str_eq(x.source_component, y.source_component));
        assert_true(act_str_eq(x.regarding.uid, y.regarding.uid));
    }
}

/* ---- random Events ------------------------------------------------------------------ */

static uint64_t dice = 0x9e3779b97f4a7c15;

static unsigned roll(unsigned n)
{
    dice ^= dice << 13;
    dice ^= dice >> 7;
    dice ^= dice << 17;
    return (unsigned)(dice % n);
}

/* Members of one form, of both, and of none; values of any type, empty text but rarely (it
 * is left out of renamed members, as Kubernetes does). */
static void write_random(act_buf *out, enum act_event_form form)
{
    static const char *const names[][2] = {
        { "regarding", "involvedObject" },
        { "note", "message" },
        { "deprecatedSource", "source" },
        { "deprecatedFirstTimestamp", "firstTimestamp" },
        { "deprecatedLastTimestamp", "lastTimestamp" },
        { "deprecatedCount", "count" },
        { "reportingController", "reportingComponent" },
        { "reportingInstance", "reportingInstance" },
        { "metadata", "metadata" },
        { "eventTime", "eventTime" },
        { "series", "series" },
        { "action", "action" },
        { "related", "related" },
        { "future", "future" },
        { "reason", "reason" },
    };
    static const char *const values[] = {
        "1",        "null",
        "\"text\"", "{\"kind\":\"Pod\",\"note\":{\"message\":[1.50,\"\"]}}",
        "[]",       "\"\\u00e9\"",
        "-0.0",     "{}"
    };
    bool used[ACT_COUNT(names)] = { false };
    act_buf_printf(out, "{\"kind\":\"Event\",\"apiVersion\":\"%s\"",
                   form == ACT_EVENT_V1 ? "events.k8s.io/v1" : "v1");
    for (unsigned n = roll(12); n > 0; n--) {
        unsigned i = roll(ACT_COUNT(names));
        if (!used[i])
            act_buf_printf(out, ",\"%s\":%s", names[i][form],
                           values[roll(ACT_COUNT(values))]);
        used[i] = true;
    }
    act_buf_add(out, ACT_STR("}"));
    act_buf_add_byte(out, '\0');
}

static void there_and_back_is_the_same(void **state)
{
    (void)state;
    ACT_AUTO(act_arena) a = test_arena();
    for (int round = 0; round < 4000; round++) {
        enum act_event_form form = round % 2 ? ACT_EVENT_V1 : ACT_EVENT_CORE;
        enum act_event_form other = round % 2 ? ACT_EVENT_CORE : ACT_EVENT_V1;
        act_buf text = ACT_BUF_INIT;
        const act_json *there, *back;
        act_arena_reset(a);
        write_random(&text, form);
        const act_json *event = test_json(a, text.ptr);
        assert_int_equal(act_event_as(a, event, other, &there, NULL), ACT_OK);
        assert_int_equal(act_event_as(a, there, form, &back, NULL), ACT_OK);
        if (!act_json_equal(event, back))
            fail_msg("%s", text.ptr);
        const act_json *written = converted(
            a, event, other == ACT_EVENT_V1 ? act_event_to_v1 : act_event_to_core);
        if (!act_json_equal(there, written))
            fail_msg("%s", text.ptr);
        act_buf_done(&text);
    }
}

static void managers_name_fields_of_the_form(void **state)
{
    (void)state;
    ACT_AUTO(act_arena) a = test_arena();
    const act_json *core, *v1, *back;
    const act_json *event = test_json(
        a, "{\"metadata\":{\"name\":\"e\",\"managedFields\":["
           "{\"manager\":\"m\",\"apiVersion\":\"v1\",\"fieldsV1\":{\"f:message\":{},"
           "\"f:involvedObject\":{\".\":{},\"f:note\":{}},\"f:reportingInstance\":{}}},"
           "{\"manager\":\"old\",\"apiVersion\":\"events.k8s.io/v1beta1\",\"fieldsV1\":"
           "{\"f:message\":{}}}]}}");
    const act_json *wanted = test_json(
        a,
        "{\"metadata\":{\"name\":\"e\",\"managedFields\":["
        "{\"manager\":\"m\",\"apiVersion\":\"events.k8s.io/v1\",\"fieldsV1\":{\"f:note\":"
        "{},\"f:regarding\":{\".\":{},\"f:note\":{}},\"f:reportingInstance\":{}}},"
        "{\"manager\":\"old\",\"apiVersion\":\"events.k8s.io/v1beta1\",\"fieldsV1\":"
        "{\"f:message\":{}}}]}}");
    assert_int_equal(act_event_managers_as(a, event, ACT_EVENT_CORE, &core), ACT_OK);
    assert_true(act_json_equal(core, event));
    assert_int_equal(act_event_managers_as(a, event, ACT_EVENT_V1, &v1), ACT_OK);
    assert_true(act_json_equal(v1, wanted));
    assert_int_equal(act_event_managers_as(a, v1, ACT_EVENT_CORE, &back), ACT_OK);
    assert_true(act_json_equal(back, event));
}

static void want_of_memory_is_an_error(void **state)
{
    (void)state;
    ACT_AUTO(act_arena) source = test_arena();
    const act_json *event = test_json(source, "{\"apiVersion\":\"v1\",\"message\":\"a\","
                                              "\"involvedObject\":{},\"count\":1}");
    for (size_t fail = 0;; fail++) {
        ACT_AUTO(act_arena) a = test_arena();
        const act_json *ret = NULL;
        act_fail_after(fail);
        int r = act_event_as(a, event, ACT_EVENT_V1, &ret, NULL);
        act_fail_after(SIZE_MAX);
        if (r == ACT_OK) {
            assert_true(fail > 0);
            assert_true(act_json_is(act_json_get(ret, ACT_STR("note")), ACT_STR("a")));
            break;
        }
        assert_int_equal(r, ACT_ENOMEM);
        assert_null(ret);
    }
}

static void failures_leave_the_buffer_as_it_was(void **state)
{
    (void)state;
    ACT_AUTO(act_arena) a = test_arena();
    act_buf b = ACT_BUF_INIT;
    act_buf_add(&b, ACT_STR("before"));
    act_err e = ACT_ERR_INIT;
    assert_int_equal(act_event_to_v1(test_json(a, "{}"), &b, &e), ACT_EINVAL);
    assert_str(act_buf_str(&b), "before");
    assert_true(e.text[0]);
    act_buf_done(&b);

    const act_json *event = test_json(a, "{\"involvedObject\":{},\"message\":\"long enough "
                                         "to make the buffer grow more than once, which it "
                                         "does when it passes its first size\"}");
    for (size_t n = 0;; n++) {
        b = ACT_BUF_INIT;
        act_fail_after(n);
        int err = act_event_to_v1(event, &b, NULL);
        act_fail_after(SIZE_MAX);
        assert_true(err == ACT_OK || (err == ACT_ENOMEM && b.len == 0));
        act_buf_done(&b);
        if (err == ACT_OK) {
            assert_true(n > 0);
            break;
        }
    }
    b = (act_buf){ .cap = 20 };
    assert_int_equal(act_event_to_v1(event, &b, NULL), ACT_ELIMIT);
    assert_int_equal(b.len, 0);
    act_buf_done(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(real_events_convert_as_the_api_server_does),
        cmocka_unit_test(nothing_is_lost_and_nothing_comes_twice),
        cmocka_unit_test(views_agree_before_and_after),
        cmocka_unit_test(there_and_back_is_the_same),
        cmocka_unit_test(managers_name_fields_of_the_form),
        cmocka_unit_test(want_of_memory_is_an_error),
        cmocka_unit_test(failures_leave_the_buffer_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
