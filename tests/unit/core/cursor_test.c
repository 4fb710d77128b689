/* Cursors: exact keys come back, everything else is told apart. */
#include "core/cursor.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "support.h"

#define SECRET ACT_STR("0123456789abcdef0123456789abcdef")
#define OTHER_SECRET ACT_STR("fedcba9876543210fedcba9876543210")
#define NOW (INT64_C(1769860800) * ACT_NS_PER_S)

static const act_str params[] = { { "now-7d", 6 }, { "now", 3 }, { "", 0 }, { "100", 3 } };
static const act_cursor_binding binding = { .scope = { ACT_SCOPE_PROJECT, { "prod", 4 } },
                                            .params = params,
                                            .n_params = 4 };

static act_cursor sample(void)
{
    return (act_cursor){
        .kind = ACT_CURSOR_AUDIT_QUERY,
        .start_us = INT64_C(1769256000000),
        .end_us = INT64_MAX,
        .n_keys = 3,
        .keys = { { .number = INT64_MIN },
                  { .is_text = true, .text = ACT_STR("id\0\xff") },
                  { .is_text = true, .text = ACT_STR("") } },
    };
}

static act_cursor_sealer *sealer(act_str first, act_str second)
{
    const act_str secrets[] = { first, second };
    act_cursor_sealer *s = NULL;
    assert_int_equal(act_cursor_sealer_new(secrets, second.len ? 2 : 1, &s), ACT_OK);
    return s;
}

static act_buf sealed(const act_cursor_sealer *s, const act_cursor *c)
{
    act_buf b = ACT_BUF_INIT;
    assert_int_equal(act_cursor_seal(s, c, &binding, NOW, &b), ACT_OK);
    return b;
}

static void positions_come_back_exactly(void **state)
{
    (void)state;
    ACT_AUTO(act_arena) a = test_arena();
    ACT_AUTO(act_cursor_sealer) s = sealer(SECRET, (act_str){ 0 });
    act_cursor c = sample(), got;
    act_buf text = sealed(s, &c);
    for (size_t i = 0; i < text.len; i++)
        assert_true(strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                           "0123456789-_",
                           text.ptr[i]));
    assert_int_equal(act_cursor_open(s, act_buf_str(&text), ACT_CURSOR_AUDIT_QUERY,
                                     &binding, NOW + 5, a, &got, NULL),
                     ACT_OK);
    act_buf_done(&text); /* the keys are the arena's */
    assert_int_equal(got.kind, c.kind);
    assert_true(got.start_us == c.start_us && got.end_us == c.end_us);
    assert_int_equal(got.n_keys, 3);
    assert_true(!got.keys[0].is_text && got.keys[0].number == INT64_MIN);
    assert_true(got.keys[1].is_text && act_str_eq(got.keys[1].text, c.keys[1].text));
    assert_true(got.keys[2].is_text && got.keys[2].text.len == 0);
}

static int open_as(const act_cursor_sealer *s, act_str text, enum act_cursor_kind kind,
                   const act_cursor_binding *b, int64_t now_ns)
{
    ACT_AUTO(act_arena) a = test_arena();
    act_cursor got = { .start_us = 42 };
    act_err e = ACT_ERR_INIT;
    int err = act_cursor_open(s, text, kind, b, now_ns, a, &got, &e);
    if (err) {
        assert_true(got.start_us == 42);
        assert_true(e.text[0] != '\0');
    }
    return err;
}

static void another_query_or_scope_is_a_mismatch(void **state)
{
    (void)state;
    ACT_AUTO(act_cursor_sealer) s = sealer(SECRET, (act_str){ 0 });
    act_cursor c = sample();
    act_buf b = sealed(s, &c);
    act_str text = act_buf_str(&b);
    const enum act_cursor_kind kind = ACT_CURSOR_AUDIT_QUERY;
    assert_int_equal(open_as(s, text, kind, &binding, NOW), ACT_OK);
    assert_int_equal(open_as(s, text, ACT_CURSOR_EVENT_QUERY, &binding, NOW),
                     ACT_ECONFLICT);

    act_cursor_binding other = binding;
    other.scope.name = ACT_STR("test");
    assert_int_equal(open_as(s, text, kind, &other, NOW), ACT_ECONFLICT);
    other.scope = (act_scope){ ACT_SCOPE_ORGANIZATION, ACT_STR("prod") };
    assert_int_equal(open_as(s, text, kind, &other, NOW), ACT_ECONFLICT);
    other = binding;
    other.n_params = 3;
    assert_int_equal(open_as(s, text, kind, &other, NOW), ACT_ECONFLICT);
    /* the same bytes cut in another place */
    const act_str moved[] = { ACT_STR("now-7dn"), ACT_STR("ow"), ACT_STR(""),
                              ACT_STR("100") };
    other = binding;
    other.params = moved;
    assert_int_equal(open_as(s, text, kind, &other, NOW), ACT_ECONFLICT);
    act_buf_done(&b);
}

