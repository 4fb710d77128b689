/* ctest: labels=chdb timeout=240 */
/* The columns that we extract and the tables' DEFAULT expressions must agree: the same
 * records go in once with all columns and once as JSON alone, and every column is compared.
 */
#include "pipeline/rows.h"
#include "store/store_chdb.h"

#include <fcntl.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>
#include <cmocka.h>

static char directory[64];
static act_store *store;
static act_json_parser *parser;
static act_arena *arena;

/* ---- records ------------------------------------------------------------------------ */

/* Every value goes into every hole (`%`) of every record. `#` is the record's number, so
 * that all are different. */
#define TEN(x) x x x x x x x x x x
#define LONGEST_NAME TEN(TEN("ab")) TEN("cdefg") "hij" /* of a tenant: 253 bytes */

static const char *const values[] = {
    "\"" LONGEST_NAME "\"",
    "\"" LONGEST_NAME "k\"",
    "[\"" LONGEST_NAME "\"]",
    "[\"" LONGEST_NAME "k\"]",
    "null",
    "true",
    "0",
    "-0",
    "-1",
    "7",
    "200",
    "200.0",
    "1e2",
    "1.5",
    "65535",
    "65536",
    "2147483647",
    "2147483648",
    "18446744073709551615",
    "-9223372036854775808",
    "\"\"",
    "\"x\"",
    "\"200\"",
    "\"007\"",
    "\"+7\"",
    "\"9999999999999999999\"",
    "\"12345678901234567890\"",
    "\"Project\"",
    "\"ORGANIZATION\"",
    "\"platform\"",
    "\"global\"",
    "\"apps/v1\"",
    "\"a/b/c\"",
    "\"/\"",
    "\"not-a-uuid\"",
    "\"\\u0000 \\t\\n\\\\ \\\" \\u00e9 \xc3\xa9 \\ud83d\\ude00\"",
    "{}",
    "{\"a\":\"b\"}",
    "[]",
    "[\"a\"]",
    "[\"a\",\"a\"]",
    "[\"a\",\"b\"]",
    "[\"a\",1,null,\"b\",[\"c\"],{}]",
    "[\"Project\"]",
    "[1]",
    "[[\"a\"]]",
    "\"2026-11-24T02:56:54.368386Z\"",
    "\"2026-11-24T02:56:54Z\"",
    "\"2026-11-24T02:56:54.1Z\"",
    "\"2026-11-24T02:56:54.123456789Z\"",
    "\"2026-11-24T02:56:54.1234567891Z\"",
    "\"2026-11-24T02:56:54.999999999+05:30\"",
    "\"2026-11-24T02:56:54-23:59\"",
    "\"2026-11-24T02:56:54-24:00\"",
    "\"2026-11-24T02:56:54+0530\"",
    "\"2026-11-24T02:56:54\"",
    "\"2026-11-24t02:56:54z\"",
    "\"2026-11-24 02:56:54Z\"",
    "\"2026-11-24T02:56:60Z\"",
    "\"2026-11-24T24:00:00Z\"",
    "\"2026-02-29T00:00:00Z\"",
    "\"2024-02-29T00:00:00Z\"",
    "\"2100-02-29T00:00:00Z\"",
    "\"2026-04-31T00:00:00Z\"",
    "\"2026-13-01T00:00:00Z\"",
    "\"2026-00-01T00:00:00Z\"",
    "\"2026-01-00T00:00:00Z\"",
    "\"2026-11-24T02:56:54.Z\"",
    "\"2026-11-24T02:56:54.368386Z \"",
    "\"0001-01-01T00:00:00Z\"",
    "\"1970-12-31T23:59:59Z\"",
    "\"1971-01-01T00:00:00+23:59\"",
    "\"1999-12-31T23:59:59.999999Z\"",
    "\"2259-12-31T23:59:59.999999999-23:59\"",
    "\"2260-01-01T00:00:00Z\"",
    "\"9999-12-31T23:59:59Z\"",
    "\"1700000000\"",
    "\"20261124\"",
    "\"now\"",
};

