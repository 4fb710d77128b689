/* A few requests one after another to the real API server, put together by the fuzzer from
 * parts that mean something; the last may have a body of the fuzzer's own. Whatever comes,
 * no answer is a server error, and errors are Status objects. */
#include "fuzz/support/fuzz.h"
#include "unit/api/random_requests.h"
#include "unit/api/slow_store.h"

#include <stdlib.h>

enum { REQUESTS_MAX = 6 };

static slow_store store; /* that answers at once, with nothing */

static uint64_t roll(void *ctx, uint64_t below)
{
    fuzz_input *in = ctx;
    return below <= 65536 ? fuzz_below(in, (uint32_t)below) : fuzz_u64(in) % below;
}

static void stop(void)
{
    api_stop(&api);
    slow_store_stop(&store);
}

static void start_once(void)
{
    if (api.server)
        return;
    slow_store_start(&store);
    api_start_with(&api, &(test_api_options){ .store = &store.base,
                                              .limits = { .max_page_size = 1000 },
                                              .plain = true,
                                              .parent = "/dev/shm" });
    (void)atexit(stop);
}

/* Each input finds the server as it was in the beginning. */
static void forget_objects(void)
{
    const act_list_options all = { 0 };
    act_list_result found = { 0 };
    act_arena_reset(api.arena);
    fuzz_require(act_registry_list(api.registry, &all, api.arena, &found) == 0, "a list");
    for (size_t i = 0; i < found.n; i++) {
        int64_t revision;
        fuzz_require(
            act_registry_delete(api.registry, found.entries[i].key, 0, &revision) == 0,
            "a deletion");
    }
}

static void ask(const random_request *r)
{
    const char *wrong = random_request_send(&api, r);
    if (wrong)
        (void)fprintf(stderr, "%d: %s %s %.*s: %.*s\n", api.reply.status, r->method, r->url,
                      ACT_STR_ARG(r->body), ACT_STR_ARG(act_buf_str(&api.reply.body)));
    fuzz_require(!wrong, wrong);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static random_request r;
    fuzz_input in = { data, size, 0 };
    start_once();
    for (uint32_t left = 1 + fuzz_below(&in, REQUESTS_MAX); left > 0; left--) {
        random_request_draw((random_source){ roll, &in }, &api, &r);
        if (left == 1 && r.has_body && fuzz_byte(&in) % 2 == 1)
            r.body = fuzz_rest(&in);
        ask(&r);
    }
    forget_objects();
    return 0;
}