static void old_cursors_are_gone(void **state)
{
    (void)state;
    ACT_AUTO(act_cursor_sealer) s = sealer(SECRET, (act_str){ 0 });
    act_cursor c = sample();
    act_buf b = sealed(s, &c);
    const int64_t life = ACT_CURSOR_LIFETIME_S * ACT_NS_PER_S;
    const enum act_cursor_kind kind = ACT_CURSOR_AUDIT_QUERY;
    assert_int_equal(open_as(s, act_buf_str(&b), kind, &binding, NOW + life), ACT_OK);
    assert_int_equal(
        open_as(s, act_buf_str(&b), kind, &binding, NOW + life + ACT_NS_PER_MS), ACT_EGONE);
    assert_int_equal(open_as(s, act_buf_str(&b), kind, &binding, NOW - ACT_NS_PER_S),
                     ACT_OK);
    act_buf_done(&b);
}

static void every_changed_bit_is_a_forgery(void **state)
{
    (void)state;
    ACT_AUTO(act_cursor_sealer) s = sealer(SECRET, (act_str){ 0 });
    act_cursor c = sample();
    act_buf b = sealed(s, &c);
    for (size_t i = 0; i < b.len; i++) {
        char before = b.ptr[i];
        b.ptr[i] = before == 'A' ? 'B' : 'A';
        assert_int_equal(open_as(s, act_buf_str(&b), ACT_CURSOR_AUDIT_QUERY, &binding, NOW),
                         ACT_EPARSE);
        b.ptr[i] = before;
        assert_int_equal(open_as(s, act_str_head(act_buf_str(&b), i),
                                 ACT_CURSOR_AUDIT_QUERY, &binding, NOW),
                         ACT_EPARSE);
    }
    act_buf_done(&b);
    const char *const texts[] = { "", "=", "100", "eyJ0IjoxfQ==", "\xff\xff" };
    for (size_t i = 0; i < ACT_COUNT(texts); i++)
        assert_int_equal(
            open_as(s, act_str_cstr(texts[i]), ACT_CURSOR_AUDIT_QUERY, &binding, NOW),
            ACT_EPARSE);
}

static void secrets_can_be_replaced(void **state)
{
    (void)state;
    ACT_AUTO(act_cursor_sealer) old = sealer(SECRET, (act_str){ 0 });
    ACT_AUTO(act_cursor_sealer) both = sealer(OTHER_SECRET, SECRET);
    ACT_AUTO(act_cursor_sealer) fresh = sealer(OTHER_SECRET, (act_str){ 0 });
    act_cursor c = sample();
    const enum act_cursor_kind kind = ACT_CURSOR_AUDIT_QUERY;
    act_buf by_old = sealed(old, &c), by_both = sealed(both, &c);
    assert_int_equal(open_as(both, act_buf_str(&by_old), kind, &binding, NOW), ACT_OK);
    assert_int_equal(open_as(fresh, act_buf_str(&by_both), kind, &binding, NOW), ACT_OK);
    assert_int_equal(open_as(fresh, act_buf_str(&by_old), kind, &binding, NOW), ACT_EPARSE);
    assert_int_equal(open_as(old, act_buf_str(&by_both), kind, &binding, NOW), ACT_EPARSE);
    act_buf_done(&by_old);
    act_buf_done(&by_both);
}

