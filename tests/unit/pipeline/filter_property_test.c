/* ctest: labels=chdb timeout=300 */
/* Random filters over random rows: the engine, the CEL evaluator and the matcher for
 * records in memory select the same rows.
 *
 *   record ──> row (typed columns) ──> WHERE sql          the engine
 *                     └──> object without holes ──> CEL   the evaluator
 *   record ──────────────────────────────────────> matcher
 *
 * ACT_FILTER_CASES is the number of (filter, row) pairs, ACT_FILTER_SEED what to begin
 * with; a failure prints the seed of its round, the filter made small, the record and the
 * SQL. */
#include "cel/cel.h"
#include "core/filter_match.h"
#include "unit/pipeline/filter_random.h"
#include "unit/pipeline/filter_table.h"

#include "base/json_write.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

enum {
    ROWS = 400,
    FILTERS = 60, /* of one round, over all rows of one resource */
    DEPTH = 5,
    CASES_DEFAULT = 100000,
    FILTER_BYTES = 9000,
};

static const char *const names[ACT_FILTER_RESOURCES] = { "audit", "activity", "event" };
static const char *const table_names[ACT_FILTER_RESOURCES] = { ACT_TABLE_AUDIT,
                                                               ACT_TABLE_ACTIVITIES,
                                                               ACT_TABLE_EVENTS };
static const char *const json_columns[ACT_FILTER_RESOURCES] = { "event_json",
                                                                "activity_json",
                                                                "event_json" };

static filter_table table;

/* One resource's rows of one round. */
typedef struct {
    enum act_filter_resource resource;
    uint64_t seed;
    filter_random random;
    act_arena *arena;
    act_buf texts[ROWS];           /* the records */
    const act_json *records[ROWS]; /* parsed */
    const act_json *rows[ROWS];    /* all fields, as the table has them */
    bool stored[ROWS];             /* rows of one key are one row */
    const act_json *present[ROWS]; /* the rows that are stored, one after the other */
    size_t n_present;
    cel_env *env;
    cel_ctx *ctx;
} world;

/* ---- rows --------------------------------------------------------------------------- */

static void insert(world *w)
{
    act_str records[ROWS];
    for (size_t i = 0; i < ROWS; i++) {
        act_err e = ACT_ERR_INIT;
        act_buf_clear(&w->texts[i]);
        filter_random_record(&w->random, w->resource, i, &w->texts[i]);
        records[i] = act_buf_str(&w->texts[i]);
        if (act_json_parse(table.parser, w->arena, records[i], 0, &w->records[i], &e))
            fail_msg("%.*s: %s", ACT_STR_ARG(records[i]), e.text);
    }
    char sql[128];
    (void)snprintf(sql, sizeof sql, "TRUNCATE TABLE %s", table_names[w->resource]);
    assert_int_equal(act_store_exec(table.store, act_str_cstr(sql), NULL, 0, NULL), ACT_OK);
    filter_table_insert(&table, w->resource, records, ROWS / 2);
    filter_table_insert(&table, w->resource, records + ROWS / 2, ROWS - ROWS / 2);
}

/* "toUInt32(row), column, column ..." with two columns for a map. */
static act_rows *select_rows(world *w, act_buf *sql)
{
    size_t n;
    const act_filter_field *f = act_filter_fields(w->resource, &n);
    act_buf_printf(sql, "SELECT toUInt32(extract(%s, '\"row\":([0-9]+)}$'))",
                   json_columns[w->resource]);
    for (size_t i = 0; i < n; i++) {
        if (f[i].class == ACT_FILTER_MAP)
            act_buf_printf(sql, ", mapKeys(%s), mapValues(%s)", f[i].column, f[i].column);
        else
            act_buf_printf(sql, f[i].class == ACT_FILTER_INT ? ", toInt64(%s)" : ", %s",
                           f[i].column);
    }
    act_buf_printf(sql, " FROM %s", table_names[w->resource]);
    act_rows *rows = NULL;
    act_err e = ACT_ERR_INIT;
    if (act_store_query(table.store, act_buf_str(sql), NULL, 0, NULL, &rows, &e))
        fail_msg("%s", e.text);
    return rows;
}