static const char *const audit_records[] = {
    "{\"#\":0}",
    "{\"auditID\":%,\"#\":1}",
    "{\"auditID\":\"#\",\"stage\":%,\"level\":%,\"verb\":%,\"userAgent\":%,\"sourceIPs\":%,"
    "\"requestURI\":%}",
    "{\"auditID\":\"#\",\"requestReceivedTimestamp\":%}",
    "{\"auditID\":\"#\",\"requestReceivedTimestamp\":%,\"stageTimestamp\":"
    "\"2026-11-24T02:56:54.372260Z\"}",
    "{\"auditID\":\"#\",\"stageTimestamp\":%}",
    "{\"auditID\":\"#\",\"user\":%,\"objectRef\":%,\"responseStatus\":%,"
    "\"impersonatedUser\":%}",
    "{\"auditID\":\"#\",\"user\":{\"username\":%,\"uid\":%,\"groups\":%},"
    "\"impersonatedUser\":{\"username\":%,\"uid\":%,\"groups\":%}}",
    "{\"auditID\":\"#\",\"objectRef\":{\"apiGroup\":%,\"apiVersion\":%,\"resource\":%,"
    "\"subresource\":%,\"namespace\":%,\"name\":%,\"uid\":%},\"responseStatus\":{\"code\":%"
    ","
    "\"reason\":%}}",
    "{\"auditID\":\"#\",\"annotations\":%}",
    "{\"auditID\":\"#\",\"annotations\":{\"a\":%,\"\":\"x\",\"\\u00e9'\\\\\":%}}",
    "{\"auditID\":\"#\",\"annotations\":{\"platform.miloapis.com/scope.type\":%,"
    "\"platform.miloapis.com/"
    "scope.name\":\"n\"},\"user\":{\"extra\":{\"project\":[\"p\"]}}}",
    "{\"auditID\":\"#\",\"annotations\":{\"platform.miloapis.com/scope.type\":\"Project\","
    "\"platform.miloapis.com/scope.name\":%}}",
    "{\"auditID\":\"#\",\"annotations\":{\"platform.miloapis.com/scope.name\":%},"
    "\"user\":{\"extra\":{\"project\":[\"p\"]}}}",
    "{\"auditID\":\"#\",\"user\":{\"extra\":{\"project\":[\"p\"]}},\"impersonatedUser\":%}",
    "{\"auditID\":\"#\",\"user\":{\"extra\":{\"project\":[\"p\"]}},\"impersonatedUser\":{"
    "\"extra\":{\"organization\":%}}}",
    "{\"auditID\":\"#\",\"user\":{\"extra\":{\"project\":[\"p\"]}},\"impersonatedUser\":{"
    "\"extra\":{\"iam.miloapis.com/parent-type\":[\"User\"],"
    "\"iam.miloapis.com/parent-name\":[\"u\"]}}}",
    "{\"auditID\":\"#\",\"user\":{\"extra\":{\"iam.miloapis.com/parent-type\":%,"
    "\"iam.miloapis.com/parent-name\":[\"n\"]}}}",
    "{\"auditID\":\"#\",\"user\":{\"extra\":{\"iam.miloapis.com/parent-type\":[\"User\"],"
    "\"iam.miloapis.com/parent-name\":%,\"project\":[\"p\"]}}}",
    "{\"auditID\":\"#\",\"user\":{\"extra\":{\"project\":%,\"organization\":[\"o\"]}}}",
    "{\"auditID\":\"#\",\"user\":{\"extra\":{\"organization\":%}}}",
    "[\"#\"]",
    "\"#\"",
};

static const char *const activity_records[] = {
    "{\"#\":0}",
    "{\"metadata\":%,\"spec\":%,\"#\":0}",
    "{\"metadata\":{\"labels\":%},\"#\":0}",
    "{\"metadata\":{\"labels\":{\"a\":%,\"b/c\":%}},\"#\":0}",
    "{\"metadata\":{\"name\":%,\"namespace\":%,\"creationTimestamp\":%,\"annotations\":"
    "{\"activity.miloapis.com/reindex-version\":%},\"deletionTimestamp\":%},\"#\":0}",
    "{\"spec\":{\"tenant\":{\"type\":%,\"name\":\"n\"},\"origin\":{\"type\":%,\"id\":%},"
    "\"changeSource\":%,\"summary\":%},\"#\":0}",
    "{\"spec\":{\"tenant\":{\"type\":\"Project\",\"name\":%},\"actor\":{\"type\":%,"
    "\"name\":%,\"uid\":%,\"email\":%}},\"#\":0}",
    "{\"spec\":{\"resource\":{\"apiGroup\":%,\"apiVersion\":%,\"kind\":%,\"name\":%,"
    "\"namespace\":%,\"uid\":%}},\"#\":0}",
};

