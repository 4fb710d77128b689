/* Bodies taken apart: every record is either there or refused for a reason. */
#include "core/batch.h"

#include "base/alloc.h"
#include "support.h"

#define AUDIT(id)                                                                          \
    "{\"auditID\":\"" id "\",\"stage\":\"Panic\",\"verb\":\"get\","                        \
    "\"stageTimestamp\":\"2026-01-01T00:00:00Z\"}"
#define CORE(id)                                                                           \
    "{\"metadata\":{\"name\":\"n\",\"uid\":\"" id                                          \
    "\",\"creationTimestamp\":\"2026-01-01T00:00:00Z\"},"                                  \
    "\"involvedObject\":{\"kind\":\"Pod\"},\"message\":\"m\"}"
#define V1(id)                                                                             \
    "{\"kind\":\"Event\",\"apiVersion\":\"events.k8s.io/v1\",\"metadata\":{\"name\":"      \
    "\"n\",\"uid\":\"" id "\",\"creationTimestamp\":\"2026-01-01T00:00:00Z\"},"            \
    "\"regarding\":{\"kind\":\"Pod\"}}"

typedef struct {
    act_arena *arena;
    act_json_parser *parser;
} fixture;

static int set_up(void **state)
{
    static fixture f;
    f.arena = test_arena();
    if (act_json_parser_new((act_json_limits){ 0 }, &f.parser))
        return -1;
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    act_json_parser_free(f->parser);
    act_arena_free(f->arena);
    return 0;
}

static act_batch read_ok(fixture *f, act_str body, unsigned allow)
{
    act_batch batch = { 0 };
    act_err e = ACT_ERR_INIT;
    if (act_batch_read(f->parser, f->arena, body, 0, allow, &batch, &e))
        fail_msg("%s: %.200s", e.text, body.ptr);
    return batch;
}

static void real_webhook_bodies_lose_nothing(void **state)
{
    fixture *f = *state;
    static const size_t counts[] = { 195, 3, 3, 5, 4, 6, 7, 98, 68, 9 };
    for (size_t i = 0; i < ACT_COUNT(counts); i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "webhook/%02zu.json", i);
        act_str body = test_read(name);
        act_arena_reset(f->arena);
        act_batch batch = read_ok(f, body, ACT_BATCH_AUDIT);
        assert_int_equal(batch.n, counts[i]);
        assert_int_equal(batch.n_errors, 0);
        for (size_t k = 0; k < batch.n; k++) {
            const act_batch_record *r = &batch.records[k];
            assert_int_equal(r->type, ACT_RECORD_AUDIT);
            assert_int_equal(r->index, k);
            /* the sender's bytes, not a copy */
            assert_true(r->json.ptr > body.ptr &&
                        r->json.ptr + r->json.len < body.ptr + body.len);
            assert_true(r->json.ptr[0] == '{' && r->json.ptr[r->json.len - 1] == '}');
            assert_true(act_str_find(r->json, r->as.audit.audit_id) != SIZE_MAX);
        }
        act_str_free(body);
    }
}

static void real_event_lists_of_both_forms_are_read(void **state)
{
    fixture *f = *state;
    static const char *const names[] = { "events-core.json", "events-k8sio.json" };
    for (size_t i = 0; i < 2; i++) {
        act_str body = test_read(names[i]);
        act_arena_reset(f->arena);
        act_batch batch = read_ok(f, body, ACT_BATCH_EVENTS);
        assert_int_equal(batch.n, 250);
        assert_int_equal(batch.n_errors, 0);
        for (size_t k = 0; k < batch.n; k++) {
            const act_batch_record *r = &batch.records[k];
            assert_int_equal(r->type, ACT_RECORD_EVENT);
            assert_true(act_str_starts(
                r->json,
                ACT_STR("{\"kind\":\"Event\",\"apiVersion\":\"events.k8s.io/v1\"")));
            assert_true(act_str_find(r->json, ACT_STR("\"regarding\":")) != SIZE_MAX);
        }
        act_str_free(body);
    }
}

