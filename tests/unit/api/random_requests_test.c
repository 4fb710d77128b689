/* ctest: labels=threads timeout=180 */
/* Requests put together at random: whatever comes, the answer is no server error, and
 * errors are Status objects. tests/fuzz/request_fuzz.c lets a fuzzer do the putting
 * together. */
#include "unit/api/random_requests.h"
#include "unit/api/slow_store.h"

#include <stdlib.h>

enum { REQUESTS = 6000 };

static slow_store store; /* that answers at once, with nothing */

static uint64_t roll(void *ctx, uint64_t below)
{
    uint64_t *seed = ctx;
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed % below;
}

static int status_of_random_request(uint64_t *seed)
{
    static random_request r;
    uint64_t from = *seed;
    random_request_draw((random_source){ roll, seed }, &api, &r);
    const char *wrong = random_request_send(&api, &r);
    if (wrong)
        fail_msg("seed %llu: %s: %d: %s %s %.*s: %.*s", (unsigned long long)from, wrong,
                 api.reply.status, r.method, r.url, ACT_STR_ARG(r.body),
                 ACT_STR_ARG(act_buf_str(&api.reply.body)));
    return api.reply.status;
}

static void no_request_is_a_server_error(void **state)
{
    (void)state;
    int seen[600] = { 0 }, errors = 0;
    uint64_t seed = 20261124;
    const char *other = getenv("ACT_TEST_SEED"); /* to look further by hand */
    if (other)
        assert_ok(act_str_to_u64(act_str_cstr(other), &seed));
    slow_store_start(&store);
    api_start_with(&api, &(test_api_options){ .store = &store.base,
                                              .limits = { .max_page_size = 1000 } });
    for (int i = 0; i < REQUESTS; i++) {
        int status = status_of_random_request(&seed);
        seen[status]++;
        errors += status >= 400;
    }
    /* It has got through to all sorts of answers, and the server is well. */
    static const int wanted[] = { 200, 201, 400, 401, 403, 404, 405, 406, 409, 415, 422 };
    for (size_t i = 0; i < ACT_COUNT(wanted); i++)
        if (seen[wanted[i]] == 0)
            fail_msg("no request was answered %d", wanted[i]);
    assert_true(errors < REQUESTS);
    api.token = TOKEN_ADMIN;
    assert_int_equal(api_post(&api, POLICIES, policy_text("z", "", "true")), 201);
    api_stop(&api);
    slow_store_stop(&store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_request_is_a_server_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
