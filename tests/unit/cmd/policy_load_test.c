/* Policies of files into the registry: made, brought up to date, left alone. */
#include "cmd/policy_load.h"

#include "base/json.h"
#include "registry/registry_sqlite.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#define assert_ok(call) assert_int_equal((call), ACT_OK)

typedef struct {
    char directory[40], file[80];
    act_registry *registry;
    act_rule_env *env;
    act_arena *arena;
} fixture;

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    char path[80];
    (void)snprintf(f->directory, sizeof f->directory, "/tmp/act-policies-XXXXXX");
    assert_non_null(mkdtemp(f->directory));
    (void)snprintf(f->file, sizeof f->file, "%s/policy.yaml", f->directory);
    (void)snprintf(path, sizeof path, "%s/registry.sqlite", f->directory);
    act_registry_sqlite_options o = { .path = act_str_cstr(path),
                                      .clock = act_clock_system() };
    assert_ok(act_registry_sqlite_open(&o, &f->registry, NULL));
    assert_ok(act_rule_env_new(&f->env));
    assert_ok(act_arena_new(16 << 20, 0, &f->arena));
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    char command[80];
    act_arena_free(f->arena);
    act_rule_env_free(f->env);
    act_registry_free(f->registry);
    (void)snprintf(command, sizeof command, "rm -rf %s", f->directory);
    free(f);
    return system(command);
}

static void write_policy(const fixture *f, const char *team, const char *match)
{
    FILE *out = fopen(f->file, "w");
    assert_non_null(out);
    (void)fprintf(out,
                  "apiVersion: activity.miloapis.com/v1alpha1\nkind: ActivityPolicy\n"
                  "metadata:\n  name: pods\n  labels: {team: %s}\n"
                  "spec:\n  resource: {apiGroup: '', kind: Pod}\n"
                  "  auditRules:\n  - {name: any, match: \"%s\", summary: something}\n",
                  team, match);
    assert_int_equal(fclose(out), 0);
}

static int load(const fixture *f, act_err *e)
{
    const act_policy_load_options o = { f->registry, f->env, act_clock_system(),
                                        act_random_system(), NULL };
    *e = ACT_ERR_INIT;
    return act_policy_load(&o, f->file, e);
}

static void load_ok(const fixture *f)
{
    act_err e;
    if (load(f, &e))
        fail_msg("%s", e.text);
}

/* The stored policy; *ret_revision: its. */
static const act_json *stored(const fixture *f, int64_t *ret_revision)
{
    act_entry entry;
    act_json_parser *p;
    const act_json *v;
    assert_ok(
        act_registry_get(f->registry, ACT_STR("activitypolicies/pods"), f->arena, &entry));
    assert_ok(act_json_parser_new((act_json_limits){ 0 }, &p));
    assert_ok(act_json_parse(p, f->arena, entry.value, 0, &v, NULL));
    act_json_parser_free(p);
    *ret_revision = entry.mod_revision;
    return v;
}

static void expect_team(const act_json *policy, const char *team)
{
    const act_json *label = act_json_path(policy, "metadata", "labels", "team", NULL);
    assert_true(act_json_is(label, act_str_cstr(team)));
}

static void what_the_file_says_is_taken_over(void **state)
{
    fixture *f = *state;
    int64_t first, second, third, fourth;
    write_policy(f, "red", "true");
    load_ok(f);
    const act_json *made = stored(f, &first);
    expect_team(made, "red");
    load_ok(f); /* the same again */
    (void)stored(f, &second);
    assert_int_equal(second, first);
    write_policy(f, "tan", "true"); /* as long as before */
    load_ok(f);
    expect_team(stored(f, &third), "tan");
    assert_int_not_equal(third, first);
    write_policy(f, "tan", "false");
    load_ok(f);
    const act_json *last = stored(f, &fourth);
    assert_int_not_equal(fourth, third);
    assert_int_equal(act_object_generation(last), 2);
    assert_true(act_str_eq(act_object_meta(last, "uid"), act_object_meta(made, "uid")));
}

static void a_policy_that_is_not_valid_is_told_and_not_stored(void **state)
{
    fixture *f = *state;
    act_err e;
    act_entry entry;
    write_policy(f, "red", "no such thing");
    assert_int_equal(load(f, &e), ACT_EINVAL);
    assert_non_null(strstr(e.text, "policy.yaml:1"));
    assert_int_equal(
        act_registry_get(f->registry, ACT_STR("activitypolicies/pods"), f->arena, &entry),
        ACT_ENOTFOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_the_file_says_is_taken_over, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_policy_that_is_not_valid_is_told_and_not_stored,
                                        set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
