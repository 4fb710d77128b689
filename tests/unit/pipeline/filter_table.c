#include "unit/pipeline/filter_table.h"

#include "api/filter_params.h"
#include "store/store_chdb.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static const struct {
    const char *table, *json;
    int (*block)(act_store_block **ret);
} tables[ACT_FILTER_RESOURCES] = {
    [ACT_FILTER_AUDIT] = { ACT_TABLE_AUDIT, "event_json", act_row_audit_block },
    [ACT_FILTER_ACTIVITY] = { ACT_TABLE_ACTIVITIES, "activity_json",
                              act_row_activity_block },
    [ACT_FILTER_EVENT] = { ACT_TABLE_EVENTS, "event_json", act_row_event_block },
};

void filter_table_open(filter_table *t)
{
    *t = (filter_table){ .directory = "/tmp/activity-filter-XXXXXX" };
    assert_non_null(mkdtemp(t->directory));
    const act_store_chdb_options options = {
        .library = ACT_STR(ACT_SOURCE_DIR "/build/libchdb.so"),
        .directory = act_str_cstr(t->directory),
    };
    act_err e = ACT_ERR_INIT;
    if (act_store_chdb_open(&options, &t->store, &e) ||
        act_store_migrate(t->store, NULL, &e) || act_filter_env_new(&t->env) ||
        act_json_parser_new((act_json_limits){ 0 }, &t->parser) ||
        act_arena_new(256 << 20, 0, &t->arena) || act_arena_new(64 << 20, 0, &t->questions))
        fail_msg("%s", e.text);
}

void filter_table_close(filter_table *t)
{
    act_store_free(t->store);
    act_filter_env_free(t->env);
    act_json_parser_free(t->parser);
    act_arena_free(t->arena);
    act_arena_free(t->questions);
    char command[80];
    (void)snprintf(command, sizeof command, "rm -rf %s", t->directory);
    assert_int_equal(system(command), 0);
}

void filter_table_insert(filter_table *t, enum act_filter_resource resource,
                         const act_str *records, size_t n)
{
    ACT_AUTO(act_store_block) b = NULL;
    act_err e = ACT_ERR_INIT;
    assert_int_equal(tables[resource].block(&b), ACT_OK);
    act_arena_reset(t->arena);
    for (size_t i = 0; i < n; i++) {
        const act_json *record;
        if (act_json_parse(t->parser, t->arena, records[i], 0, &record, &e))
            fail_msg("%.*s: %s", ACT_STR_ARG(records[i]), e.text);
        int err = resource == ACT_FILTER_AUDIT
                      ? act_row_audit_add(b, t->arena, record, records[i])
                  : resource == ACT_FILTER_ACTIVITY
                      ? act_row_activity_add(b, record, records[i])
                      : act_row_event_add(b, record, records[i], 0);
        assert_int_equal(err, ACT_OK);
    }
    if (act_store_insert(t->store, b, ACT_STR(""), &e))
        fail_msg("%s", e.text);
}

static int read_rows(act_rows *rows, filter_rows *ret, act_err *reterr)
{
    int got;
    while ((got = act_rows_next(rows, reterr)) > 0) {
        uint64_t row = act_rows_u64(rows, 0);
        assert_in_range(row, 0, FILTER_ROWS_MAX - 1);
        ret->count += !ret->has[row];
        ret->has[row] = true;
    }
    return got;
}

int filter_table_ask(filter_table *t, enum act_filter_resource resource, act_str filter,
                     filter_rows *ret, act_err *reterr)
{
    act_arena_reset(t->questions);
    act_problems problems = act_problems_in(t->questions);
    act_filter f;
    int err = act_filter_translate(t->env, resource, filter, t->questions, &problems,
                                   ACT_STR("spec.filter"), &f);
    if (err)
        return act_fail(reterr, err, "%.*s",
                        ACT_STR_ARG(problems.first ? problems.first->detail : ACT_STR("")));
    act_store_param params[ACT_FILTER_PARAMS_MAX];
    for (size_t i = 0; i < f.n_params; i++)
        params[i] = act_filter_store_param(&f.params[i]);
    int n = snprintf(t->sql, sizeof t->sql,
                     "SELECT toUInt32(extract(%s, '\"row\":([0-9]+)}$')) FROM %s WHERE "
                     "%.*s",
                     tables[resource].json, tables[resource].table, ACT_STR_ARG(f.sql));
    assert_true(n < (int)sizeof t->sql);
    act_rows *rows = NULL;
    memset(ret, 0, sizeof *ret);
    err = act_store_query(t->store, act_str_cstr(t->sql), params, f.n_params, NULL, &rows,
                          reterr);
    if (!err)
        err = read_rows(rows, ret, reterr);
    act_rows_close(rows, NULL);
    return err;
}

const char *filter_table_found(filter_table *t, enum act_filter_resource resource,
                               const char *filter)
{
    static char out[16384];
    static filter_rows rows;
    act_err e = ACT_ERR_INIT;
    size_t len = 0;
    out[0] = '\0';
    if (filter_table_ask(t, resource, act_str_cstr(filter), &rows, &e)) {
        (void)snprintf(out, sizeof out, "! %s", e.text);
        return out;
    }
    for (size_t i = 0; i < FILTER_ROWS_MAX; i++)
        if (rows.has[i])
            len +=
                (size_t)snprintf(out + len, sizeof out - len, "%s%zu", len ? " " : "", i);
    return out;
}

uint64_t filter_table_number(filter_table *t, const char *sql)
{
    act_rows *rows = NULL;
    act_err e = ACT_ERR_INIT;
    if (act_store_query(t->store, act_str_cstr(sql), NULL, 0, NULL, &rows, &e) ||
        act_rows_next(rows, &e) != 1)
        fail_msg("%s: %s", sql, e.text);
    uint64_t n = act_rows_u64(rows, 0);
    act_rows_close(rows, NULL);
    return n;
}