static void write_column(act_json_writer *w, act_rows *rows, size_t column,
                         enum act_filter_class class)
{
    switch (class) {
    case ACT_FILTER_STRING:
        act_jw_string(w, act_rows_str(rows, column));
        return;
    case ACT_FILTER_INT:
    case ACT_FILTER_TIME:
        act_jw_i64(w, act_rows_i64(rows, column));
        return;
    case ACT_FILTER_STRINGS:
        act_jw_array(w);
        for (size_t i = 0; i < act_rows_count(rows, column); i++)
            act_jw_string(w, act_rows_item(rows, column, i));
        act_jw_array_end(w);
        return;
    case ACT_FILTER_MAP:
        act_jw_object(w);
        for (size_t i = 0; i < act_rows_count(rows, column); i++) {
            act_jw_key(w, act_rows_item(rows, column, i));
            act_jw_string(w, act_rows_item(rows, column + 1, i));
        }
        act_jw_object_end(w);
        return;
    }
}

/* Length of what the paths share up to a dot. */
static size_t shared(const char *a, const char *b)
{
    size_t n = 0;
    for (size_t i = 0; a[i] && a[i] == b[i]; i++)
        if (a[i] == '.')
            n = i + 1;
    return n;
}

static size_t dots(const char *path, size_t n)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += path[i] == '.';
    return count;
}

/* The row as an object that has every field; paths are in order, so objects open and close
 * as their prefixes come and go. */
static void write_row(world *w, act_rows *rows, act_buf *out)
{
    size_t n, column = 1;
    const act_filter_field *f = act_filter_fields(w->resource, &n);
    const char *before = "";
    act_json_writer jw = act_json_writer_on(out);
    act_jw_object(&jw);
    for (size_t i = 0; i < n; i++) {
        size_t same = shared(before, f[i].path);
        for (size_t open = dots(before, strlen(before)) - dots(before, same); open > 0;
             open--)
            act_jw_object_end(&jw);
        act_str name, rest = act_str_cstr(f[i].path + same);
        for (;;) {
            rest = act_str_split(rest, '.', &name);
            act_jw_key(&jw, name);
            if (rest.len == 0)
                break;
            act_jw_object(&jw);
        }
        write_column(&jw, rows, column, f[i].class);
        column += f[i].class == ACT_FILTER_MAP ? 2 : 1;
        before = f[i].path;
    }
    for (size_t open = dots(before, strlen(before)); open > 0; open--)
        act_jw_object_end(&jw);
    act_jw_object_end(&jw);
}

static void read_back(world *w)
{
    act_buf sql = ACT_BUF_INIT, text = ACT_BUF_INIT;
    act_err e = ACT_ERR_INIT;
    act_rows *rows = select_rows(w, &sql);
    int got;
    w->n_present = 0;
    memset(w->stored, 0, sizeof w->stored);
    while ((got = act_rows_next(rows, &e)) > 0) {
        uint64_t row = act_rows_u64(rows, 0);
        assert_in_range(row, 0, ROWS - 1);
        act_buf_clear(&text);
        write_row(w, rows, &text);
        act_str kept;
        assert_int_equal(act_arena_str(w->arena, act_buf_str(&text), &kept), ACT_OK);
        if (act_json_parse(table.parser, w->arena, kept, 0, &w->rows[row], &e))
            fail_msg("%.*s: %s", ACT_STR_ARG(kept), e.text);
        w->stored[row] = true;
        w->present[w->n_present++] = w->rows[row];
    }
    if (got < 0)
        fail_msg("%s", e.text);
    act_rows_close(rows, NULL);
    act_buf_done(&sql);
    act_buf_done(&text);
    assert_true(w->n_present > ROWS / 2); /* the rest had keys that others have */
}

/* ---- the evaluator ------------------------------------------------------------------ */

