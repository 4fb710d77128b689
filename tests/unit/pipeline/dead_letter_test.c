#include "pipeline/dead_letter.h"

#include "base/alloc.h"
#include "pipeline/waiting_letters.h"
#include "unit/pipeline/policy_help.h"

static act_arena *arena;
static act_json_parser *parser;
static act_buf text;

static int setup(void **state)
{
    (void)state;
    act_json_limits limits = { .max_bytes = 64 << 20, .max_depth = 200 };
    assert_ok(act_arena_new(256 << 20, 0, &arena));
    return act_json_parser_new(limits, &parser);
}

static int teardown(void **state)
{
    (void)state;
    act_buf_done(&text);
    act_json_parser_free(parser);
    act_arena_free(arena);
    return 0;
}

#define assert_same(got, want) assert_true(act_str_eq(got, want))

static act_dead_letter written_and_read(const act_dead_letter *d, bool is_json)
{
    act_dead_letter back;
    act_buf_clear(&text);
    act_dead_letter_write(d, is_json, &text);
    assert_ok(act_buf_err(&text));
    assert_true(text.len <= ACT_DEAD_LETTER_BYTES_MAX);
    assert_ok(act_dead_letter_read(parser, arena, act_buf_str(&text), &back));
    return back;
}

static void a_letter_is_read_as_it_was_written(void **state)
{
    (void)state;
    act_dead_letter d = { .kind = ACT_RULE_AUDIT,
                          .id = ACT_STR("x/ResponseComplete"),
                          .error_type = ACT_STR("cel_match"),
                          .error = ACT_STR("no \"such\" thing"),
                          .policy = ACT_STR("pods"),
                          .policy_version = 7,
                          .policies = UINT64_MAX - 5,
                          .group = ACT_STR("apps"),
                          .resource_kind = ACT_STR("Deployment"),
                          .name = ACT_STR("web"),
                          .ns = ACT_STR("shop"),
                          .tenant = { ACT_SCOPE_PROJECT, ACT_STR("p1") },
                          .rule = 3,
                          .failed_ns = 1700000000123000000,
                          .retries = 4,
                          .retried_ns = 1700000001123000000,
                          .next_ns = 1700000002123000000,
                          .record = ACT_STR("{ \"auditID\" : \"x\" }") };
    act_dead_letter b = written_and_read(&d, true);
    assert_same(b.id, d.id);
    assert_same(b.error_type, d.error_type);
    assert_same(b.error, d.error);
    assert_same(b.policy, d.policy);
    assert_same(b.group, d.group);
    assert_same(b.resource_kind, d.resource_kind);
    assert_same(b.name, d.name);
    assert_same(b.ns, d.ns);
    assert_same(b.record, d.record);
    assert_true(act_scope_eq(b.tenant, d.tenant));
    assert_int_equal(b.kind, d.kind);
    assert_int_equal(b.policy_version, d.policy_version);
    assert_true(b.policies == d.policies);
    assert_int_equal(b.rule, d.rule);
    assert_int_equal(b.retries, d.retries);
    assert_int_equal(b.failed_ns, d.failed_ns);
    assert_int_equal(b.retried_ns, d.retried_ns);
    assert_int_equal(b.next_ns, d.next_ns);
}

static void any_bytes_are_kept(void **state)
{
    (void)state;
    static const char bytes[] = "\xff\x00 not JSON";
    const act_str records[] = { { bytes, sizeof bytes - 1 },
                                ACT_STR("plain \"text\""),
                                ACT_STR("{\"half\":") };
    for (size_t i = 0; i < ACT_COUNT(records); i++) {
        act_dead_letter d = { .kind = ACT_RULE_EVENT,
                              .error_type = ACT_STR("unmarshal"),
                              .error = ACT_STR("cut \xc3"),
                              .record = records[i] };
        act_dead_letter b = written_and_read(&d, false);
        assert_same(b.record, records[i]);
        assert_same(b.error, ACT_STR("cut "));
        assert_false(b.cut);
    }
}

static void a_record_without_room_is_cut_and_says_so(void **state)
{
    (void)state;
    size_t n = 10 << 20;
    char *big = act_arena_bytes(arena, n);
    assert_non_null(big);
    memset(big, '1', n);
    act_dead_letter d = { .error_type = ACT_STR("cel_match"), .record = { big, n } };
    for (int is_json = 0; is_json < 2; is_json++) {
        act_dead_letter b = written_and_read(&d, is_json);
        assert_true(b.cut);
        assert_true(b.record.len > 0 && b.record.len < n);
    }
}

static void what_is_no_letter_is_refused(void **state)
{
    (void)state;
    act_dead_letter d;
    const char *const bad[] = { "", "x", "{}", "[]", "{\"originalPayloadBase64\":\"!\"}" };
    for (size_t i = 0; i < ACT_COUNT(bad); i++)
        assert_int_equal(act_dead_letter_read(parser, arena, act_str_cstr(bad[i]), &d),
                         ACT_EPARSE);
}