static void every_shape_of_body_is_understood(void **state)
{
    fixture *f = *state;
    const struct {
        const char *body;
        size_t n;
        enum act_record_type first;
    } cases[] = {
        { "{\"kind\":\"EventList\",\"apiVersion\":\"audit.k8s.io/v1\",\"items\":[" AUDIT(
              "a") "," AUDIT("b") "]}",
          2, ACT_RECORD_AUDIT },
        { "{\"kind\":\"EventList\",\"items\":[" AUDIT("a") "," CORE("b") "," V1("c") "]}",
          3, ACT_RECORD_AUDIT },
        { "{\"kind\":\"EventList\",\"apiVersion\":\"v1\",\"items\":[" CORE("a") "]}", 1,
          ACT_RECORD_EVENT },
        { "{\"kind\":\"EventList\",\"apiVersion\":\"events.k8s.io/v1\",\"items\":[" V1(
              "a") "]}",
          1, ACT_RECORD_EVENT },
        { "{\"kind\":\"List\",\"apiVersion\":\"v1\",\"items\":[" V1("a") "," CORE("b") "]}",
          2, ACT_RECORD_EVENT },
        { AUDIT("a"), 1, ACT_RECORD_AUDIT },
        { CORE("a"), 1, ACT_RECORD_EVENT },
        { V1("a"), 1, ACT_RECORD_EVENT },
        { "{\"kind\":\"EventList\",\"items\":[]}", 0, 0 },
        { "{\"kind\":\"EventList\",\"items\":null}", 0, 0 },
        { "{\"kind\":\"List\"}", 0, 0 },
    };
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        act_batch batch = read_ok(f, act_str_cstr(cases[i].body), ACT_BATCH_ANY);
        if (batch.n != cases[i].n || batch.n_errors != 0)
            fail_msg("%s: %zu and %zu, %.*s", cases[i].body, batch.n, batch.n_errors,
                     ACT_STR_ARG(batch.n_errors ? batch.errors[0].reason : ACT_STR("")));
        if (batch.n)
            assert_int_equal(batch.records[0].type, cases[i].first);
    }
}

static void a_bad_record_takes_no_other_with_it(void **state)
{
    fixture *f = *state;
    act_batch b = read_ok(
        f,
        ACT_STR("{\"kind\":\"EventList\",\"apiVersion\":\"audit.k8s.io/v1\",\"items\":["
                "7," AUDIT("a") ",{\"stage\":\"x\"}," AUDIT("") "," AUDIT(
                    "b") ",null," CORE("c") "," V1("d") "]}"),
        ACT_BATCH_AUDIT);
    assert_int_equal(b.n, 2);
    assert_str(b.records[0].as.audit.audit_id, "a");
    assert_int_equal(b.records[0].index, 1);
    assert_str(b.records[1].as.audit.audit_id, "b");
    assert_int_equal(b.records[1].index, 4);
    assert_str(b.records[1].json, AUDIT("b"));
    static const struct {
        uint32_t index;
        int err;
        const char *reason;
    } want[] = {
        { 0, ACT_ETYPE, "items[0]: must be an object" },
        { 2, ACT_EINVAL, "items[2].auditID: required" },
        { 3, ACT_EINVAL, "items[3].auditID: required" },
        { 5, ACT_ETYPE, "items[5]: must be an object" },
        { 6, ACT_EINVAL, "items[6].auditID: required" }, /* the list says what it is */
        { 7, ACT_EINVAL, "items[7].apiVersion: Events are not taken here" },
    };
    assert_int_equal(b.n_errors, ACT_COUNT(want));
    for (size_t i = 0; i < ACT_COUNT(want); i++) {
        assert_int_equal(b.errors[i].index, want[i].index);
        assert_int_equal(b.errors[i].err, want[i].err);
        assert_str(b.errors[i].reason, want[i].reason);
    }
    b = read_ok(f, ACT_STR("{\"kind\":\"Event\",\"apiVersion\":\"audit.k8s.io/v1\"}"),
                ACT_BATCH_ANY);
    assert_int_equal(b.n_errors, 1);
    assert_str(b.errors[0].reason, "auditID: required");
    b = read_ok(f, ACT_STR("{}"), ACT_BATCH_ANY);
    assert_str(b.errors[0].reason, "apiVersion: required");
    b = read_ok(f, act_str_cstr(AUDIT("a")), ACT_BATCH_EVENTS);
    assert_str(b.errors[0].reason, "apiVersion: audit events are not taken here");
}

static void core_events_are_converted_and_others_kept(void **state)
{
    fixture *f = *state;
    static const char body[] = "{\"kind\":\"List\",\"items\":[" CORE("a") "," V1("b") "]}";
    act_batch b = read_ok(f, act_str_cstr(body), ACT_BATCH_EVENTS);
    assert_int_equal(b.n, 2);
    assert_str(
        b.records[0].json,
        "{\"kind\":\"Event\",\"apiVersion\":\"events.k8s.io/v1\",\"metadata\":{"
        "\"name\":\"n\",\"uid\":\"a\",\"creationTimestamp\":"
        "\"2026-01-01T00:00:00Z\"},\"regarding\":{\"kind\":\"Pod\"},\"note\":\"m\"}");
    assert_str(b.records[1].json, V1("b"));
    assert_in_range(b.records[1].json.ptr, body, body + sizeof body);
}

