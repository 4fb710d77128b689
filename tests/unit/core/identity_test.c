/* Names must never change: the vectors here are on disk in every installation. */
#include "core/identity.h"

#include "base/alloc.h"
#include "support.h"

static act_sha256 *hasher(void)
{
    act_sha256 *h = NULL;
    assert_int_equal(act_sha256_new(&h), ACT_OK);
    return h;
}

static void digests_are_sha256_of_parts_joined_by_nul(void **state)
{
    (void)state;
    ACT_AUTO(act_sha256) h = hasher();
    uint8_t got[ACT_SHA256_SIZE], again[ACT_SHA256_SIZE];
    const act_str abc = ACT_STR("abc"); /* FIPS 180-2, appendix B.1 */
    act_sha256_parts(h, &abc, 1, got);
    assert_memory_equal(
        got, "\xba\x78\x16\xbf\x8f\x01\xcf\xea\x41\x41\x40\xde\x5d\xae\x22\x23", 16);
    const act_str parts[] = { ACT_STR("a"), ACT_STR(""), ACT_STR("b") };
    const act_str joined = ACT_STR("a\0\0b");
    act_sha256_parts(h, parts, 3, got);
    act_sha256_parts(h, &joined, 1, again);
    assert_memory_equal(got, again, sizeof got);
}

static void activity_names_agree_with_known_vectors(void **state)
{
    (void)state;
    ACT_AUTO(act_sha256) h = hasher();
    const struct {
        const char *origin, *id, *group, *kind, *prefix;
    } cases[] = {
        { "audit", "abc-123-def", "networking.datumapis.com", "HTTPProxy",
          "act-2765794f7b24" },
        { "event", "0b1e8a52-6f0e-4a6e-9a39-7f0f8a0f6a11", "", "Pod", "act-2093a802d5f4" },
        { "audit", "", "", "", "act-2de8e679084a" },
    };
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        char name[ACT_ACTIVITY_NAME_LEN + 1];
        act_activity_name(h, act_str_cstr(cases[i].origin), act_str_cstr(cases[i].id),
                          act_str_cstr(cases[i].group), act_str_cstr(cases[i].kind), NULL,
                          name);
        assert_int_equal(strlen(name), ACT_ACTIVITY_NAME_LEN);
        assert_memory_equal(name, cases[i].prefix, strlen(cases[i].prefix));
    }
}

static void repeats_of_an_event_are_activities_of_their_own(void **state)
{
    (void)state;
    ACT_AUTO(act_sha256) h = hasher();
    char plain[25], first[25], second[25], later[25];
    act_series_state s = { .repeated = false, .count = 1, .observed_ns = 5 };
    const act_str e = ACT_STR("event"), id = ACT_STR("u"), g = ACT_STR(""),
                  k = ACT_STR("P");
    act_activity_name(h, e, id, g, k, NULL, plain);
    act_activity_name(h, e, id, g, k, &s, first);
    assert_string_equal(plain, first); /* not repeated: as if there were no series */
    s.repeated = true;
    act_activity_name(h, e, id, g, k, &s, first);
    act_activity_name(h, e, id, g, k, &s, second);
    assert_string_equal(first, second); /* a retry */
    assert_string_not_equal(first, plain);
    s.count = 2;
    act_activity_name(h, e, id, g, k, &s, second);
    assert_string_not_equal(first, second);
    s.observed_ns = 6;
    act_activity_name(h, e, id, g, k, &s, later);
    assert_string_not_equal(second, later);
}

static void message_ids_tell_stages_and_versions_apart(void **state)
{
    (void)state;
    act_buf b = ACT_BUF_INIT;
    act_id_of_audit(&b, ACT_STR("id-1"), ACT_STR("ResponseComplete"));
    assert_str(act_buf_str(&b), "id-1/ResponseComplete");
    const act_series_state s = { .repeated = true, .count = 3, .observed_ns = 77 };
    act_buf_clear(&b);
    act_id_of_event(&b, ACT_STR("u"), ACT_STR("492"), &s);
    assert_str(act_buf_str(&b), "u/492");
    act_buf_clear(&b);
    act_id_of_event(&b, ACT_STR("u"), ACT_STR(""), &s);
    assert_str(act_buf_str(&b), "u/s3@77");
    act_buf_clear(&b);
    act_id_of_event(&b, ACT_STR("u"), ACT_STR("0"), &s);
    assert_str(act_buf_str(&b), "u/s3@77");
    act_buf_done(&b);
}

static void tokens_name_exactly_one_selection_of_messages(void **state)
{
    (void)state;
    ACT_AUTO(act_sha256) h = hasher();
    act_buf b = ACT_BUF_INIT, c = ACT_BUF_INIT;
    const uint64_t gap[] = { 7, 8, 10 }, other[] = { 7, 9, 10 };
    act_batch_token(h, &b, ACT_STR("AUDIT_EVENTS"), gap, 3);
    assert_true(act_str_starts(act_buf_str(&b), ACT_STR("AUDIT_EVENTS:7-10:3:")));
    assert_int_equal(b.len, sizeof "AUDIT_EVENTS:7-10:3:" - 1 + 16);
    act_batch_token(h, &c, ACT_STR("AUDIT_EVENTS"), gap, 3);
    assert_true(act_str_eq(act_buf_str(&b), act_buf_str(&c)));
    act_buf_clear(&c);
    act_batch_token(h, &c, ACT_STR("AUDIT_EVENTS"), other, 3);
    assert_false(act_str_eq(act_buf_str(&b), act_buf_str(&c)));
    act_buf_clear(&c);
    act_batch_token(h, &c, ACT_STR("S"), NULL, 0);
    assert_true(act_str_starts(act_buf_str(&c), ACT_STR("S:0-0:0:")));
    act_buf_done(&b);
    act_buf_done(&c);
}

static void failed_allocations_are_reported(void **state)
{
    (void)state;
    for (size_t n = 0;; n++) {
        act_sha256 *h = NULL;
        act_fail_after(n);
        int err = act_sha256_new(&h);
        act_fail_after(SIZE_MAX);
        if (err == ACT_OK) {
            act_sha256_free(h);
            assert_true(n > 0);
            return;
        }
        assert_int_equal(err, ACT_ENOMEM);
        assert_null(h);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digests_are_sha256_of_parts_joined_by_nul),
        cmocka_unit_test(activity_names_agree_with_known_vectors),
        cmocka_unit_test(repeats_of_an_event_are_activities_of_their_own),
        cmocka_unit_test(message_ids_tell_stages_and_versions_apart),
        cmocka_unit_test(tokens_name_exactly_one_selection_of_messages),
        cmocka_unit_test(failed_allocations_are_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