static void each_retry_has_an_id_of_its_own(void **state)
{
    (void)state;
    act_dead_letter d = { .kind = ACT_RULE_AUDIT, .id = ACT_STR("a/Panic"), .retries = 2 };
    act_buf_clear(&text);
    act_dead_letter_id(&d, &text);
    assert_same(act_buf_str(&text), ACT_STR("audit/a/Panic/2"));
    act_buf_clear(&text);
    act_dead_letter_subject(&d, &text);
    assert_same(act_buf_str(&text), ACT_STR("activity.dlq.audit.unknown.unknown"));
    d.resource_kind = ACT_STR("Web.App");
    act_buf_clear(&text);
    act_dead_letter_subject(&d, &text);
    assert_same(act_buf_str(&text), ACT_STR("activity.dlq.audit.core.Web_App"));
}

static void waits_double_up_to_the_longest(void **state)
{
    (void)state;
    act_retry_schedule s = ACT_RETRY_SCHEDULE_INIT;
    const int64_t minute = 60 * ACT_NS_PER_S;
    assert_int_equal(act_retry_delay_ns(&s, 0), minute);
    assert_int_equal(act_retry_delay_ns(&s, 1), 2 * minute);
    assert_int_equal(act_retry_delay_ns(&s, 10), 1024 * minute);
    assert_int_equal(act_retry_delay_ns(&s, 11), 24 * 60 * minute);
    assert_int_equal(act_retry_delay_ns(&s, UINT32_MAX), 24 * 60 * minute);
}

/* ---- who waits --------------------------------------------------------------------- */

typedef struct {
    uint64_t sequences[8];
    size_t n;
} released;

static int note(void *ctx, uint64_t sequence)
{
    released *r = ctx;
    r->sequences[r->n++] = sequence;
    return 0;
}

static int refuse(void *ctx, uint64_t sequence)
{
    (void)ctx;
    (void)sequence;
    return ACT_EIO;
}

static void put(act_waiting_letters *w, uint64_t sequence, const char *kind, uint64_t of)
{
    assert_ok(act_waiting_letters_put(w, sequence, ACT_RULE_AUDIT, ACT_STR(""),
                                      act_str_cstr(kind), of));
}

static void letters_are_released_by_another_fingerprint(void **state)
{
    (void)state;
    act_waiting_letters *w;
    act_rule_env *env;
    act_policy_set *none;
    released r = { .n = 0 };
    assert_ok(act_rule_env_new(&env));
    assert_ok(act_policy_set_new(env, NULL, 0, 1, &none, NULL));
    assert_ok(act_waiting_letters_new(&w));
    put(w, 5, "Pod", 0); /* no policies then, none now */
    put(w, 3, "Pod", 77);
    put(w, 9, "Node", 78);
    put(w, 7, "Pod", 79);
    put(w, 9, "Node", 80); /* again */
    act_waiting_letters_drop(w, 7);
    act_waiting_letters_drop(w, 8); /* unknown */
    assert_int_equal(act_waiting_letters_count(w), 3);
    assert_int_equal(act_waiting_letters_release(w, none, refuse, NULL), ACT_EIO);
    assert_int_equal(act_waiting_letters_count(w), 3);
    assert_ok(act_waiting_letters_release(w, none, note, &r));
    assert_int_equal(r.n, 2);
    assert_int_equal(r.sequences[0], 3);
    assert_int_equal(r.sequences[1], 9);
    assert_int_equal(act_waiting_letters_count(w), 1);
    assert_ok(act_waiting_letters_release(w, NULL, note, &r));
    assert_int_equal(r.sequences[2], 5);
    act_waiting_letters_free(w);
    (void)act_policy_set_unref(none);
    act_rule_env_free(env);
}

static void many_letters_come_and_go(void **state)
{
    (void)state;
    act_waiting_letters *w;
    assert_ok(act_waiting_letters_new(&w));
    for (uint64_t i = 0; i < 10000; i++) {
        put(w, i, i % 2 ? "Pod" : "Node", i);
        if (i >= 100)
            act_waiting_letters_drop(w, i - 100);
    }
    assert_int_equal(act_waiting_letters_count(w), 100);
    act_waiting_letters_free(w);
}

static void waiting_survives_no_memory(void **state)
{
    (void)state;
    act_waiting_letters *w;
    assert_ok(act_waiting_letters_new(&w));
    for (size_t n = 0;; n++) {
        act_fail_after(n);
        int err =
            act_waiting_letters_put(w, 1, ACT_RULE_AUDIT, ACT_STR("g"), ACT_STR("K"), 1);
        act_fail_after(SIZE_MAX);
        if (!err)
            break;
        assert_int_equal(err, ACT_ENOMEM);
        assert_int_equal(act_waiting_letters_count(w), 0);
    }
    assert_int_equal(act_waiting_letters_count(w), 1);
    act_waiting_letters_free(w);
}

#define TEST(f) cmocka_unit_test(f)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_letter_is_read_as_it_was_written),
        TEST(any_bytes_are_kept),
        TEST(a_record_without_room_is_cut_and_says_so),
        TEST(what_is_no_letter_is_refused),
        TEST(each_retry_has_an_id_of_its_own),
        TEST(waits_double_up_to_the_longest),
        TEST(letters_are_released_by_another_fingerprint),
        TEST(many_letters_come_and_go),
        TEST(waiting_survives_no_memory),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
