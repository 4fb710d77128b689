/* Policies from files into the registry, when a server starts. */
#include "cmd/policy_load.h"

#include "api/persisted.h"
#include "api/policies.h"
#include "base/file.h"
#include "pipeline/policy_source.h"
#include "registry/registry_sqlite.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <stdlib.h>
#include <unistd.h>

static char directory[] = "/tmp/policy-load-XXXXXX";
static act_registry *registry;
static act_rule_env *rules;
static act_arena *arena;

static const char *path_of(const char *name)
{
    static char path[128];
    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    return path;
}

static int setup(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(directory));
    const act_registry_sqlite_options o = { .path =
                                                act_str_cstr(path_of("registry.sqlite")),
                                            .clock = act_clock_system() };
    assert_int_equal(act_registry_sqlite_open(&o, &registry, NULL), 0);
    assert_int_equal(act_rule_env_new(&rules), 0);
    return act_arena_new(16 << 20, 0, &arena);
}

static int teardown(void **state)
{
    char command[128];
    (void)state;
    act_registry_free(registry);
    act_rule_env_free(rules);
    act_arena_free(arena);
    (void)snprintf(command, sizeof command, "rm -rf %s", directory);
    return system(command);
}

/* Load a policy with this metadata; the error's text in @said. */
static int load(const char *metadata, char said[256])
{
    char text[1024];
    act_err e = ACT_ERR_INIT;
    (void)snprintf(text, sizeof text,
                   "apiVersion: activity.miloapis.com/v1alpha1\nkind: ActivityPolicy\n"
                   "metadata: {%s}\nspec:\n  resource: {apiGroup: apps, kind: Deployment}\n"
                   "  auditRules: [{name: a, match: 'true', summary: s}]\n",
                   metadata);
    assert_int_equal(act_file_replace(path_of("p.yaml"), act_str_cstr(text), 0600, NULL),
                     0);
    const act_policy_load_options o = { .registry = registry,
                                        .env = rules,
                                        .clock = act_clock_system(),
                                        .random = act_random_system() };
    int r = act_policy_load(&o, path_of("p.yaml"), &e);
    (void)snprintf(said, 256, "%s", e.text);
    return r;
}

static const act_json *stored(const char *name, int64_t *ret_revision)
{
    act_entry entry;
    const act_json *object;
    act_str key;
    act_arena_reset(arena);
    assert_int_equal(act_arena_printf(arena, &key, "%s%s", ACT_REGISTRY_POLICIES, name), 0);
    assert_int_equal(act_registry_get(registry, key, arena, &entry), 0);
    assert_int_equal(act_persisted_object(arena, &entry, &object), 0);
    *ret_revision = entry.mod_revision;
    return object;
}

/* kubectl apply takes such a file, too: a cluster's object is in no namespace. */
static void a_namespace_is_left_out(void **state)
{
    char said[256];
    int64_t first, second;
    (void)state;
    assert_int_equal(load("name: a, namespace: web, labels: {l: v}", said), 0);
    const act_json *object = stored("a", &first);
    assert_int_equal(act_object_meta(object, "namespace").len, 0);
    assert_true(act_str_eq_cstr(act_object_meta(object, "name"), "a"));
    assert_int_equal(load("name: a, namespace: other, labels: {l: v}", said), 0);
    object = stored("a", &second);
    assert_int_equal(first, second); /* nothing has changed */
}

static void bad_metadata_is_refused_with_its_place(void **state)
{
    char said[256];
    (void)state;
    assert_int_equal(load("name: 'a/b'", said), ACT_EINVAL);
    assert_non_null(strstr(said, "p.yaml:1: metadata.name: Invalid value"));
    assert_int_equal(load("namespace: web", said), ACT_EINVAL);
    assert_non_null(strstr(said, "metadata.name: Required value"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_namespace_is_left_out),
        cmocka_unit_test(bad_metadata_is_refused_with_its_place),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
