#include "unit/store/store_suite.h"

#include "store/migrate.h"

#include <inttypes.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <cmocka.h>

static const store_suite_backend *backend; /* cmocka hands no argument through */

static void run(const char *sql)
{
    act_err e = ACT_ERR_INIT;
    if (act_store_exec(backend->store(), act_str_cstr(sql), NULL, 0, &e))
        fail_msg("%s: %s", sql, e.text);
}

static act_rows *ask(const char *sql, const act_store_param *params, size_t n)
{
    act_err e = ACT_ERR_INIT;
    act_rows *rows = NULL;
    if (act_store_query(backend->store(), act_str_cstr(sql), params, n, NULL, &rows, &e))
        fail_msg("%s: %s", sql, e.text);
    return rows;
}

static uint64_t ask_number(const char *sql)
{
    act_err e = ACT_ERR_INIT;
    act_rows *rows = ask(sql, NULL, 0);
    if (act_rows_next(rows, &e) != 1)
        fail_msg("%s: %s", sql, e.text);
    uint64_t value = act_rows_u64(rows, 0);
    act_rows_close(rows, NULL);
    return value;
}

static int query_error(const char *sql, const act_store_limits *limits, act_err *ret)
{
    act_rows *rows = NULL;
    int err =
        act_store_query(backend->store(), act_str_cstr(sql), NULL, 0, limits, &rows, ret);
    int got;
    while (!err && (got = act_rows_next(rows, ret)) != 0)
        err = got < 0 ? got : 0;
    act_rows_close(rows, NULL);
    return err;
}

static const act_store_column id_column[] = { { "id", ACT_STORE_U64 } };

static int insert_ids(const char *table, uint64_t from, size_t n, const char *token,
                      act_err *ret)
{
    ACT_AUTO(act_store_block) b = NULL;
    assert_int_equal(act_store_block_new(table, id_column, 1, &b), ACT_OK);
    for (size_t i = 0; i < n; i++)
        act_store_add_u64(b, from + i);
    return act_store_insert(backend->store(), b, act_str_cstr(token), ret);
}

/* ---- values ------------------------------------------------------------------------ */

