/* ctest: labels=threads timeout=180 */
/* Reviews: what is asked of a (fake) kube-apiserver, what is kept, and for how long. */
#include "kube/authz.h"
#include "kube/review_cache.h"
#include "kube/token_review.h"

#include "base/file.h"
#include "fake_apiserver.h"

#include <stdlib.h>
#include <unistd.h>

static fake_apiserver fake;
static int64_t now_ns = 1;

static int setup(void **state)
{
    fake_start(&fake);
    return test_arena_setup(state);
}

static int teardown(void **state)
{
    fake_stop(&fake);
    return test_arena_teardown(state);
}

static int user_of(act_token_review *t, const char *token, act_user *ret)
{
    return act_token_review_user(t, act_str_cstr(token), test_arena, ret, NULL);
}

static void tokens_are_asked_about_once_in_a_while(void **state)
{
    (void)state;
    act_token_review *t = NULL;
    act_user u = { 0 };
    assert_int_equal(act_token_review_new(fake.client, fake_clock(&now_ns), &t), 0);
    assert_int_equal(user_of(t, "tok-alice", &u), 0);
    assert_true(act_str_eq_cstr(u.name, "alice") && act_str_eq_cstr(u.uid, "u1"));
    assert_true(act_user_in_group(&u, ACT_STR("web")));
    assert_true(act_user_in_group(&u, ACT_STR(ACT_GROUP_AUTHENTICATED)));
    size_t n;
    const act_str *v = act_user_extra_values(&u, ACT_STR("iam/parent"), &n);
    assert_true(n == 2 && act_str_eq_cstr(v[1], "q"));
    assert_int_equal(user_of(t, "tok-bob", &u), ACT_EDENIED);
    assert_int_equal(fake_reviews(&fake), 2);
    assert_int_equal(user_of(t, "tok-alice", &u), 0);
    assert_int_equal(user_of(t, "tok-bob", &u), ACT_EDENIED);
    assert_int_equal(fake_reviews(&fake), 2);
    now_ns += ACT_REVIEW_KEPT_S * ACT_NS_PER_S;
    assert_int_equal(user_of(t, "tok-alice", &u), 0);
    assert_int_equal(fake_reviews(&fake), 3);
    act_token_review_free(t);
}

static void not_being_answered_is_no_answer(void **state)
{
    (void)state;
    act_token_review *t = NULL;
    act_user u = { 0 };
    act_err e = ACT_ERR_INIT;
    assert_int_equal(act_token_review_new(fake.client, fake_clock(&now_ns), &t), 0);
    fake_fail(&fake, 500);
    assert_int_equal(act_token_review_user(t, ACT_STR("tok-alice"), test_arena, &u, &e),
                     ACT_EAGAIN);
    assert_string_equal(e.text, "the kube-apiserver answers 500: not today");
    fake_fail(&fake, 403); /* we may not ask: that says nothing of the token */
    assert_int_equal(user_of(t, "tok-alice", &u), ACT_EIO);
    assert_null(u.name.ptr);
    fake_fail(&fake, 0);
    assert_int_equal(user_of(t, "tok-alice", &u), 0);
    act_token_review_free(t);
}

static void our_own_token_is_read_from_its_file_each_time(void **state)
{
    (void)state;
    char path[] = "/tmp/kube-token-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0 && close(fd) == 0);
    assert_int_equal(act_file_replace(path, ACT_STR("old\n"), 0600, NULL), 0);
    act_kube_client *c = fake_client(&fake, NULL, path);
    act_http_reply reply = ACT_HTTP_REPLY_INIT;
    act_kube_request get = { .path = "/api/v1/x", .timeout_ns = 5 * ACT_NS_PER_S };
    assert_int_equal(act_kube_client_call(c, &get, &reply, NULL), ACT_EDENIED);
    assert_int_equal(act_file_replace(path, ACT_STR(FAKE_OUR_TOKEN "\n"), 0600, NULL), 0);
    assert_int_equal(act_kube_client_call(c, &get, &reply, NULL), 0);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(act_kube_client_call(c, &get, &reply, NULL), ACT_ENOTFOUND);
    act_http_reply_done(&reply);
    act_kube_client_free(c);
}

