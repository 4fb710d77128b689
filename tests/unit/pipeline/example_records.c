#include "unit/pipeline/example_records.h"

#include "base/file.h"
#include "base/json_write.h"
#include "kube/yaml.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static act_str read_file(examples *x, const char *path)
{
    act_buf text = ACT_BUF_INIT;
    act_str copy = { 0 };
    assert_int_equal(act_file_read(path, 16 << 20, &text, NULL), ACT_OK);
    assert_int_equal(act_arena_str(x->arena, act_buf_str(&text), &copy), ACT_OK);
    act_buf_done(&text);
    return copy;
}

static void add_record(examples *x, enum act_rule_kind kind, act_str text)
{
    char *padded = act_arena_alloc(x->arena, text.len + EXAMPLE_PADDING);
    assert_non_null(padded);
    assert_true(x->n_records < EXAMPLE_RECORDS_MAX);
    memcpy(padded, text.ptr, text.len);
    x->records[x->n_records++] = (example_record){ kind, act_str_from(padded, text.len) };
}

static void read_audit_log(examples *x)
{
    act_str rest = read_file(x, ACT_TEST_DATA "/audit.jsonl"), line;
    while (rest.len) {
        rest = act_str_split(rest, '\n', &line);
        if (line.len)
            add_record(x, ACT_RULE_AUDIT, line);
    }
}

static void read_events(examples *x)
{
    act_json_parser *parser;
    const act_json *list;
    size_t n;
    act_str text = read_file(x, ACT_TEST_DATA "/events-k8sio.json");
    assert_int_equal(act_json_parser_new((act_json_limits){ 0 }, &parser), ACT_OK);
    assert_int_equal(act_json_parse(parser, x->arena, text, 0, &list, NULL), ACT_OK);
    const act_json *items = act_json_items(act_json_get(list, ACT_STR("items")), &n);
    for (size_t i = 0; i < n; i++) {
        act_buf event = ACT_BUF_INIT;
        act_json_writer w = act_json_writer_on(&event);
        act_jw_value(&w, &items[i]);
        add_record(x, ACT_RULE_EVENT, act_buf_str(&event));
        act_buf_done(&event);
    }
    act_json_parser_free(parser);
}

static void read_policies(examples *x)
{
    static const char folder[] = ACT_SOURCE_DIR "/examples/policies";
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    for (const struct dirent *d; (d = readdir(dir));) {
        char path[512];
        const act_yaml_document *docs;
        size_t count;
        if (!strstr(d->d_name, ".yaml"))
            continue;
        (void)snprintf(path, sizeof path, "%s/%s", folder, d->d_name);
        assert_int_equal(
            act_yaml_read(x->arena, read_file(x, path), NULL, &docs, &count, NULL), ACT_OK);
        assert_true(x->n_policies + count <= EXAMPLE_POLICIES_MAX);
        for (size_t i = 0; i < count; i++)
            x->policies[x->n_policies++] = docs[i].value;
    }
    closedir(dir);
}

void examples_read(examples *x)
{
    *x = (examples){ 0 };
    assert_int_equal(act_arena_new(256 << 20, 0, &x->arena), ACT_OK);
    read_policies(x);
    read_audit_log(x);
    read_events(x);
}

void examples_free(examples *x)
{
    act_arena_free(x->arena);
}