static void all_types_go_in_and_come_out(void **state)
{
    (void)state;
    run("CREATE TABLE suite.types (s String, l LowCardinality(String), a UInt8, b UInt16, "
        "c UInt32, d UInt64, e Int32, f Int64, g Float64, h DateTime64(3, 'UTC'), "
        "i DateTime64(6, 'UTC'), j Array(String), k Array(LowCardinality(String))) "
        "ENGINE = MergeTree ORDER BY tuple()");
    static const act_store_column columns[] = {
        { "s", ACT_STORE_STRING },  { "l", ACT_STORE_STRING },  { "a", ACT_STORE_U8 },
        { "b", ACT_STORE_U16 },     { "c", ACT_STORE_U32 },     { "d", ACT_STORE_U64 },
        { "e", ACT_STORE_I32 },     { "f", ACT_STORE_I64 },     { "g", ACT_STORE_F64 },
        { "h", ACT_STORE_TIME_MS }, { "i", ACT_STORE_TIME_US }, { "j", ACT_STORE_STRINGS },
        { "k", ACT_STORE_STRINGS },
    };
    const act_str list[] = { ACT_STR(""), ACT_STR("a\0\xc3\xa9'") };
    ACT_AUTO(act_store_block) b = NULL;
    assert_int_equal(act_store_block_new("suite.types", columns, ACT_COUNT(columns), &b),
                     0);
    act_store_add_str(b, ACT_STR("\0\t\n\\'\"\xf0\x9f\x90\xb3"));
    act_store_add_str(b, ACT_STR("low"));
    act_store_add_u64(b, 255);
    act_store_add_u64(b, 65535);
    act_store_add_u64(b, UINT32_MAX);
    act_store_add_u64(b, UINT64_MAX);
    act_store_add_i64(b, INT32_MIN);
    act_store_add_i64(b, INT64_MIN);
    act_store_add_f64(b, -0.5);
    act_store_add_i64(b, 1700000000123);
    act_store_add_i64(b, 1700000000123456);
    act_store_add_strs(b, list, 2);
    act_store_add_strs(b, NULL, 0);
    act_err e = ACT_ERR_INIT;
    if (act_store_insert(backend->store(), b, ACT_STR(""), &e))
        fail_msg("%s", e.text);

    act_rows *r = ask("SELECT *, CAST(NULL AS Nullable(String)) FROM suite.types", NULL, 0);
    assert_int_equal(act_rows_next(r, &e), 1);
    assert_int_equal(act_rows_columns(r), ACT_COUNT(columns) + 1);
    assert_true(act_str_eq(act_rows_str(r, 0), ACT_STR("\0\t\n\\'\"\xf0\x9f\x90\xb3")));
    assert_true(act_str_eq_cstr(act_rows_str(r, 1), "low"));
    assert_int_equal(act_rows_u64(r, 2), 255);
    assert_int_equal(act_rows_u64(r, 3), 65535);
    assert_int_equal(act_rows_u64(r, 4), UINT32_MAX);
    assert_true(act_rows_u64(r, 5) == UINT64_MAX);
    assert_true(act_rows_i64(r, 6) == INT32_MIN);
    assert_true(act_rows_i64(r, 7) == INT64_MIN);
    assert_true(act_rows_f64(r, 8) == -0.5);
    assert_int_equal(act_rows_i64(r, 9), 1700000000123);
    assert_int_equal(act_rows_i64(r, 10), 1700000000123456);
    assert_int_equal(act_rows_count(r, 11), 2);
    assert_true(act_str_eq(act_rows_item(r, 11, 1), list[1]));
    assert_int_equal(act_rows_count(r, 12), 0);
    assert_int_equal(act_rows_str(r, 13).len, 0);
    assert_int_equal(act_rows_next(r, &e), 0);
    act_rows_close(r, NULL);
}

static const act_str hostile[] = {
    { "", 0 },
    { "plain", 5 },
    { "back\\slash \\t \\n \\\\ \\'", 22 },
    { "tab\tline\nreturn\r", 16 },
    { "nul\0inside", 10 },
    { "quote ' double \" tick `", 23 },
    { "\\", 1 },
    { "\\N", 2 },
    { "NULL", 4 },
    { "'; DROP TABLE suite.types; --", 29 },
    { "{p:String}", 10 },
    { "\xc3\x89t\xc3\xa9 \xf0\x9f\x98\x80 %_", 14 },
    { "\xff\xfe not utf-8", 12 },
    { "[','] ", 6 },
};

static void text_parameters_arrive_unchanged(void **state)
{
    (void)state;
    for (size_t i = 0; i < ACT_COUNT(hostile); i++) {
        const act_store_param p = { "p", ACT_STORE_STRING, .as.str = hostile[i] };
        act_rows *r = ask("SELECT {p:String}", &p, 1);
        assert_int_equal(act_rows_next(r, NULL), 1);
        if (!act_str_eq(act_rows_str(r, 0), hostile[i]))
            fail_msg("parameter %zu came back as %.*s", i, ACT_STR_ARG(act_rows_str(r, 0)));
        act_rows_close(r, NULL);
    }
}

static void list_parameters_arrive_unchanged(void **state)
{
    (void)state;
    for (size_t n = 0; n <= ACT_COUNT(hostile); n++) {
        const act_store_param p = { "p", ACT_STORE_STRINGS, .as.strs = { hostile, n } };
        act_rows *r = ask("SELECT {p:Array(String)}", &p, 1);
        assert_int_equal(act_rows_next(r, NULL), 1);
        assert_int_equal(act_rows_count(r, 0), n);
        for (size_t i = 0; i < n; i++)
            if (!act_str_eq(act_rows_item(r, 0, i), hostile[i]))
                fail_msg("element %zu came back as %.*s", i,
                         ACT_STR_ARG(act_rows_item(r, 0, i)));
        act_rows_close(r, NULL);
    }
}