static const char *const event_records[] = {
    "{\"#\":0}",
    "{\"metadata\":%,\"regarding\":%,\"related\":%,\"series\":%,\"deprecatedSource\":%,"
    "\"#\":0}",
    "{\"metadata\":{\"uid\":%,\"name\":%,\"namespace\":%,\"resourceVersion\":%,"
    "\"creationTimestamp\":%,\"deletionTimestamp\":%},\"#\":0}",
    "{\"metadata\":{\"creationTimestamp\":\"2026-01-02T03:04:05Z\"},\"eventTime\":%,\"#\":"
    "0}",
    "{\"metadata\":{\"creationTimestamp\":\"2026-01-02T03:04:05Z\"},"
    "\"deprecatedFirstTimestamp\":%,\"#\":0}",
    "{\"eventTime\":\"2026-01-02T03:04:05Z\",\"deprecatedLastTimestamp\":%,\"#\":0}",
    "{\"eventTime\":\"2026-01-02T03:04:05Z\",\"series\":{\"lastObservedTime\":%,"
    "\"count\":%},\"#\":0}",
    "{\"series\":{\"count\":%},\"deprecatedCount\":5,\"#\":0}",
    "{\"series\":{\"lastObservedTime\":null},\"deprecatedCount\":%,\"#\":0}",
    "{\"regarding\":{\"apiVersion\":%,\"kind\":%,\"namespace\":%,\"name\":%,\"uid\":%,"
    "\"fieldPath\":%,\"resourceVersion\":%},\"#\":0}",
    "{\"regarding\":{\"apiGroup\":%,\"apiVersion\":\"apps/v1\"},\"#\":0}",
    "{\"related\":{\"apiVersion\":%,\"kind\":%,\"namespace\":%,\"name\":%,\"uid\":%,"
    "\"fieldPath\":%,\"resourceVersion\":%},\"#\":0}",
    "{\"reason\":%,\"type\":%,\"action\":%,\"note\":%,\"#\":0}",
    "{\"reportingController\":%,\"reportingInstance\":%,\"deprecatedSource\":"
    "{\"component\":\"c\",\"host\":\"h\"},\"#\":0}",
    "{\"reportingController\":\"\",\"deprecatedSource\":{\"component\":%,\"host\":%},\"#\":"
    "0}",
    "{\"metadata\":{\"annotations\":{\"platform.miloapis.com/scope.type\":%,"
    "\"platform.miloapis.com/scope.name\":\"n\"}},\"#\":0}",
    "{\"metadata\":{\"annotations\":{\"platform.miloapis.com/scope.type\":\"organization\","
    "\"platform.miloapis.com/scope.name\":%}},\"#\":0}",
};

static void write_record(act_buf *out, const char *record, const char *value, size_t number)
{
    for (const char *p = record; *p; p++) {
        if (*p == '%')
            act_buf_add(out, act_str_cstr(value));
        else if (*p == '#')
            act_buf_printf(out, "%zu", number);
        else
            act_buf_add_byte(out, *p);
    }
}

/* ---- one table ---------------------------------------------------------------------- */

typedef struct {
    const char *table;
    const char *json;
    int (*add)(act_store_block *b, const act_json *record, act_str raw);
    act_store_block *typed;
    act_store_block *plain;
} pair;

static int add_audit(act_store_block *b, const act_json *record, act_str raw)
{
    return act_row_audit_add(b, arena, record, raw);
}

static void run(const char *format, ...) ACT_PRINTF(1, 2);
static void run(const char *format, ...)
{
    char sql[512];
    va_list args;
    va_start(args, format);
    vsnprintf(sql, sizeof sql, format, args);
    va_end(args);
    act_err e = ACT_ERR_INIT;
    if (act_store_exec(store, act_str_cstr(sql), NULL, 0, &e))
        fail_msg("%s: %s", sql, e.text);
}

