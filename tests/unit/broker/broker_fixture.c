#include "broker_fixture.h"

#include "base/thread.h"

int broker_set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    f->backend = *state;
    f->state = f->backend->start();
    f->b = f->backend->open(f->state);
    *state = f;
    return act_arena_new(64 << 20, 0, &f->arena);
}

int broker_tear_down(void **state)
{
    fixture *f = *state;
    *state = (void *)f->backend;
    act_broker_free(f->b);
    act_arena_free(f->arena);
    f->backend->finish(f->state);
    free(f);
    return 0;
}

void reopen(fixture *f)
{
    act_broker_free(f->b);
    f->b = f->backend->open(f->state);
}

act_stream_info info_of(fixture *f, const char *stream)
{
    act_stream_info info;
    assert_ok(act_broker_stream_info(f->b, act_str_cstr(stream), &info));
    return info;
}

/* Until retention, which runs in the background, has left @messages. */
void await_messages(fixture *f, const char *stream, uint64_t messages)
{
    int64_t end = act_mono_ns(act_clock_system()) + SECONDS(60);
    while (info_of(f, stream).messages != messages && act_mono_ns(act_clock_system()) < end)
        act_sleep_ns(5 * ACT_NS_PER_MS, NULL);
    assert_int_equal(info_of(f, stream).messages, messages);
}