static void an_empty_list_matches_nothing(void **state)
{
    (void)state;
    const act_store_param p = { "p", ACT_STORE_STRINGS, .as.strs = { NULL, 0 } };
    act_rows *r = ask("SELECT 'x' IN {p:Array(String)}", &p, 1);
    assert_int_equal(act_rows_next(r, NULL), 1);
    assert_int_equal(act_rows_u64(r, 0), 0);
    act_rows_close(r, NULL);
}

static void numbers_and_times_arrive_unchanged(void **state)
{
    (void)state;
    static const act_store_param params[] = {
        { "u", ACT_STORE_U64, .as.u64 = UINT64_MAX },
        { "i", ACT_STORE_I64, .as.i64 = INT64_MIN },
        { "f", ACT_STORE_F64, .as.f64 = 0.1 },
        { "ms", ACT_STORE_TIME_MS, .as.i64 = 1700000000007 },
        { "us", ACT_STORE_TIME_US, .as.i64 = 1700000000000009 },
        { "old", ACT_STORE_TIME_US, .as.i64 = -1500000 },
        { "zero", ACT_STORE_TIME_US, .as.i64 = 0 },
    };
    act_rows *r =
        ask("SELECT {u:UInt64}, {i:Int64}, {f:Float64}, {ms:DateTime64(3, 'UTC')}, "
            "{us:DateTime64(6, 'UTC')}, {old:DateTime64(6, 'UTC')}, "
            "{zero:DateTime64(6, 'UTC')}",
            params, ACT_COUNT(params));
    assert_int_equal(act_rows_next(r, NULL), 1);
    assert_true(act_rows_u64(r, 0) == UINT64_MAX);
    assert_true(act_rows_i64(r, 1) == INT64_MIN);
    assert_true(act_rows_f64(r, 2) == 0.1);
    for (size_t i = 3; i < 7; i++)
        assert_true(act_rows_i64(r, i) == params[i].as.i64);
    act_rows_close(r, NULL);
}

/* Seconds of one to eleven digits, before and after 1970: no digits are read as a year. */
static void times_of_any_age_arrive_unchanged(void **state)
{
    (void)state;
    const int64_t from = -2208988800, to = 9214646400; /* 1900 to 2262 */
    for (int64_t s = 1; s <= to; s = s * 7 + 1) {
        for (int sign = -1; sign <= 1; sign += 2) {
            if (sign * s < from)
                continue;
            const act_store_param p = { "t", ACT_STORE_TIME_US,
                                        .as.i64 = sign * s * 1000000 + 250000 };
            act_rows *r = ask("SELECT {t:DateTime64(6, 'UTC')}", &p, 1);
            assert_int_equal(act_rows_next(r, NULL), 1);
            assert_true(act_rows_i64(r, 0) == p.as.i64);
            act_rows_close(r, NULL);
        }
    }
}

/* ---- results ----------------------------------------------------------------------- */

static void long_results_stream_through(void **state)
{
    (void)state;
    act_rows *r = ask("SELECT number, repeat('x', 20) FROM numbers(300000)", NULL, 0);
    act_err e = ACT_ERR_INIT;
    uint64_t n = 0;
    int got;
    while ((got = act_rows_next(r, &e)) == 1) {
        assert_int_equal(act_rows_u64(r, 0), n);
        n++;
    }
    if (got < 0)
        fail_msg("%s", e.text);
    assert_int_equal(n, 300000);
    act_store_cost cost;
    act_rows_close(r, &cost);
    assert_in_range(cost.rows_read, 100000, 300000); /* what it had told by the end */
    assert_true(cost.elapsed_ns > 0);
}