/* The table under test keeps its name and columns but no longer collapses rows. */
static void begin(pair *p, int (*block)(act_store_block **ret))
{
    static char plain_table[64];
    snprintf(plain_table, sizeof plain_table, "%s_json", p->table);
    run("RENAME TABLE %s TO %s_made", p->table, p->table);
    static const char copy[] = "CREATE TABLE %s AS %s_made ENGINE = MergeTree "
                               "PRIMARY KEY tuple() ORDER BY tuple()";
    run(copy, p->table, p->table);
    run(copy, plain_table, p->table);
    assert_int_equal(block(&p->typed), ACT_OK);
    const act_store_column column = { p->json, ACT_STORE_STRING };
    assert_int_equal(act_store_block_new(plain_table, &column, 1, &p->plain), ACT_OK);
}

static void add(pair *p, act_str raw)
{
    const act_json *record;
    act_err e = ACT_ERR_INIT;
    act_arena_reset(arena);
    if (act_json_parse(parser, arena, raw, 0, &record, &e))
        fail_msg("%.*s: %s", ACT_STR_ARG(raw), e.text);
    assert_int_equal(p->add(p->typed, record, raw), ACT_OK);
    act_store_add_str(p->plain, raw);
}

static void add_hostile(pair *p, const char *const *records, size_t n)
{
    act_buf text = ACT_BUF_INIT;
    for (size_t i = 0; i < n; i++) {
        for (size_t v = 0; v < ACT_COUNT(values); v++) {
            act_buf_clear(&text);
            write_record(&text, records[i], values[v], i * ACT_COUNT(values) + v);
            add(p, act_buf_str(&text));
        }
    }
    act_buf_done(&text);
}

/* Ask for the rows in which @column differs; the first is shown. */
static void compare_column(const pair *p, act_str column)
{
    char sql[1024];
    snprintf(sql, sizeof sql,
             "SELECT a.%s, toString(a.%.*s), toString(b.%.*s) FROM %s AS a "
             "INNER JOIN %s_json AS b ON a.%s = b.%s WHERE a.%.*s != b.%.*s LIMIT 1",
             p->json, ACT_STR_ARG(column), ACT_STR_ARG(column), p->table, p->table, p->json,
             p->json, ACT_STR_ARG(column), ACT_STR_ARG(column));
    act_rows *rows;
    act_err e = ACT_ERR_INIT;
    if (act_store_query(store, act_str_cstr(sql), NULL, 0, NULL, &rows, &e))
        fail_msg("%s: %s", sql, e.text);
    int got = act_rows_next(rows, &e);
    if (got < 0)
        fail_msg("%s: %s", sql, e.text);
    if (got > 0)
        fail_msg("%.*s of %.*s: ours \"%.*s\", the table's \"%.*s\"", ACT_STR_ARG(column),
                 ACT_STR_ARG(act_rows_str(rows, 0)), ACT_STR_ARG(act_rows_str(rows, 1)),
                 ACT_STR_ARG(act_rows_str(rows, 2)));
    act_rows_close(rows, NULL);
}

static uint64_t count_joined(const pair *p)
{
    char sql[256];
    snprintf(sql, sizeof sql,
             "SELECT count() FROM %s AS a INNER JOIN %s_json AS b ON a.%s = b.%s", p->table,
             p->table, p->json, p->json);
    act_rows *rows;
    act_err e = ACT_ERR_INIT;
    if (act_store_query(store, act_str_cstr(sql), NULL, 0, NULL, &rows, &e) ||
        act_rows_next(rows, &e) != 1)
        fail_msg("%s: %s", sql, e.text);
    uint64_t n = act_rows_u64(rows, 0);
    act_rows_close(rows, NULL);
    return n;
}

static void end(pair *p)
{
    act_err e = ACT_ERR_INIT;
    if (act_store_insert(store, p->typed, ACT_STR(""), &e) ||
        act_store_insert(store, p->plain, ACT_STR(""), &e))
        fail_msg("%s", e.text);
    assert_int_equal(count_joined(p), act_store_block_rows(p->typed));
    act_rows *columns;
    const act_store_param table = { "t", ACT_STORE_STRING,
                                    .as.str = act_str_cstr(p->table) };
    assert_int_equal(act_store_query(store,
                                     ACT_STR("SELECT name FROM system.columns WHERE "
                                             "concat(database, '.', table) = {t:String}"),
                                     &table, 1, NULL, &columns, &e),
                     ACT_OK);
    size_t n = 0;
    for (; act_rows_next(columns, &e) == 1; n++)
        compare_column(p, act_rows_str(columns, 0));
    act_rows_close(columns, NULL);
    assert_true(n > 20);
    act_store_block_free(p->typed);
    act_store_block_free(p->plain);
}

