/* Nothing acknowledged is lost, and nothing is doubled, when the process is killed. */
/* ctest: timeout=180 */
#include "sqlite_backend.h"

#include "base/thread.h"
#include "broker_help.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    KILLS = 20,
    BATCH = 7,
    RECORDS_MAX = 1 << 20,
    FETCH = 64,
    NARROW_BYTES = 3000, /* some 200 messages */
};

/* What the killed processes were told; shared memory, so that it outlives them. Message n
 * (from 1) has the id "n" and the payload "payload n". */
typedef struct {
    _Atomic uint64_t published;        /* messages 1 to here were acknowledged */
    uint64_t sequence[RECORDS_MAX];    /* of message n, as told */
    unsigned char acked[RECORDS_MAX];  /* by sequence: its ack returned */
    unsigned char delivered_after_ack; /* must stay 0 */
} ledger;

typedef struct {
    const char *directory;
    ledger *ledger;
    act_broker *b;
    bool narrow; /* the limit of bytes is always reached, so all is acknowledged */
} child;

static void publish_on(child *k)
{
    uint64_t next = k->ledger->published + 1;
    while (next + BATCH < RECORDS_MAX) {
        char ids[BATCH][24], payloads[BATCH][40];
        act_message m[BATCH];
        uint64_t sequences[BATCH];
        for (size_t i = 0; i < BATCH; i++) {
            unsigned long long number = next + i;
            snprintf(ids[i], sizeof ids[i], "%llu", number);
            snprintf(payloads[i], sizeof payloads[i], "payload %llu", number);
            m[i] = (act_message){ ACT_STR("a.b"), act_str_cstr(ids[i]),
                                  act_str_cstr(payloads[i]) };
        }
        int err;
        while ((err = act_broker_publish(k->b, ACT_STR("S"), m, BATCH, sequences, NULL)) ==
               ACT_EFULL)
            act_sleep_ns(ACT_NS_PER_MS, NULL);
        if (err)
            _exit(10);
        for (size_t i = 0; i < BATCH; i++)
            k->ledger->sequence[next + i] = sequences[i];
        next += BATCH;
        k->ledger->published = next - 1;
    }
}

/* Acknowledge most of what comes, at once or together, and leave some to the next life. */
static void *consume(void *arg)
{
    child *k = arg;
    act_arena *a;
    act_consumer_config config = { .durable = ACT_STR("d"),
                                   .ack_wait_ns = 3600 * ACT_NS_PER_S,
                                   .max_ack_pending = 500 };
    act_consumer *c;
    if (act_arena_new(64 << 20, 0, &a) ||
        act_consumer_open(k->b, ACT_STR("S"), &config, &c, NULL))
        _exit(11);
    while (true) {
        const act_delivery *got;
        size_t n, acks = 0;
        uint64_t sequences[FETCH];
        act_arena_reset(a);
        if (act_consumer_fetch(c, FETCH, -1, a, &got, &n))
            _exit(12);
        for (size_t i = 0; i < n; i++) {
            if (k->ledger->acked[got[i].sequence])
                k->ledger->delivered_after_ack = 1;
            if (k->narrow || got[i].sequence % 5 != 3 || got[i].sequence % 3 == 0)
                sequences[acks++] = got[i].sequence;
        }
        if (act_consumer_ack(c, sequences, acks))
            _exit(13);
        for (size_t i = 0; i < acks; i++)
            k->ledger->acked[sequences[i]] = 1;
    }
    return NULL;
}

static void live(const char *directory, ledger *l, bool narrow)
{
    child k = { .directory = directory, .ledger = l, .narrow = narrow };
    act_stream_config config = { .name = ACT_STR("S"),
                                 .subjects = ACT_STR("a.>"),
                                 .max_bytes = narrow ? NARROW_BYTES : 0,
                                 .duplicate_window_ns = 3600 * ACT_NS_PER_S };
    pthread_t consumer;
    if (sqlite_open(directory, NULL, &k.b, NULL) ||
        act_broker_stream_ensure(k.b, &config, NULL) ||
        act_thread_start(&consumer, "consumer", consume, &k))
        _exit(14);
    publish_on(&k);
    _exit(15);
}