static void no_rows_are_no_error(void **state)
{
    (void)state;
    act_rows *r = ask("SELECT number FROM numbers(10) WHERE number > 10", NULL, 0);
    assert_int_equal(act_rows_next(r, NULL), 0);
    assert_int_equal(act_rows_next(r, NULL), 0);
    act_rows_close(r, NULL);
}

static void a_query_may_end_midway(void **state)
{
    (void)state;
    for (int round = 0; round < 20; round++) {
        act_rows *r = ask("SELECT number FROM numbers(100000000)", NULL, 0);
        for (int i = 0; i < round; i++)
            assert_int_equal(act_rows_next(r, NULL), 1);
        act_rows_close(r, NULL);
    }
    assert_int_equal(ask_number("SELECT toUInt64(7)"), 7);
}

static void several_results_are_read_in_turn(void **state)
{
    (void)state;
    act_rows *a = ask("SELECT number FROM numbers(200000)", NULL, 0);
    act_rows *b = ask("SELECT number * 2 FROM numbers(200000)", NULL, 0);
    for (uint64_t i = 0; i < 200000; i++) {
        assert_int_equal(act_rows_next(a, NULL), 1);
        assert_int_equal(act_rows_next(b, NULL), 1);
        assert_true(act_rows_u64(a, 0) * 2 == act_rows_u64(b, 0));
    }
    act_rows_close(a, NULL);
    act_rows_close(b, NULL);
}

static void bad_sql_is_refused_with_the_stores_words(void **state)
{
    (void)state;
    act_err e = ACT_ERR_INIT;
    assert_int_equal(query_error("SELEC 1", NULL, &e), ACT_EINVAL);
    assert_non_null(strstr(e.text, "yntax"));
    assert_int_equal(query_error("SELECT nothing FROM suite.nowhere", NULL, &e),
                     ACT_ENOTFOUND);
    assert_int_equal(query_error("SELECT {p:String}", NULL, &e), ACT_EINVAL);
    assert_int_equal(
        act_store_exec(backend->store(), ACT_STR("DROP TABLE suite.nowhere"), NULL, 0, &e),
        ACT_ENOTFOUND);
    assert_int_equal(ask_number("SELECT toUInt64(7)"), 7); /* and life goes on */
}

static void errors_midway_are_reported(void **state)
{
    (void)state;
    for (uint64_t i = 100; i < 200; i++) {
        char next[32];
        act_err e = ACT_ERR_INIT;
        assert_int_equal(
            query_error("SELECT throwIf(number = 150000) FROM numbers(200000)", NULL, &e),
            ACT_EINVAL);
        assert_non_null(strstr(e.text, "throwIf"));
        snprintf(next, sizeof next, "SELECT toUInt64(%" PRIu64 ")", i);
        assert_int_equal(ask_number(next), i); /* nothing is left of it */
    }
}

static void limits_end_a_query(void **state)
{
    (void)state;
    act_err e = ACT_ERR_INIT;
    const act_store_limits time = { .max_time_ns = 100000000 };
    assert_int_equal(
        query_error("SELECT sum(sipHash64(number)) FROM numbers(100000000000)", &time, &e),
        ACT_ELIMIT);
    const act_store_limits rows = { .max_rows_read = 1000 };
    assert_int_equal(
        query_error("SELECT count() FROM numbers(1000000) WHERE number % 3 = 1", &rows, &e),
        ACT_ELIMIT);
    const act_store_limits memory = { .max_memory_bytes = 10000000 };
    assert_int_equal(query_error("SELECT length(groupArray(number)) FROM numbers(50000000)",
                                 &memory, &e),
                     ACT_ELIMIT);
    /* A connection keeps no limit for the next query. */
    assert_int_equal(
        query_error("SELECT length(groupArray(number)) FROM numbers(5000000)", NULL, &e),
        ACT_OK);
}