/* ---- permission -------------------------------------------------------------------- */

static act_user alice(void)
{
    static const act_str groups[] = { { "web", 3 } };
    static const act_str values[] = { { "p", 1 } };
    static const act_user_extra extra[] = { { { "parent", 6 }, values, 1 } };
    return (act_user){ .name = ACT_STR("alice"),
                       .uid = ACT_STR("u1"),
                       .groups = groups,
                       .n_groups = 1,
                       .extra = extra,
                       .n_extra = 1 };
}

static act_authz_attributes list_pods(const act_user *u)
{
    return (act_authz_attributes){ .user = u,
                                   .verb = ACT_STR("list"),
                                   .group = ACT_STR("g.io"),
                                   .version = ACT_STR("v1"),
                                   .resource = ACT_STR("pods"),
                                   .ns = ACT_STR("default") };
}

static int ask(const act_authz *a, const act_authz_attributes *what, const char **reason)
{
    act_str why = { 0 };
    int r = act_authz_ask(a, what, test_arena, &why, NULL);
    *reason = r == ACT_EDENIED && why.len > 0 ? why.ptr : "";
    return r;
}

static void permission_is_asked_for_with_all_that_is_known(void **state)
{
    (void)state;
    act_access_review *review = NULL;
    act_authz *a = NULL;
    const char *reason;
    act_user u = alice();
    act_authz_attributes what = list_pods(&u);
    assert_int_equal(act_access_review_new(fake.client, fake_clock(&now_ns), &review), 0);
    assert_int_equal(act_authz_new(&(act_authz_options){ .review = review }, &a), 0);
    assert_int_equal(ask(a, &what, &reason), ACT_EDENIED);
    assert_string_equal(reason, "only reading");
    assert_string_equal(
        text_of(act_json_get(json_of(fake.last_review), ACT_STR("spec"))),
        text_of(json_of("{'resourceAttributes':{'namespace':'default','verb':'list',"
                        "'group':'g.io','version':'v1','resource':'pods'},'user':'alice',"
                        "'uid':'u1','groups':['web'],'extra':{'parent':['p']}}")));
    what.verb = ACT_STR("get");
    what.name = ACT_STR("a");
    assert_int_equal(ask(a, &what, &reason), 0);
    assert_int_equal(ask(a, &what, &reason), 0);
    assert_int_equal(fake_reviews(&fake), 2); /* the third was kept */
    what.name = ACT_STR("b");
    assert_int_equal(ask(a, &what, &reason), 0);
    assert_int_equal(fake_reviews(&fake), 3); /* another question */
    now_ns += ACT_REVIEW_KEPT_S * ACT_NS_PER_S;
    fake_fail(&fake, 503);
    assert_int_equal(ask(a, &what, &reason), ACT_EAGAIN);
    act_authz_free(a);
    act_access_review_free(review);
}

static void some_need_not_be_asked_about(void **state)
{
    (void)state;
    act_access_review *review = NULL;
    act_authz *a = NULL;
    const char *reason;
    static const act_str masters[] = { { "system:masters", 14 } };
    act_user u = { .name = ACT_STR("root"), .groups = masters, .n_groups = 1 };
    act_authz_attributes what = list_pods(&u);
    assert_int_equal(act_access_review_new(fake.client, fake_clock(&now_ns), &review), 0);
    assert_int_equal(act_authz_new(&(act_authz_options){ .review = review }, &a), 0);
    fake_fail(&fake, 500);
    assert_int_equal(ask(a, &what, &reason), 0);
    act_user nobody = { .name = ACT_STR("system:anonymous") };
    what = (act_authz_attributes){ .user = &nobody,
                                   .verb = ACT_STR("get"),
                                   .path = ACT_STR("/livez/ping") };
    assert_int_equal(ask(a, &what, &reason), 0);
    what.path = ACT_STR("/livezz");
    assert_int_equal(ask(a, &what, &reason), ACT_EAGAIN);
    act_authz_free(a);
    act_access_review_free(review);
}