/* Every acknowledged message is there once, under the sequence that was told; sequences
 * have no gap. At most the one batch whose answer was not heard comes on top. */
static uint64_t check_stream(act_broker *b, const ledger *l)
{
    ACT_AUTO(act_arena) a = NULL;
    act_reader *r;
    uint64_t expected = 1;
    assert_ok(act_arena_new(64 << 20, 0, &a));
    assert_ok(act_reader_open(b, ACT_STR("S"), 1, ACT_STR(""), &r));
    while (true) {
        const act_delivery *got;
        size_t n;
        act_arena_reset(a);
        int err = act_reader_next(r, 1000, 0, a, &got, &n, NULL);
        if (err == ACT_EAGAIN)
            break;
        assert_ok(err);
        for (size_t i = 0; i < n; i++, expected++) {
            uint64_t number;
            assert_int_equal(got[i].sequence, expected);
            assert_ok(act_str_to_u64(got[i].id, &number));
            assert_int_equal(number, expected); /* each once and in order */
            assert_true(act_str_starts(got[i].payload, ACT_STR("payload ")));
            assert_true(act_str_eq(act_str_cut(got[i].payload, 8), got[i].id));
            if (number <= l->published)
                assert_int_equal(l->sequence[number], expected);
        }
    }
    act_reader_close(r);
    uint64_t unheard = expected - 1 - l->published; /* a batch is there wholly or not */
    assert_true(unheard == 0 || unheard == BATCH);
    return expected - 1;
}

/* A restart offers everything but what was acknowledged. */
static void check_consumer(act_broker *b, const ledger *l, uint64_t last)
{
    ACT_AUTO(act_arena) a = NULL;
    act_consumer *c = open_consumer(b, "S", "d", "", 3600 * ACT_NS_PER_S, UINT32_MAX);
    assert_ok(act_arena_new(64 << 20, 0, &a));
    uint64_t before = 0;
    while (true) {
        const act_delivery *got;
        size_t n;
        act_arena_reset(a);
        int err = act_consumer_fetch(c, 1000, 0, a, &got, &n);
        if (err == ACT_EAGAIN)
            break;
        assert_ok(err);
        for (size_t i = 0; i < n; i++) {
            assert_false(l->acked[got[i].sequence]);
            /* Those left out may only be acknowledged ones, whose answer may be unheard. */
            for (uint64_t s = before + 1; s < got[i].sequence; s++)
                assert_true(l->acked[s] || s % 5 != 3 || s % 3 == 0);
            before = got[i].sequence;
        }
    }
    for (uint64_t s = before + 1; s <= last; s++)
        assert_true(l->acked[s] || s % 5 != 3 || s % 3 == 0);
    act_consumer_close(c);
}

