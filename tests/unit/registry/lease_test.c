/* One holder at a time, whoever dies; the clock is the test's. */
#include "registry/lease.h"

#include "registry/registry_sqlite.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#define KEY ACT_STR("leases/x")
#define S ACT_NS_PER_S

static struct {
    char directory[40];
    act_registry *registry;
    int64_t now_ns;
} t;

static int64_t now(void *ctx)
{
    (void)ctx;
    return t.now_ns;
}

static int setup(void **state)
{
    char path[80];
    (void)state;
    (void)snprintf(t.directory, sizeof t.directory, "/tmp/act-lease-XXXXXX");
    assert_non_null(mkdtemp(t.directory));
    (void)snprintf(path, sizeof path, "%s/registry.sqlite", t.directory);
    act_registry_sqlite_options o = { .path = act_str_cstr(path),
                                      .clock = act_clock_system() };
    assert_int_equal(act_registry_sqlite_open(&o, &t.registry, NULL), 0);
    t.now_ns = 1000 * S;
    return 0;
}

static int teardown(void **state)
{
    char command[80];
    (void)state;
    act_registry_free(t.registry);
    (void)snprintf(command, sizeof command, "rm -rf %s", t.directory);
    return system(command);
}

static act_lease *lease(const char *holder, bool alone)
{
    act_lease *l;
    act_lease_options o = { .registry = t.registry,
                            .key = KEY,
                            .holder = act_str_cstr(holder),
                            .duration_ns = 12 * S,
                            .alone = alone,
                            .clock = { now, now, NULL } };
    assert_int_equal(act_lease_new(&o, &l), 0);
    return l;
}

static int64_t revision(void)
{
    int64_t r;
    assert_int_equal(act_registry_revision(t.registry, &r), 0);
    return r;
}

static void one_holds_it_as_long_as_it_renews(void **state)
{
    (void)state;
    act_lease *a = lease("a", false), *b = lease("b", false);
    assert_false(act_lease_is_held(a));
    assert_int_equal(act_lease_hold(a), 0);
    for (int i = 0; i < 30; i++, t.now_ns += 2 * S) {
        assert_int_equal(act_lease_hold(a), 0);
        assert_int_equal(act_lease_hold(b), ACT_EAGAIN);
        assert_false(act_lease_is_held(b));
    }
    act_lease_free(a);
    act_lease_free(b);
}

static void renewals_are_written_when_they_are_due(void **state)
{
    (void)state;
    act_lease *a = lease("a", false);
    assert_int_equal(act_lease_hold(a), 0);
    int64_t before = revision();
    t.now_ns += 3 * S;
    assert_int_equal(act_lease_hold(a), 0);
    assert_int_equal(revision(), before);
    t.now_ns += 1 * S;
    assert_int_equal(act_lease_hold(a), 0);
    assert_int_equal(revision(), before + 1);
    act_lease_free(a);
}

/* The others wait a whole duration from when they saw it first; the old holder has given up
 * by then, and learns it. */
static void a_dead_holder_is_followed(void **state)
{
    (void)state;
    act_lease *a = lease("a", false), *b = lease("b", false);
    assert_int_equal(act_lease_hold(a), 0);
    assert_int_equal(act_lease_hold(b), ACT_EAGAIN);
    t.now_ns += 9 * S;
    assert_false(act_lease_is_held(a));
    assert_int_equal(act_lease_hold(b), ACT_EAGAIN);
    t.now_ns += 3 * S;
    assert_int_equal(act_lease_hold(b), 0);
    assert_int_equal(act_lease_hold(a), ACT_EAGAIN);
    assert_true(act_lease_is_held(b));
    act_lease_free(a); /* does not give back what is another's */
    t.now_ns += 5 * S;
    assert_int_equal(act_lease_hold(b), 0);
    act_lease_free(b);
}

static void what_is_given_back_is_taken_at_once(void **state)
{
    (void)state;
    act_lease *a = lease("a", false), *b = lease("b", false);
    assert_int_equal(act_lease_hold(a), 0);
    assert_int_equal(act_lease_hold(b), ACT_EAGAIN);
    act_lease_free(a);
    assert_int_equal(act_lease_hold(b), 0);
    act_lease_free(b);
}

static void alone_one_need_not_wait_for_the_dead(void **state)
{
    (void)state;
    int64_t written;
    assert_int_equal(
        act_registry_create(t.registry, KEY, ACT_STR("{\"holder\":\"dead\"}"), &written),
        0);
    act_lease *a = lease("a", true);
    assert_int_equal(act_lease_hold(a), 0);
    act_lease_free(a);
    /* What is no lease is nobody's. */
    assert_int_equal(
        act_registry_update(t.registry, KEY, ACT_STR("what?"), revision(), &written), 0);
    act_lease *b = lease("b", false);
    assert_int_equal(act_lease_hold(b), 0);
    act_lease_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(one_holds_it_as_long_as_it_renews),
        TEST(renewals_are_written_when_they_are_due),
        TEST(a_dead_holder_is_followed),
        TEST(what_is_given_back_is_taken_at_once),
        TEST(alone_one_need_not_wait_for_the_dead),
#undef TEST
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
