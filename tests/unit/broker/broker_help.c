#include "broker_help.h"

#include <dirent.h>
#include <unistd.h>

void make_stream(act_broker *b, const char *name, const char *subjects)
{
    act_stream_config config = {
        .name = act_str_cstr(name),
        .subjects = act_str_cstr(subjects),
        .duplicate_window_ns = 60 * ACT_NS_PER_S,
    };
    assert_ok(act_broker_stream_ensure(b, &config, NULL));
}

uint64_t publish_one(act_broker *b, const char *stream, const char *subject, const char *id,
                     const char *payload)
{
    act_message m = { act_str_cstr(subject), act_str_cstr(id), act_str_cstr(payload) };
    uint64_t sequence = 0;
    act_err detail = ACT_ERR_INIT;
    int err = act_broker_publish(b, act_str_cstr(stream), &m, 1, &sequence, &detail);
    if (err)
        fail_msg("publish: %s: %s", act_errname(err), detail.text);
    return sequence;
}

void publish_n(act_broker *b, const char *stream, const char *subject, size_t n)
{
    enum { MAX = 1000 };
    static char text[MAX][24];
    act_message m[MAX];
    assert_true(n <= MAX);
    for (size_t i = 0; i < n; i++) {
        snprintf(text[i], sizeof text[i], "m%zu", i + 1);
        m[i] = (act_message){ act_str_cstr(subject), { 0 }, act_str_cstr(text[i]) };
    }
    assert_ok(act_broker_publish(b, act_str_cstr(stream), m, n, NULL, NULL));
}

act_consumer *open_consumer(act_broker *b, const char *stream, const char *durable,
                            const char *filter, int64_t ack_wait_ns, uint32_t pending)
{
    act_consumer_config config = {
        .durable = act_str_cstr(durable),
        .filter = act_str_cstr(filter),
        .ack_wait_ns = ack_wait_ns,
        .max_ack_pending = pending,
    };
    act_consumer *c = NULL;
    assert_ok(act_consumer_open(b, act_str_cstr(stream), &config, &c, NULL));
    return c;
}

void expect_fetch(act_consumer *c, size_t max, const uint64_t *sequences, size_t n)
{
    ACT_AUTO(act_arena) a = NULL;
    assert_ok(act_arena_new(64 << 20, 0, &a));
    const act_delivery *got = NULL;
    size_t got_n = 0;
    int err = act_consumer_fetch(c, max, 0, a, &got, &got_n);
    if (n == 0) {
        assert_int_equal(err, ACT_EAGAIN);
        return;
    }
    assert_ok(err);
    for (size_t i = 0; i < got_n && i < n; i++)
        assert_int_equal(got[i].sequence, sequences[i]);
    assert_int_equal(got_n, n);
}

char *new_directory(void)
{
    char *path = strdup("/tmp/act-test-XXXXXX");
    assert_non_null(path);
    assert_non_null(mkdtemp(path));
    return path;
}

void remove_directory(char *path)
{
    DIR *dir = opendir(path);
    assert_non_null(dir);
    for (const struct dirent *e; (e = readdir(dir));)
        if (e->d_name[0] != '.')
            (void)unlinkat(dirfd(dir), e->d_name, 0);
    closedir(dir);
    (void)rmdir(path);
    free(path);
}