static void weak_secrets_are_refused(void **state)
{
    (void)state;
    const act_str secrets[ACT_CURSOR_SECRETS_MAX + 1] = { SECRET, SECRET, SECRET, SECRET,
                                                          SECRET };
    const act_str weak[] = { SECRET, ACT_STR("0123456789abcdef0123456789abcde") };
    act_cursor_sealer *s = NULL;
    assert_int_equal(act_cursor_sealer_new(secrets, 0, &s), ACT_EINVAL);
    assert_int_equal(act_cursor_sealer_new(secrets, ACT_CURSOR_SECRETS_MAX + 1, &s),
                     ACT_EINVAL);
    assert_int_equal(act_cursor_sealer_new(weak, 2, &s), ACT_EINVAL);
    assert_null(s);
    assert_int_equal(act_cursor_sealer_new(secrets, ACT_CURSOR_SECRETS_MAX, &s), ACT_OK);
    act_cursor_sealer_free(s);
    act_cursor_sealer_free(NULL);
}

static void long_keys_reach_the_limit(void **state)
{
    (void)state;
    ACT_AUTO(act_arena) a = test_arena();
    ACT_AUTO(act_cursor_sealer) s = sealer(SECRET, (act_str){ 0 });
    char *key = act_arena_bytes(a, 70000);
    assert_non_null(key);
    memset(key, 'k', 70000);
    act_cursor c = { .kind = ACT_CURSOR_EVENT_LIST, .n_keys = 1 }, got;
    c.keys[0].is_text = true;
    size_t longest = 0;
    for (size_t len = 5900; len < 6200; len++) {
        c.keys[0].text = act_str_from(key, len);
        act_buf b = ACT_BUF_INIT;
        int err = act_cursor_seal(s, &c, &binding, NOW, &b);
        if (err == ACT_OK) {
            longest = len;
            assert_in_range(b.len, 1, ACT_CURSOR_TEXT_MAX);
            assert_int_equal(
                act_cursor_open(s, act_buf_str(&b), c.kind, &binding, NOW, a, &got, NULL),
                ACT_OK);
            assert_int_equal(got.keys[0].text.len, len);
        } else {
            assert_int_equal(err, ACT_ELIMIT);
            assert_int_equal(b.len, 0);
        }
        act_buf_done(&b);
    }
    assert_in_range(longest, 6000, 6144);
    c.keys[0].text = act_str_from(key, 70000);
    act_buf b = ACT_BUF_INIT;
    assert_int_equal(act_cursor_seal(s, &c, &binding, NOW, &b), ACT_ELIMIT);
    memset(key, 'A', 70000);
    assert_int_equal(open_as(s, act_str_from(key, ACT_CURSOR_TEXT_MAX + 1),
                             ACT_CURSOR_EVENT_LIST, &binding, NOW),
                     ACT_EPARSE);
    act_buf_done(&b);
}

static void failed_allocations_are_reported(void **state)
{
    (void)state;
    act_cursor c = sample();
    for (size_t n = 0;; n++) {
        act_cursor_sealer *s = NULL;
        act_arena *a = NULL;
        act_buf b = ACT_BUF_INIT;
        act_cursor got;
        const act_str secrets[] = { SECRET, OTHER_SECRET };
        act_fail_after(n);
        int err = act_cursor_sealer_new(secrets, 2, &s);
        if (!err)
            err = act_cursor_seal(s, &c, &binding, NOW, &b);
        if (!err)
            err = act_arena_new(4096, 0, &a);
        if (!err)
            err = act_cursor_open(s, act_buf_str(&b), c.kind, &binding, NOW, a, &got, NULL);
        act_fail_after(SIZE_MAX);
        act_arena_free(a);
        act_cursor_sealer_free(s);
        act_buf_done(&b);
        if (err == ACT_OK) {
            assert_true(n > 6);
            return;
        }
        assert_int_equal(err, ACT_ENOMEM);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(positions_come_back_exactly),
        cmocka_unit_test(another_query_or_scope_is_a_mismatch),
        cmocka_unit_test(old_cursors_are_gone),
        cmocka_unit_test(every_changed_bit_is_a_forgery),
        cmocka_unit_test(secrets_can_be_replaced),
        cmocka_unit_test(weak_secrets_are_refused),
        cmocka_unit_test(long_keys_reach_the_limit),
        cmocka_unit_test(failed_allocations_are_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