/* ---- inserts ----------------------------------------------------------------------- */

#define DEDUPLICATING_BY(key)                                                              \
    "ENGINE = MergeTree ORDER BY " key                                                     \
    " SETTINGS non_replicated_deduplication_window = 1000"
#define DEDUPLICATING DEDUPLICATING_BY("id")

static void the_same_token_counts_once(void **state)
{
    (void)state;
    act_err e = ACT_ERR_INIT;
    run("CREATE TABLE suite.tokens (id UInt64) " DEDUPLICATING);
    assert_int_equal(insert_ids("suite.tokens", 0, 10, "a'\\\n", &e), ACT_OK);
    assert_int_equal(insert_ids("suite.tokens", 0, 10, "a'\\\n", &e), ACT_OK);
    assert_int_equal(ask_number("SELECT count() FROM suite.tokens"), 10);
    assert_int_equal(insert_ids("suite.tokens", 0, 10, "b", &e), ACT_OK);
    assert_int_equal(ask_number("SELECT count() FROM suite.tokens"), 20);
    (void)backend->reopen();
    assert_int_equal(insert_ids("suite.tokens", 0, 10, "a'\\\n", &e), ACT_OK);
    assert_int_equal(insert_ids("suite.tokens", 0, 10, "b", &e), ACT_OK);
    assert_int_equal(ask_number("SELECT count() FROM suite.tokens"), 20);
}

static void one_token_covers_many_partitions(void **state)
{
    (void)state;
    act_err e = ACT_ERR_INIT;
    run("CREATE TABLE suite.parts (id UInt64) ENGINE = MergeTree PARTITION BY id % 150 "
        "ORDER BY id SETTINGS non_replicated_deduplication_window = 1000");
    assert_int_equal(insert_ids("suite.parts", 0, 1500, "t", &e), ACT_OK);
    assert_int_equal(insert_ids("suite.parts", 0, 1500, "t", &e), ACT_OK);
    assert_int_equal(ask_number("SELECT count() FROM suite.parts"), 1500);
}

static void refused_blocks_leave_nothing(void **state)
{
    (void)state;
    act_err e = ACT_ERR_INIT;
    assert_int_equal(insert_ids("suite.nowhere", 0, 1, "t", &e), ACT_ENOTFOUND);
    run("CREATE TABLE suite.narrow (other UInt64) " DEDUPLICATING_BY("other"));
    assert_int_equal(insert_ids("suite.narrow", 0, 1, "t", &e), ACT_ENOTFOUND);
    run("CREATE TABLE suite.checked (id UInt64, CONSTRAINT c CHECK id != "
        "5) " DEDUPLICATING);
    assert_int_equal(insert_ids("suite.checked", 0, 10, "t", &e), ACT_EINVAL);
    assert_int_equal(ask_number("SELECT count() FROM suite.checked"), 0);
    /* A refused insert does not use its token up. */
    assert_int_equal(insert_ids("suite.checked", 10, 10, "t", &e), ACT_OK);
    assert_int_equal(ask_number("SELECT count() FROM suite.checked"), 10);
}

static void empty_blocks_and_long_tokens(void **state)
{
    (void)state;
    act_err e = ACT_ERR_INIT;
    char token[300];
    memset(token, 'x', sizeof token - 1);
    token[sizeof token - 1] = '\0';
    assert_int_equal(insert_ids("suite.tokens", 0, 0, "none", &e), ACT_OK);
    assert_int_equal(insert_ids("suite.tokens", 0, 1, token, &e), ACT_EINVAL);
}

/* ---- threads ----------------------------------------------------------------------- */

static atomic_int failures;

static void *insert_many(void *table)
{
    for (uint64_t i = 0; i < 20; i++) {
        char token[16];
        snprintf(token, sizeof token, "%" PRIu64, i);
        if (insert_ids(table, i * 1000, 1000, token, NULL))
            atomic_fetch_add(&failures, 1);
    }
    return NULL;
}