static ledger *new_ledger(void)
{
    ledger *l =
        mmap(NULL, sizeof *l, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(l != MAP_FAILED);
    return l;
}

/* One life that ends at a moment of its own: of four one may end before it does anything,
 * the others after so many @batches and twice and three times as many. */
static void live_and_die(const char *directory, ledger *l, bool narrow, int i,
                         uint64_t batches)
{
    int status;
    uint64_t wanted = l->published + (uint64_t)(i % 4) * batches * BATCH;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        live(directory, l, narrow);
    int64_t end = act_mono_ns(act_clock_system()) + 60 * ACT_NS_PER_S;
    while (l->published < wanted && act_mono_ns(act_clock_system()) < end)
        act_sleep_ns(ACT_NS_PER_MS, NULL);
    usleep((useconds_t)((i * 7919) % 60000));
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (!WIFSIGNALED(status))
        fail_msg("child said %d", WEXITSTATUS(status));
    assert_int_equal(l->delivered_after_ack, 0);
}

static void kill_at_any_moment_loses_and_doubles_nothing(void **state)
{
    (void)state;
    char *directory = new_directory();
    ledger *l = new_ledger();
    uint64_t last = 0;
    for (int i = 0; i < KILLS; i++) {
        live_and_die(directory, l, false, i, 1);
        act_broker *b = NULL;
        act_err detail = ACT_ERR_INIT;
        if (sqlite_open(directory, NULL, &b, &detail))
            fail_msg("%s", detail.text);
        act_stream_info info;
        if (act_broker_stream_info(b, ACT_STR("S"), &info) == ACT_OK) {
            last = check_stream(b, l);
            assert_int_equal(info.last_sequence, last);
            assert_int_equal(info.messages, last);
            check_consumer(b, l, last);
        } /* the next life publishes the unheard batch again, which must not double it */
        act_broker_free(b);
    }
    assert_true(last > KILLS * BATCH); /* it did live in between */
    munmap(l, sizeof *l);
    remove_directory(directory);
}

/* What the limit removed was acknowledged; what is kept has no gap, and its sums are right.
 */
static void check_narrow(act_broker *b, const ledger *l)
{
    ACT_AUTO(act_arena) a = NULL;
    act_reader *r;
    act_stream_info info;
    const act_delivery *got;
    size_t n;
    uint64_t bytes = 0;
    assert_ok(act_arena_new(64 << 20, 0, &a));
    assert_ok(act_broker_stream_info(b, ACT_STR("S"), &info));
    for (uint64_t s = 1; s < info.first_sequence; s++)
        assert_true(l->acked[s]);
    uint64_t expected = info.first_sequence;
    assert_ok(act_reader_open(b, ACT_STR("S"), expected, ACT_STR(""), &r));
    while (act_reader_next(r, 1000, 0, a, &got, &n, NULL) == ACT_OK)
        for (size_t i = 0; i < n; i++) {
            assert_int_equal(got[i].sequence, expected++);
            bytes += got[i].payload.len;
        }
    act_reader_close(r);
    assert_int_equal(expected, info.last_sequence + 1);
    assert_int_equal(info.messages, expected - info.first_sequence);
    assert_int_equal(info.bytes, bytes);
    assert_true(bytes <= NARROW_BYTES);
}

static unsigned note_ack(ledger *l, uint64_t sequence)
{
    unsigned is_new = !l->acked[sequence];
    l->acked[sequence] = 1;
    return is_new;
}

/* Whether the last acks took effect was not heard: they did when the messages do not come
 * again. That is one batch of them at most. */
static void note_unheard_acks(act_broker *b, ledger *l)
{
    ACT_AUTO(act_arena) a = NULL;
    act_stream_info info;
    const act_delivery *got;
    size_t n;
    uint64_t unheard = 0, before = 0;
    assert_ok(act_arena_new(64 << 20, 0, &a));
    assert_ok(act_broker_stream_info(b, ACT_STR("S"), &info));
    act_consumer *c = open_consumer(b, "S", "d", "", 3600 * ACT_NS_PER_S, UINT32_MAX);
    while (act_consumer_fetch(c, 1000, 0, a, &got, &n) == ACT_OK)
        for (size_t i = 0; i < n; before = got[i++].sequence)
            for (uint64_t s = before + 1; s < got[i].sequence; s++)
                unheard += note_ack(l, s);
    for (uint64_t s = before + 1; s <= info.last_sequence; s++)
        unheard += note_ack(l, s);
    act_consumer_close(c);
    assert_true(unheard <= FETCH);
}

static void kill_while_a_limit_removes_takes_only_what_was_acknowledged(void **state)
{
    (void)state;
    char *directory = new_directory();
    ledger *l = new_ledger();
    act_stream_info info = { .first_sequence = 1 };
    for (int i = 0; i < KILLS; i++) {
        act_broker *b = NULL;
        act_err detail = ACT_ERR_INIT;
        live_and_die(directory, l, true, i, 6);
        if (sqlite_open(directory, NULL, &b, &detail))
            fail_msg("%s", detail.text);
        if (act_broker_stream_info(b, ACT_STR("S"), &info) == ACT_OK) {
            note_unheard_acks(b, l);
            check_narrow(b, l);
        }
        act_broker_free(b);
    }
    assert_true(info.first_sequence > 500); /* the limit did work in between */
    munmap(l, sizeof *l);
    remove_directory(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kill_at_any_moment_loses_and_doubles_nothing),
        cmocka_unit_test(kill_while_a_limit_removes_takes_only_what_was_acknowledged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