static void bodies_that_are_nothing_of_ours_fail_whole(void **state)
{
    fixture *f = *state;
    const struct {
        const char *body;
        int err;
        const char *text;
    } cases[] = {
        { "", ACT_EPARSE, "" },
        { "{\"kind\":", ACT_EPARSE, "" },
        { AUDIT("a") AUDIT("b"), ACT_EPARSE, "" },
        { "[" AUDIT("a") "]", ACT_EINVAL, "the body must be an object" },
        { "\"x\"", ACT_EINVAL, "the body must be an object" },
        { "{\"kind\":\"PodList\",\"items\":[]}", ACT_EINVAL, "kind: must be EventList" },
        { "{\"kind\":\"EventList\",\"apiVersion\":\"x/v1\"}", ACT_EINVAL,
          "apiVersion: an" },
        { "{\"kind\":\"List\",\"apiVersion\":\"x/v1\"}", ACT_EINVAL, "apiVersion: a List" },
        { "{\"kind\":\"EventList\",\"items\":{}}", ACT_EINVAL, "items: must be an array" },
    };
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        act_batch b = { .n = 42 };
        act_err e = ACT_ERR_INIT;
        int err = act_batch_read(f->parser, f->arena, act_str_cstr(cases[i].body), 0,
                                 ACT_BATCH_ANY, &b, &e);
        if (err != cases[i].err ||
            !act_str_starts(act_str_cstr(e.text), act_str_cstr(cases[i].text)))
            fail_msg("%s: %d %s", cases[i].body, err, e.text);
        assert_int_equal(b.n, 42);
    }
}

static void a_body_has_a_most_of_items(void **state)
{
    fixture *f = *state;
    for (size_t extra = 0; extra <= 1; extra++) {
        act_buf body = ACT_BUF_INIT;
        act_buf_add(&body, ACT_STR("{\"kind\":\"EventList\",\"items\":[0"));
        for (size_t i = 1; i < ACT_BATCH_ITEMS_MAX + extra; i++)
            act_buf_add(&body, ACT_STR(",0"));
        act_buf_add(&body, ACT_STR("]}"));
        act_batch b;
        act_arena_reset(f->arena);
        assert_int_equal(act_batch_read(f->parser, f->arena, act_buf_str(&body), 0,
                                        ACT_BATCH_ANY, &b, NULL),
                         extra ? ACT_ELIMIT : ACT_OK);
        if (!extra)
            assert_int_equal(b.n_errors, ACT_BATCH_ITEMS_MAX);
        act_buf_done(&body);
    }
}

static void failed_allocations_fail_the_whole_and_leak_nothing(void **state)
{
    (void)state;
    const act_str body = ACT_STR(
        "{\"kind\":\"List\",\"items\":[" CORE("a") "," V1("b") ",7," AUDIT("c") "]}");
    for (size_t n = 0;; n++) {
        act_json_parser *p = NULL;
        act_arena *a = NULL;
        act_batch b = { .n = 42 };
        act_fail_after(n);
        int err = act_json_parser_new((act_json_limits){ 0 }, &p);
        if (!err)
            err = act_arena_new(1 << 20, 0, &a);
        if (!err)
            err = act_batch_read(p, a, body, 0, ACT_BATCH_ANY, &b, NULL);
        act_fail_after(SIZE_MAX);
        if (err)
            assert_int_equal(b.n, 42);
        else
            assert_true(b.n == 3 && b.n_errors == 1);
        act_arena_free(a);
        act_json_parser_free(p);
        if (!err) {
            assert_true(n > 5);
            return;
        }
        assert_int_equal(err, ACT_ENOMEM);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
        WITH_FIXTURE(real_webhook_bodies_lose_nothing),
        WITH_FIXTURE(real_event_lists_of_both_forms_are_read),
        WITH_FIXTURE(every_shape_of_body_is_understood),
        WITH_FIXTURE(a_bad_record_takes_no_other_with_it),
        WITH_FIXTURE(core_events_are_converted_and_others_kept),
        WITH_FIXTURE(bodies_that_are_nothing_of_ours_fail_whole),
        WITH_FIXTURE(a_body_has_a_most_of_items),
        cmocka_unit_test(failed_allocations_fail_the_whole_and_leak_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