static void *query_many(void *unused)
{
    (void)unused;
    for (int i = 0; i < 40; i++) {
        act_rows *r = NULL;
        const act_store_param p = { "n", ACT_STORE_U64, .as.u64 = 5000 };
        uint64_t n = 0;
        if (act_store_query(backend->store(),
                            ACT_STR("SELECT number FROM numbers({n:UInt64})"), &p, 1, NULL,
                            &r, NULL) == ACT_OK)
            while (act_rows_next(r, NULL) == 1)
                n++;
        act_rows_close(r, NULL);
        if (n != 5000)
            atomic_fetch_add(&failures, 1);
    }
    return NULL;
}

static void threads_query_while_others_insert(void **state)
{
    (void)state;
    run("CREATE TABLE suite.busy1 (id UInt64) " DEDUPLICATING);
    run("CREATE TABLE suite.busy2 (id UInt64) " DEDUPLICATING);
    atomic_store(&failures, 0);
    pthread_t threads[6];
    static char busy1[] = "suite.busy1", busy2[] = "suite.busy2";
    assert_int_equal(pthread_create(&threads[0], NULL, insert_many, busy1), 0);
    assert_int_equal(pthread_create(&threads[1], NULL, insert_many, busy2), 0);
    for (size_t i = 2; i < ACT_COUNT(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, query_many, NULL), 0);
    for (size_t i = 0; i < ACT_COUNT(threads); i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(atomic_load(&failures), 0);
    assert_int_equal(ask_number("SELECT count() FROM suite.busy1"), 20000);
    assert_int_equal(ask_number("SELECT count() FROM suite.busy2"), 20000);
}

static void ping_answers(void **state)
{
    (void)state;
    assert_int_equal(act_store_ping(backend->store()), ACT_OK);
}

/* ---- migrations -------------------------------------------------------------------- */

static void migrations_run_once(void **state)
{
    (void)state;
    act_err e = ACT_ERR_INIT;
    for (int round = 0; round < 3; round++) {
        if (act_store_migrate(backend->store(), NULL, &e))
            fail_msg("%s", e.text);
        if (round == 1)
            (void)backend->reopen();
    }
    assert_int_equal(
        ask_number("SELECT count() FROM system.tables WHERE database = 'audit'"), 4);
    assert_int_equal(ask_number("SELECT count() FROM audit.schema_migrations"),
                     act_migrations_count);
    assert_int_equal(ask_number("SELECT count() FROM system.functions WHERE "
                                "startsWith(name, 'activity_')"),
                     0);
}

static void a_half_done_migration_is_completed(void **state)
{
    (void)state;
    act_err e = ACT_ERR_INIT;
    run("TRUNCATE TABLE audit.schema_migrations");
    run("DROP TABLE audit.k8s_events SYNC");
    assert_int_equal(act_store_migrate(backend->store(), NULL, &e), ACT_OK);
    assert_int_equal(
        ask_number("SELECT count() FROM system.tables WHERE database = 'audit'"), 4);
}

static void assert_kept(uint64_t n)
{
    static const char *const tables[] = { "audit_logs", "activities", "k8s_events" };
    for (size_t i = 0; i < ACT_COUNT(tables); i++) {
        char sql[128];
        (void)snprintf(sql, sizeof sql,
                       "SELECT count() FROM audit.%s WHERE toYear(%s) = 2026", tables[i],
                       i < 2 ? "timestamp" : "last_timestamp");
        assert_int_equal(ask_number(sql), n);
    }
}

/* One row in each table, of writers that give the JSON alone. */
static void insert_one_each(void)
{
    run("INSERT INTO audit.audit_logs (event_json) SELECT concat('{\"auditID\":\"', "
        "toString(generateUUIDv4()), '\",\"requestReceivedTimestamp\":"
        "\"2026-01-02T03:04:05Z\"}')");
    run("INSERT INTO audit.activities (activity_json) SELECT concat('{\"metadata\":{"
        "\"name\":\"', toString(generateUUIDv4()), '\",\"creationTimestamp\":"
        "\"2026-01-02T03:04:05Z\"}}')");
    run("INSERT INTO audit.k8s_events (event_json) SELECT concat('{\"metadata\":{"
        "\"uid\":\"', toString(generateUUIDv4()), '\"},\"eventTime\":"
        "\"2026-01-02T03:04:05Z\"}')");
}

/* Tables that are copied have all rows, also when a copy is made once more because it was
 * cut off before it was noted down. */
static void rows_survive_copies_of_their_tables(void **state)
{
    (void)state;
    act_store *s = backend->store();
    act_err e = ACT_ERR_INIT;
    run("DROP DATABASE audit SYNC");
    if (act_store_migrate_list(s, act_migrations, 3, NULL, &e))
        fail_msg("%s", e.text);
    insert_one_each();
    for (uint64_t round = 1; round <= 2; round++) {
        if (act_store_migrate(s, NULL, &e))
            fail_msg("%s", e.text);
        assert_kept(round);
        insert_one_each();
        assert_kept(round + 1);
        run("ALTER TABLE audit.schema_migrations DELETE WHERE version > 3 "
            "SETTINGS mutations_sync = 2");
    }
    assert_int_equal(act_store_migrate(s, NULL, &e), ACT_OK);
    assert_kept(3);
    assert_int_equal(ask_number("SELECT count() FROM system.projections WHERE database = "
                                "'audit' AND table = 'k8s_events'"),
                     3);
}

static void another_schema_is_refused(void **state)
{
    (void)state;
    act_err e = ACT_ERR_INIT;
    run("INSERT INTO audit.schema_migrations (version, name, checksum) "
        "VALUES (999, 'future', 'x')");
    assert_int_equal(act_store_migrate(backend->store(), NULL, &e), ACT_ECONFLICT);
    assert_non_null(strstr(e.text, "999"));
    run("TRUNCATE TABLE audit.schema_migrations");
    run("INSERT INTO audit.schema_migrations (version, name, checksum) "
        "VALUES (1, 'tables', 'something else')");
    assert_int_equal(act_store_migrate(backend->store(), NULL, &e), ACT_ECONFLICT);
}

int store_suite_run(const store_suite_backend *which)
{
    backend = which;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ping_answers),
        cmocka_unit_test(all_types_go_in_and_come_out),
        cmocka_unit_test(text_parameters_arrive_unchanged),
        cmocka_unit_test(list_parameters_arrive_unchanged),
        cmocka_unit_test(an_empty_list_matches_nothing),
        cmocka_unit_test(numbers_and_times_arrive_unchanged),
        cmocka_unit_test(times_of_any_age_arrive_unchanged),
        cmocka_unit_test(long_results_stream_through),
        cmocka_unit_test(no_rows_are_no_error),
        cmocka_unit_test(a_query_may_end_midway),
        cmocka_unit_test(several_results_are_read_in_turn),
        cmocka_unit_test(bad_sql_is_refused_with_the_stores_words),
        cmocka_unit_test(errors_midway_are_reported),
        cmocka_unit_test(limits_end_a_query),
        cmocka_unit_test(the_same_token_counts_once),
        cmocka_unit_test(one_token_covers_many_partitions),
        cmocka_unit_test(refused_blocks_leave_nothing),
        cmocka_unit_test(empty_blocks_and_long_tokens),
        cmocka_unit_test(threads_query_while_others_insert),
        cmocka_unit_test(migrations_run_once),
        cmocka_unit_test(a_half_done_migration_is_completed),
        cmocka_unit_test(rows_survive_copies_of_their_tables),
        cmocka_unit_test(another_schema_is_refused),
    };
    return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
