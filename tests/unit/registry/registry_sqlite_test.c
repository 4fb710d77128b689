/* ctest: labels=threads timeout=120 */
#include "registry/registry_sqlite.h"

#include "base/alloc.h"
#include "registry_suite.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#define assert_ok(call) assert_int_equal((call), ACT_OK)

typedef struct {
    char directory[32];
    char path[48];
    int64_t now_ns;
} sqlite_state;

static int64_t now(void *ctx)
{
    return ((sqlite_state *)ctx)->now_ns;
}

static void *start(void)
{
    sqlite_state *s = calloc(1, sizeof *s);
    snprintf(s->directory, sizeof s->directory, "/tmp/act-test-XXXXXX");
    assert_non_null(mkdtemp(s->directory));
    snprintf(s->path, sizeof s->path, "%s/registry.db", s->directory);
    s->now_ns = 1700000000 * ACT_NS_PER_S;
    return s;
}

static void finish(void *state)
{
    sqlite_state *s = state;
    const char *const endings[] = { "", "-wal", "-shm", ".lock" };
    for (size_t i = 0; i < ACT_COUNT(endings); i++) {
        char path[64];
        snprintf(path, sizeof path, "%s%s", s->path, endings[i]);
        (void)unlink(path);
    }
    (void)rmdir(s->directory);
    free(s);
}

static int try_open(sqlite_state *s, act_registry **ret, act_err *reterr)
{
    const act_registry_sqlite_options o = {
        .path = act_str_cstr(s->path),
        .clock = { now, now, s },
        .history_ns = 60 * ACT_NS_PER_S,
    };
    return act_registry_sqlite_open(&o, ret, reterr);
}

static act_registry *open_registry(void *state)
{
    act_registry *r = NULL;
    act_err detail = ACT_ERR_INIT;
    if (try_open(state, &r, &detail))
        fail_msg("%s", detail.text);
    return r;
}

static void advance(void *state, int64_t ns)
{
    ((sqlite_state *)state)->now_ns += ns;
}

static const registry_backend backend = {
    .name = "registry_sqlite",
    .start = start,
    .finish = finish,
    .open = open_registry,
    .advance = advance,
};

static void a_second_process_is_kept_out(void **state)
{
    (void)state;
    sqlite_state *s = start();
    act_registry *r = open_registry(s), *second = NULL;
    act_err detail = ACT_ERR_INIT;
    assert_int_equal(try_open(s, &second, &detail), ACT_ECONFLICT);
    assert_non_null(strstr(detail.text, s->path));
    assert_null(second);
    act_registry_free(r);
    act_registry_free(open_registry(s));
    finish(s);
}

static void write_file(const char *path, const char *bytes, size_t n)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

static void files_of_others_and_damaged_ones_are_refused_untouched(void **state)
{
    (void)state;
    sqlite_state *s = start();
    act_registry *r = NULL;
    act_err detail = ACT_ERR_INIT;
    static char junk[5000];
    memset(junk, 'j', sizeof junk);
    write_file(s->path, junk, sizeof junk);
    assert_int_equal(try_open(s, &r, &detail), ACT_ECORRUPT);
    assert_non_null(strstr(detail.text, s->path));
    FILE *f = fopen(s->path, "r");
    char back[sizeof junk];
    assert_int_equal(fread(back, 1, sizeof back, f), sizeof back);
    fclose(f);
    assert_memory_equal(back, junk, sizeof junk);
    (void)unlink(s->path);

    act_registry_free(open_registry(s));
    f = fopen(s->path, "r+");
    assert_int_equal(fseek(f, 68, SEEK_SET), 0); /* the application id in the header */
    assert_int_equal(fwrite("xxxx", 1, 4, f), 4);
    fclose(f);
    assert_int_equal(try_open(s, &r, &detail), ACT_ECORRUPT);
    assert_null(r);
    finish(s);
}

static void opening_survives_memory_running_out(void **state)
{
    (void)state;
    sqlite_state *s = start();
    act_registry *r = NULL;
    for (size_t n = 0; !r; n++) {
        act_fail_after(n);
        int err = try_open(s, &r, NULL);
        act_fail_after(SIZE_MAX);
        assert_true(err == ACT_OK || err == ACT_ENOMEM);
    }
    act_registry_free(r);
    finish(s);
}

enum { KILLS = 20 };

/* Raise the counter in "n" for ever and say each acknowledged value through @fd. */
static void count_until_killed(sqlite_state *s, int fd)
{
    act_registry *r;
    act_arena *a;
    act_entry e;
    if (try_open(s, &r, NULL) || act_arena_new(1 << 20, 0, &a))
        _exit(1);
    int64_t revision;
    if (act_registry_get(r, ACT_STR("n"), a, &e)) {
        if (act_registry_create(r, ACT_STR("n"), ACT_STR("0"), &revision))
            _exit(2);
        e.mod_revision = revision;
        e.value = ACT_STR("0");
    }
    uint64_t n;
    if (act_str_to_u64(e.value, &n))
        _exit(3);
    for (revision = e.mod_revision;;) {
        char text[24];
        snprintf(text, sizeof text, "%llu", (unsigned long long)++n);
        if (act_registry_update(r, ACT_STR("n"), act_str_cstr(text), revision, &revision) ||
            write(fd, &n, sizeof n) != sizeof n)
            _exit(4);
        act_arena_reset(a);
    }
}

static void what_was_acknowledged_survives_kill(void **state)
{
    (void)state;
    sqlite_state *s = start();
    uint64_t acknowledged = 0;
    for (int i = 0; i < KILLS; i++) {
        int fds[2];
        assert_int_equal(pipe(fds), 0);
        pid_t pid = fork();
        if (pid == 0)
            count_until_killed(s, fds[1]);
        close(fds[1]);
        uint64_t n;
        for (int said = 0; said < i % 4; said++) { /* one of four may not come so far */
            assert_int_equal(read(fds[0], &n, sizeof n), sizeof n);
            acknowledged = n;
        }
        usleep((useconds_t)((i * 7919) % 30000));
        kill(pid, SIGKILL);
        int status;
        waitpid(pid, &status, 0);
        assert_true(WIFSIGNALED(status));
        while (read(fds[0], &n, sizeof n) == sizeof n)
            acknowledged = n;
        close(fds[0]);
        act_registry *r = open_registry(s);
        ACT_AUTO(act_arena) a = NULL;
        act_entry e;
        assert_ok(act_arena_new(1 << 20, 0, &a));
        if (!act_registry_get(r, ACT_STR("n"), a, &e)) {
            assert_ok(act_str_to_u64(e.value, &n));
            /* One more may have been written whose answer nobody heard. */
            assert_true(n == acknowledged || n == acknowledged + 1);
            acknowledged = n;
            assert_int_equal(e.mod_revision, n + 2);
        } else {
            assert_int_equal(acknowledged, 0);
        }
        act_registry_free(r);
    }
    assert_true(acknowledged > KILLS);
    finish(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_second_process_is_kept_out),
        cmocka_unit_test(files_of_others_and_damaged_ones_are_refused_untouched),
        cmocka_unit_test(opening_survives_memory_running_out),
        cmocka_unit_test(what_was_acknowledged_survives_kill),
    };
    int failed = registry_suite_run(&backend);
    return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