static void assert_forbidden(const act_authz_attributes *what, const char *why,
                             const char *words)
{
    act_kube_status s = act_authz_forbidden(test_arena, what, act_str_cstr(why));
    assert_int_equal(s.message.len, strlen(words));
    assert_memory_equal(s.message.ptr, words, s.message.len);
}

static void refusals_read_as_those_of_kubernetes(void **state)
{
    (void)state;
    act_user u = alice();
    act_authz_attributes what = list_pods(&u);
    assert_forbidden(&what, "",
                     "pods.g.io is forbidden: User \"alice\" cannot list resource \"pods\" "
                     "in API group \"g.io\" in the namespace \"default\"");
    what.ns = what.group = ACT_STR("");
    what.name = ACT_STR("a");
    what.subresource = ACT_STR("status");
    assert_forbidden(&what, "no role",
                     "pods \"a\" is forbidden: User \"alice\" cannot list resource "
                     "\"pods/status\" in API group \"\" at the cluster scope: no role");
    what.path = ACT_STR("/metrics");
    assert_forbidden(&what, "", "forbidden: User \"alice\" cannot list path \"/metrics\"");
}

/* ---- cache ------------------------------------------------------------------------- */

static act_digest digest_of(int i)
{
    act_digest d;
    char text[16];
    int n = snprintf(text, sizeof text, "%d", i);
    assert_int_equal(act_digest_of(act_str_from(text, (size_t)n), &d), 0);
    return d;
}

static void what_is_kept_is_bounded_and_ends(void **state)
{
    (void)state;
    enum { MANY = 3 * ACT_REVIEWS_MAX };
    act_review_cache *c = NULL;
    act_str got = { 0 };
    int kept = 0;
    assert_int_equal(act_review_cache_new(&c), 0);
    for (int i = 0; i < MANY; i++) {
        act_digest d = digest_of(i);
        act_review_cache_put(c, &d, ACT_STR("yes"), 100 + i);
    }
    for (int i = 0; i < MANY; i++) {
        act_digest d = digest_of(i);
        kept += act_review_cache_get(c, &d, 50, test_arena, &got) == 0;
    }
    assert_in_range(kept, ACT_REVIEWS_MAX / 2, ACT_REVIEWS_MAX);
    act_digest last = digest_of(MANY - 1);
    assert_int_equal(act_review_cache_get(c, &last, 100 + MANY - 2, test_arena, &got), 0);
    assert_int_equal(act_review_cache_get(c, &last, 100 + MANY - 1, test_arena, &got),
                     ACT_ENOTFOUND);
    char *large = act_arena_bytes(test_arena, ACT_REVIEW_ANSWER_BYTES_MAX + 1);
    memset(large, 'x', ACT_REVIEW_ANSWER_BYTES_MAX + 1);
    act_digest d = digest_of(-1);
    act_review_cache_put(c, &d, act_str_from(large, ACT_REVIEW_ANSWER_BYTES_MAX + 1), 99);
    assert_int_equal(act_review_cache_get(c, &d, 1, test_arena, &got), ACT_ENOTFOUND);
    act_review_cache_free(c);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(tokens_are_asked_about_once_in_a_while),
        TEST(not_being_answered_is_no_answer),
        TEST(our_own_token_is_read_from_its_file_each_time),
        TEST(permission_is_asked_for_with_all_that_is_known),
        TEST(some_need_not_be_asked_about),
        TEST(refusals_read_as_those_of_kubernetes),
        TEST(what_is_kept_is_bounded_and_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
