#include "unit/pipeline/policy_help.h"

#include "base/file.h"
#include "base/json_write.h"
#include "base/thread.h"
#include "kube/yaml.h"
#include "registry/registry_sqlite.h"

#include <dirent.h>
#include <unistd.h>

/* Beside the log's folder: the log takes every database in there for its own. */
static void registry_path(const test_policies *t, const char *ending, char path[static 128])
{
    (void)snprintf(path, 128, "%s.registry%s", t->log.directory, ending);
}

void policies_start(test_policies *t)
{
    *t = (test_policies){ .registry = NULL };
    log_start(&t->log, 0);
    char path[128];
    registry_path(t, "", path);
    act_registry_sqlite_options o = { .path = act_str_cstr(path),
                                      .clock = act_clock_system() };
    assert_ok(act_registry_sqlite_open(&o, &t->registry, NULL));
    assert_ok(act_rule_env_new(&t->env));
    act_policy_source_options s = { .registry = t->registry,
                                    .env = t->env,
                                    .metrics = t->log.metrics };
    assert_ok(act_policy_source_start(&s, &t->source));
}

void policies_stop(test_policies *t)
{
    act_policy_source_free(t->source);
    act_rule_env_free(t->env);
    act_registry_free(t->registry);
    static const char *const endings[] = { "", "-wal", "-shm", ".lock" };
    for (size_t i = 0; i < ACT_COUNT(endings); i++) {
        char path[128];
        registry_path(t, endings[i], path);
        (void)unlink(path); /* some are not there */
    }
    log_stop(&t->log);
}

static int64_t wall(void *ctx)
{
    act_clock c = act_clock_system();
    return act_wall_ns(c) + ((test_policies *)ctx)->skew_ns;
}

static int64_t mono(void *ctx)
{
    (void)ctx;
    return act_mono_ns(act_clock_system());
}

act_clock policies_clock(test_policies *t)
{
    return (act_clock){ wall, mono, t };
}

static act_str key_of(test_policies *t, act_str name)
{
    act_str key;
    assert_ok(act_arena_printf(t->log.arena, &key, ACT_REGISTRY_POLICIES "%.*s",
                               ACT_STR_ARG(name)));
    return key;
}

static void put_object(test_policies *t, const act_json *object)
{
    act_buf json = ACT_BUF_INIT;
    act_json_writer w = act_json_writer_on(&json);
    act_jw_value(&w, object);
    act_str name =
        act_json_string(act_json_path(object, "metadata", "name", (const char *)NULL));
    assert_true(name.len > 0);
    act_str key = key_of(t, name), value = act_buf_str(&json);
    act_entry entry;
    int64_t revision;
    if (act_registry_get(t->registry, key, t->log.arena, &entry) == ACT_OK)
        assert_ok(
            act_registry_update(t->registry, key, value, entry.mod_revision, &revision));
    else
        assert_ok(act_registry_create(t->registry, key, value, &revision));
    act_buf_done(&json);
}

static size_t put_text(test_policies *t, act_str text)
{
    const act_yaml_document *docs;
    size_t n;
    act_err e = ACT_ERR_INIT;
    if (act_yaml_read(t->log.arena, text, NULL, &docs, &n, &e))
        fail_msg("%s", e.text);
    for (size_t i = 0; i < n; i++)
        put_object(t, docs[i].value);
    return n;
}

void policies_put(test_policies *t, const char *text)
{
    assert_int_equal(put_text(t, act_str_cstr(text)), 1);
}

size_t policies_put_examples(test_policies *t)
{
    static const char folder[] = ACT_SOURCE_DIR "/examples/policies";
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    size_t n = 0;
    for (const struct dirent *e; (e = readdir(dir));) {
        char path[512];
        act_buf text = ACT_BUF_INIT;
        if (!strstr(e->d_name, ".yaml"))
            continue;
        (void)snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        assert_ok(act_file_read(path, 1 << 20, &text, NULL));
        n += put_text(t, act_buf_str(&text));
        act_buf_done(&text);
    }
    closedir(dir);
    return n;
}

void policies_remove(test_policies *t, const char *name)
{
    int64_t revision;
    assert_ok(
        act_registry_delete(t->registry, key_of(t, act_str_cstr(name)), 0, &revision));
}

void policies_settle(test_policies *t)
{
    int64_t revision;
    assert_ok(act_registry_revision(t->registry, &revision));
    assert_soon(act_policy_source_revision(t->source) >= revision);
}
