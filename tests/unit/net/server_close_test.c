/* Every descriptor of a server is closed once: a second close() could hit what another
 * thread has just opened. */
#include "web.h"

#include <errno.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

static atomic_uint bad_closes;

/* In place of the C library's, also for the library that serves. */
int close(int fd)
{
    int r = (int)syscall(SYS_close, fd);
    if (r != 0 && errno == EBADF)
        atomic_fetch_add(&bad_closes, 1);
    return r;
}

static void descriptors_are_closed_once(void **state)
{
    (void)state;
    for (int drained = 0; drained < 2; drained++) {
        web w;
        act_http_reply reply = ACT_HTTP_REPLY_INIT;
        web_start(&w, ACT_HTTP_SERVER_OPTIONS_INIT, web_echoes);
        assert_int_equal(web_get(&w, "/x", &reply), 200);
        act_http_reply_done(&reply);
        atomic_store(&bad_closes, 0);
        if (drained)
            assert_int_equal(act_http_server_drain(w.server, WEB_PATIENCE_NS), ACT_OK);
        web_stop(&w);
        assert_int_equal(atomic_load(&bad_closes), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(descriptors_are_closed_once) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
