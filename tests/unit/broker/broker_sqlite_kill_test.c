/* Nothing acknowledged is lost, and nothing is doubled, when the process is killed. */
/* ctest: timeout=180 */
#include "sqlite_backend.h"

#include "base/thread.h"
#include "broker_help.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { KILLS = 20, BATCH = 7, RECORDS_MAX = 1 << 20 };

/* What the killed processes were told; shared memory, so that it outlives them. Message n
 * (from 1) has the id "n" and the payload "payload n". */
typedef struct {
    uint64_t published;                /* messages 1 to here were acknowledged */
    uint64_t sequence[RECORDS_MAX];    /* of message n, as told */
    unsigned char acked[RECORDS_MAX];  /* by sequence: its ack returned */
    unsigned char delivered_after_ack; /* must stay 0 */
} ledger;

typedef struct {
    const char *directory;
    ledger *ledger;
    act_broker *b;
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
        if (act_broker_publish(k->b, ACT_STR("S"), m, BATCH, sequences, NULL))
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
        uint64_t sequences[64];
        act_arena_reset(a);
        if (act_consumer_fetch(c, 64, -1, a, &got, &n))
            _exit(12);
        for (size_t i = 0; i < n; i++) {
            if (k->ledger->acked[got[i].sequence])
                k->ledger->delivered_after_ack = 1;
            if (got[i].sequence % 5 != 3 || got[i].sequence % 3 == 0)
                sequences[acks++] = got[i].sequence;
        }
        if (act_consumer_ack(c, sequences, acks))
            _exit(13);
        for (size_t i = 0; i < acks; i++)
            k->ledger->acked[sequences[i]] = 1;
    }
    return NULL;
}

static void live(const char *directory, ledger *l)
{
    child k = { .directory = directory, .ledger = l };
    act_stream_config config = { .name = ACT_STR("S"),
                                 .subjects = ACT_STR("a.>"),
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

static void kill_at_any_moment_loses_and_doubles_nothing(void **state)
{
    (void)state;
    char *directory = new_directory();
    ledger *l =
        mmap(NULL, sizeof *l, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(l != MAP_FAILED);
    uint64_t last = 0;
    for (int i = 0; i < KILLS; i++) {
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0)
            live(directory, l);
        usleep((useconds_t)(20000 + (i * 7919) % 60000));
        kill(pid, SIGKILL);
        int status;
        assert_int_equal(waitpid(pid, &status, 0), pid);
        if (!WIFSIGNALED(status))
            fail_msg("child said %d", WEXITSTATUS(status));
        assert_int_equal(l->delivered_after_ack, 0);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kill_at_any_moment_loses_and_doubles_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
