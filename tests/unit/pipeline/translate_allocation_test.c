/* Translating asks nothing of the heap once a translator is warm: all example policies over
 * all records of tests/data. */
#include "heap_count.h"

#include "core/translate.h"
#include "kube/yaml.h"
#include "net/secret_file.h"

#include "base/json_write.h"

#include <dirent.h>

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

enum { RECORDS_MAX = 1024, POLICIES_MAX = 64, PADDING = 64 };

typedef struct {
    enum act_rule_kind kind;
    act_str text; /* PADDING bytes behind it, as the broker delivers them */
} record;

static act_arena *arena;
static act_rule_env *env;
static act_policy_set *set;
static record records[RECORDS_MAX];
static size_t record_count;

static act_str read_file(const char *path)
{
    act_buf text = ACT_BUF_INIT;
    act_str copy = { 0 };
    assert_int_equal(act_file_read(path, 16 << 20, &text, NULL), ACT_OK);
    assert_int_equal(act_arena_str(arena, act_buf_str(&text), &copy), ACT_OK);
    act_buf_done(&text);
    return copy;
}

static void add_record(enum act_rule_kind kind, act_str text)
{
    char *padded = act_arena_alloc(arena, text.len + PADDING);
    assert_non_null(padded);
    assert_true(record_count < RECORDS_MAX);
    memcpy(padded, text.ptr, text.len);
    records[record_count++] = (record){ kind, act_str_from(padded, text.len) };
}

static void read_audit_log(void)
{
    act_str rest = read_file(ACT_TEST_DATA "/audit.jsonl"), line;
    while (rest.len) {
        rest = act_str_split(rest, '\n', &line);
        if (line.len)
            add_record(ACT_RULE_AUDIT, line);
    }
}

static void read_events(void)
{
    act_json_parser *parser;
    const act_json *list;
    size_t n;
    assert_int_equal(act_json_parser_new((act_json_limits){ 0 }, &parser), ACT_OK);
    assert_int_equal(act_json_parse(parser, arena,
                                    read_file(ACT_TEST_DATA "/events-k8sio.json"), 0, &list,
                                    NULL),
                     ACT_OK);
    const act_json *items = act_json_items(act_json_get(list, ACT_STR("items")), &n);
    for (size_t i = 0; i < n; i++) {
        act_buf text = ACT_BUF_INIT;
        act_json_writer w = act_json_writer_on(&text);
        act_jw_value(&w, &items[i]);
        add_record(ACT_RULE_EVENT, act_buf_str(&text));
        act_buf_done(&text);
    }
    act_json_parser_free(parser);
}

static void read_policies(void)
{
    static const char folder[] = ACT_SOURCE_DIR "/examples/policies";
    const act_json *objects[POLICIES_MAX];
    size_t n = 0, invalid = 0;
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    for (const struct dirent *d; (d = readdir(dir));) {
        char path[512];
        const act_yaml_document *docs;
        size_t count;
        if (!strstr(d->d_name, ".yaml"))
            continue;
        (void)snprintf(path, sizeof path, "%s/%s", folder, d->d_name);
        assert_int_equal(act_yaml_read(arena, read_file(path), NULL, &docs, &count, NULL),
                         ACT_OK);
        for (size_t i = 0; i < count && n < POLICIES_MAX; i++)
            objects[n++] = docs[i].value;
    }
    closedir(dir);
    assert_int_equal(act_policy_set_new(env, objects, n, 1, &set, &invalid), ACT_OK);
    assert_int_equal(invalid, 0);
}

static int open_all(void **state)
{
    (void)state;
    assert_int_equal(act_arena_new(256 << 20, 0, &arena), ACT_OK);
    assert_int_equal(act_rule_env_new(&env), ACT_OK);
    read_policies();
    read_audit_log();
    read_events();
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    (void)act_policy_set_unref(set);
    act_rule_env_free(env);
    act_arena_free(arena);
    return 0;
}

/* Activities made of all records. */
static size_t translate_all(act_translator *t)
{
    size_t activities = 0;
    for (size_t i = 0; i < record_count; i++) {
        act_translation r;
        if (act_translate(t, set, records[i].kind, records[i].text, PADDING, &r))
            abort();
        activities += r.outcome == ACT_OUTCOME_ACTIVITY;
    }
    return activities;
}

/* Each policy's rules on each record, whatever it is about: most evaluations of all. */
static void evaluate_all(act_translator *t)
{
    static const char *const groups[] = { "apps", "", "batch", "rbac.authorization.k8s.io",
                                          "networking.k8s.io" };
    static const char *const kinds[] = { "deployments", "pods", "jobs", "roles",
                                         "ingresses" };
    for (size_t g = 0; g < ACT_COUNT(groups); g++) {
        size_t n;
        const act_policy *const *policies = act_policy_set_lookup(
            set, ACT_RULE_AUDIT, act_str_cstr(groups[g]), act_str_cstr(kinds[g]), &n);
        if (n == 0)
            abort();
        for (size_t p = 0; p < n; p++)
            for (size_t i = 0; i < record_count; i++) {
                act_translation r;
                if (act_translate_by(t, policies[p], records[i].kind, records[i].text,
                                     PADDING, &r))
                    abort();
            }
    }
}

static void a_warm_translator_allocates_nothing(void **state)
{
    (void)state;
    ACT_AUTO(act_translator) t = NULL;
    assert_int_equal(act_translator_new(env, &t), ACT_OK);
    size_t activities = translate_all(t);
    assert_true(activities > 50);
    evaluate_all(t);
    assert_int_equal(translate_all(t), activities);
    size_t allocations = atomic_load(&heap_allocations), frees = atomic_load(&heap_frees);
    (void)translate_all(t);
    evaluate_all(t);
    allocations = atomic_load(&heap_allocations) - allocations;
    frees = atomic_load(&heap_frees) - frees;
    if (HEAP_COUNTS) {
        assert_int_equal(allocations, 0);
        assert_int_equal(frees, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_warm_translator_allocates_nothing),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
