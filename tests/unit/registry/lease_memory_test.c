/* Who is short of memory takes nobody's lease away. */
#include "registry/lease.h"

#include "base/alloc.h"
#include "registry/registry_sqlite.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

static act_lease *lease(act_registry *r, const char *holder)
{
    act_lease *l;
    act_lease_options o = { .registry = r,
                            .key = ACT_STR("leases/x"),
                            .holder = act_str_cstr(holder),
                            .duration_ns = 3600 * ACT_NS_PER_S,
                            .clock = act_clock_system() };
    assert_int_equal(act_lease_new(&o, &l), 0);
    return l;
}

static void a_failed_look_is_no_free_lease(void **state)
{
    (void)state;
    char directory[] = "/tmp/act-lease-XXXXXX", path[80], command[80];
    act_registry *registry;
    assert_non_null(mkdtemp(directory));
    (void)snprintf(path, sizeof path, "%s/registry.sqlite", directory);
    act_registry_sqlite_options o = { .path = act_str_cstr(path),
                                      .clock = act_clock_system() };
    assert_int_equal(act_registry_sqlite_open(&o, &registry, NULL), 0);
    act_lease *mine = lease(registry, "mine"), *other = lease(registry, "other");
    assert_int_equal(act_lease_hold(mine), 0);
    int r = ACT_ENOMEM;
    for (size_t n = 0; r == ACT_ENOMEM; n++) {
        act_fail_after(n);
        r = act_lease_hold(other);
        act_fail_after(SIZE_MAX);
    }
    assert_int_equal(r, ACT_EAGAIN);
    assert_false(act_lease_is_held(other));
    act_lease_free(other);
    act_lease_free(mine);
    act_registry_free(registry);
    (void)snprintf(command, sizeof command, "rm -rf %s", directory);
    assert_int_equal(system(command), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(a_failed_look_is_no_free_lease) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
