/* What a handler may take of the server's memory. */
#include "unit/net/web.h"

enum { ROOM = 1 << 20 };

/* Takes all that it gets; nothing is left for the headers of its answer. */
static void handle(void *ctx, act_http_request *req, act_http_response *res)
{
    size_t *taken = ctx;
    act_arena *a = act_http_request_arena(req);
    for (*taken = 0; act_arena_bytes(a, 1000); *taken += 1000) {
    }
    for (; act_arena_bytes(a, 1); ++*taken) {
    }
    act_http_response_status(res, 200);
    act_http_response_text(res, "text/plain", ACT_STR("x"));
}

static void a_request_has_so_much_memory(void **state)
{
    (void)state;
    web w;
    size_t taken = 0;
    act_http_server_options o = ACT_HTTP_SERVER_OPTIONS_INIT;
    o.max_arena_bytes = ROOM;
    web_start(&w, o, (act_http_callbacks){ .handle = handle, .ctx = &taken });
    for (int i = 0; i < 2; i++) { /* the next request has as much */
        act_http_reply reply = ACT_HTTP_REPLY_INIT;
        assert_int_equal(web_get(&w, "/", &reply), 500);
        assert_in_range(taken, ROOM - 100, ROOM);
        act_http_reply_done(&reply);
    }
    web_stop(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(a_request_has_so_much_memory) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