static act_buf read_file(const char *path)
{
    act_buf b = ACT_BUF_INIT;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    char *at;
    ssize_t n;
    while ((at = act_buf_reserve(&b, 65536)) && (n = read(fd, at, 65536)) > 0)
        b.len += (size_t)n;
    close(fd);
    assert_int_equal(act_buf_err(&b), ACT_OK);
    return b;
}

/* ---- tests -------------------------------------------------------------------------- */

static void audit_rows_are_what_the_defaults_say(void **state)
{
    (void)state;
    pair p = { ACT_TABLE_AUDIT, "event_json", add_audit, NULL, NULL };
    begin(&p, act_row_audit_block);
    add_hostile(&p, audit_records, ACT_COUNT(audit_records));
    act_buf file = read_file(ACT_TEST_DATA "/audit.jsonl");
    for (act_str line, rest = act_buf_str(&file); rest.len > 0;) {
        rest = act_str_split(rest, '\n', &line);
        if (line.len > 0)
            add(&p, line);
    }
    act_buf_done(&file);
    end(&p);
}

static void activity_rows_are_what_the_defaults_say(void **state)
{
    (void)state;
    pair p = { ACT_TABLE_ACTIVITIES, "activity_json", act_row_activity_add, NULL, NULL };
    begin(&p, act_row_activity_block);
    add_hostile(&p, activity_records, ACT_COUNT(activity_records));
    end(&p);
}

/* As other writers, without a sequence. */
static int add_event(act_store_block *b, const act_json *record, act_str raw)
{
    return act_row_event_add(b, record, raw, 0);
}

static void event_rows_are_what_the_defaults_say(void **state)
{
    (void)state;
    pair p = { ACT_TABLE_EVENTS, "event_json", add_event, NULL, NULL };
    begin(&p, act_row_event_block);
    add_hostile(&p, event_records, ACT_COUNT(event_records));
    act_buf file = read_file(ACT_TEST_DATA "/events-k8sio.json");
    act_arena *a;
    const act_json *list;
    assert_int_equal(act_arena_new(64 << 20, 0, &a), ACT_OK);
    assert_int_equal(act_json_parse(parser, a, act_buf_str(&file), 0, &list, NULL), ACT_OK);
    size_t n;
    const act_json *items = act_json_items(act_json_get(list, ACT_STR("items")), &n);
    assert_true(n > 0);
    for (size_t i = 0; i < n; i++)
        add(&p, items[i].raw);
    act_arena_free(a);
    act_buf_done(&file);
    end(&p);
}

static int open_store(void **state)
{
    (void)state;
    strncpy(directory, "/tmp/activity-rows-XXXXXX", sizeof directory);
    act_err e = ACT_ERR_INIT;
    const act_store_chdb_options options = {
        .library = ACT_STR(ACT_SOURCE_DIR "/build/libchdb.so"),
        .directory = act_str_cstr(mkdtemp(directory)),
    };
    int err = act_store_chdb_open(&options, &store, &e);
    if (!err)
        err = act_store_migrate(store, NULL, &e);
    if (!err)
        err = act_json_parser_new((act_json_limits){ 0 }, &parser);
    if (!err)
        err = act_arena_new(64 << 20, 0, &arena);
    if (err)
        fprintf(stderr, "%s\n", e.text);
    return err;
}

static int close_store(void **state)
{
    (void)state;
    act_store_free(store);
    act_json_parser_free(parser);
    act_arena_free(arena);
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", directory);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(audit_rows_are_what_the_defaults_say),
        cmocka_unit_test(activity_rows_are_what_the_defaults_say),
        cmocka_unit_test(event_rows_are_what_the_defaults_say),
    };
    return cmocka_run_group_tests(tests, open_store, close_store);
}