/* All variables as dyn: what filters are is the evaluator's own matter. */
static cel_env *make_env(enum act_filter_resource resource)
{
    cel_limits limits = CEL_LIMITS_INIT;
    limits.source_bytes = limits.source_codepoints = 64 * 1024;
    limits.cost = 100 * 1000 * 1000;
    cel_env *env;
    assert_int_equal(cel_env_new(&limits, &env), ACT_OK);
    assert_int_equal(cel_env_policy_libs(env), ACT_OK);
    size_t n;
    const act_filter_field *f = act_filter_fields(resource, &n);
    for (size_t i = 0; i < n; i++) {
        char name[64];
        (void)snprintf(name, sizeof name, "%.*s", (int)strcspn(f[i].path, "."), f[i].path);
        int err = cel_env_var(env, name, "dyn", NULL, NULL);
        assert_true(err == ACT_OK || err == ACT_EEXISTS);
    }
    return env;
}

static void bind_row(world *w, const act_json *row)
{
    size_t n;
    const act_json_member *m = act_json_members(row, &n);
    cel_ctx_reset(w->ctx);
    for (size_t i = 0; i < n; i++) {
        int var = cel_env_find_var(w->env, m[i].key);
        assert_true(var >= 0);
        const act_filter_field *f = act_filter_field_find(w->resource, m[i].key);
        if (f && f->class == ACT_FILTER_TIME) {
            int64_t us = m[i].value.as.i64;
            cel_value v = cel_timestamp(us / 1000000, (uint32_t)(us % 1000000) * 1000);
            assert_int_equal(cel_bind_value(w->ctx, (uint32_t)var, v), ACT_OK);
        } else {
            assert_int_equal(cel_bind_json(w->ctx, (uint32_t)var, &m[i].value), ACT_OK);
        }
    }
}

static void evaluate(world *w, act_str plain, bool ret[ROWS])
{
    cel_program *p = NULL;
    cel_errors *errors;
    assert_int_equal(cel_errors_new(&errors), ACT_OK);
    if (cel_compile(w->env, plain, 0, NULL, errors, &p))
        fail_msg("%.*s: %.*s", ACT_STR_ARG(plain), ACT_STR_ARG(cel_errors_text(errors)));
    for (size_t i = 0; i < ROWS; i++) {
        cel_value v;
        act_err e = ACT_ERR_INIT;
        if (!w->stored[i])
            continue;
        bind_row(w, w->rows[i]);
        if (cel_eval(p, w->ctx, &v, &e))
            fail_msg("%.*s: %s", ACT_STR_ARG(plain), e.text);
        ret[i] = cel_value_is_true(v);
    }
    cel_program_free(p);
    cel_errors_free(errors);
}

/* ---- one filter --------------------------------------------------------------------- */

/* Where the three differ, or what failed. */
typedef struct {
    bool differs;
    size_t row;
    bool engine, evaluator, matcher;
    act_err error;
} verdict;

static int match(world *w, act_str text, bool ret[ROWS], act_err *reterr)
{
    act_arena_reset(table.questions);
    act_problems problems = act_problems_in(table.questions);
    act_filter_matcher *m;
    int err = act_filter_matcher_new(table.env, w->resource, text, &problems,
                                     ACT_STR("filter"), &m);
    if (err)
        return act_fail(reterr, err, "the matcher refuses it");
    for (size_t i = 0; i < ROWS; i++)
        ret[i] = act_filter_matches(m, w->records[i]);
    act_filter_matcher_free(m);
    return ACT_OK;
}

static verdict judge(world *w, const filter_node *tree)
{
    static filter_rows found;
    static bool evaluated[ROWS], matched[ROWS];
    verdict v = { .error = ACT_ERR_INIT };
    act_buf text = ACT_BUF_INIT, plain = ACT_BUF_INIT;
    filter_tree_write(tree, false, &text);
    filter_tree_write(tree, true, &plain);
    v.differs = match(w, act_buf_str(&text), matched, &v.error) != ACT_OK ||
                filter_table_ask(&table, w->resource, act_buf_str(&text), &found,
                                 &v.error) != ACT_OK;
    if (!v.differs)
        evaluate(w, act_buf_str(&plain), evaluated);
    for (size_t i = 0; i < ROWS && !v.differs; i++) {
        if (!w->stored[i])
            continue;
        v.row = i;
        v.engine = found.has[i];
        v.evaluator = evaluated[i];
        v.matcher = matched[i];
        v.differs = v.engine != v.evaluator || v.matcher != v.evaluator;
    }
    act_buf_done(&text);
    act_buf_done(&plain);
    return v;
}

/* While a part of the filter fails alone, it is the filter. */
static const filter_node *shrink(world *w, const filter_node *tree)
{
    if (tree->left && judge(w, tree->left).differs)
        return shrink(w, tree->left);
    if (tree->right && judge(w, tree->right).differs)
        return shrink(w, tree->right);
    return tree;
}

static void report(world *w, const filter_node *tree)
{
    tree = shrink(w, tree);
    verdict v = judge(w, tree);
    act_buf text = ACT_BUF_INIT;
    filter_tree_write(tree, false, &text);
    fail_msg("%s, ACT_FILTER_SEED=%" PRIu64
             "\n  filter  %.*s\n  record  %.*s\n  sql     %s\n"
             "  engine %d, evaluator %d, matcher %d %s",
             names[w->resource], w->seed, ACT_STR_ARG(act_buf_str(&text)),
             ACT_STR_ARG(act_buf_str(&w->texts[v.row])), table.sql, v.engine, v.evaluator,
             v.matcher, v.error.text);
}

static bool is_short(const filter_node *tree)
{
    act_buf text = ACT_BUF_INIT;
    filter_tree_write(tree, false, &text);
    size_t len = text.len;
    act_buf_done(&text);
    return len < FILTER_BYTES;
}

/* @filters over the rows of one resource. */
static uint64_t run_round(world *w, uint64_t seed, size_t filters)
{
    act_arena *trees;
    w->seed = seed;
    w->random = (filter_random){ .state = seed * ACT_FILTER_RESOURCES + w->resource };
    act_arena_reset(w->arena);
    insert(w);
    read_back(w);
    assert_int_equal(act_arena_new(16 << 20, 0, &trees), ACT_OK);
    for (size_t i = 0; i < filters; i++) {
        act_arena_reset(trees);
        const filter_node *tree = filter_random_tree(&w->random, w->resource, w->present,
                                                     w->n_present, DEPTH, trees);
        assert_non_null(tree);
        if (is_short(tree) && judge(w, tree).differs)
            report(w, tree);
    }
    act_arena_free(trees);
    return filters * w->n_present;
}

/* ---- all ---------------------------------------------------------------------------- */

static uint64_t number_from(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    uint64_t n;
    return text && act_str_to_u64(act_str_cstr(text), &n) == ACT_OK ? n : otherwise;
}

static void open_world(world *w, enum act_filter_resource resource)
{
    *w = (world){ .resource = resource, .env = make_env(resource) };
    assert_int_equal(act_arena_new(256 << 20, 0, &w->arena), ACT_OK);
    assert_int_equal(cel_ctx_new(w->env, &w->ctx), ACT_OK);
    cel_ctx_json_int(w->ctx, true);
}

static void close_world(world *w)
{
    for (size_t i = 0; i < ROWS; i++)
        act_buf_done(&w->texts[i]);
    cel_ctx_free(w->ctx);
    cel_env_free(w->env);
    act_arena_free(w->arena);
}

static void all_evaluators_agree(void **state)
{
    static world worlds[ACT_FILTER_RESOURCES];
    uint64_t seed = number_from("ACT_FILTER_SEED", 1);
    uint64_t want = number_from("ACT_FILTER_CASES", CASES_DEFAULT), cases = 0;
    (void)state;
    for (int r = 0; r < ACT_FILTER_RESOURCES; r++)
        open_world(&worlds[r], (enum act_filter_resource)r);
    for (; cases < want; seed++) {
        for (int r = 0; r < ACT_FILTER_RESOURCES; r++)
            cases += run_round(&worlds[r], seed, FILTERS);
        printf("%" PRIu64 " cases, next ACT_FILTER_SEED=%" PRIu64 "\n", cases, seed + 1);
        (void)fflush(stdout);
    }
    for (int r = 0; r < ACT_FILTER_RESOURCES; r++)
        close_world(&worlds[r]);
}

static int setup(void **state)
{
    (void)state;
    filter_table_open(&table);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    filter_table_close(&table);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_evaluators_agree),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
