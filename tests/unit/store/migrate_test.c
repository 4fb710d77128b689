#include "store/migrate.h"
#include "unit/store/fake_store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void statements_end_at_the_end_of_a_line(void **state)
{
    (void)state;
    act_str sql = ACT_STR("-- comment; with a semicolon;\n"
                          "CREATE a ';' -- inside\n (x);\n\n-- next\n  SELECT 1;\n"
                          "SELECT 2;");
    assert_true(
        act_str_eq(act_migration_next(&sql), ACT_STR("CREATE a ';' -- inside\n (x)")));
    assert_true(act_str_eq(act_migration_next(&sql), ACT_STR("SELECT 1")));
    assert_true(act_str_eq(act_migration_next(&sql), ACT_STR("SELECT 2")));
    assert_int_equal(act_migration_next(&sql).len, 0);
    assert_int_equal(act_migration_next(&sql).len, 0);
}

static void embedded_files_are_numbered_and_whole(void **state)
{
    (void)state;
    assert_true(act_migrations_count >= 1);
    for (size_t i = 0; i < act_migrations_count; i++) {
        assert_int_equal(act_migrations[i].version, i + 1);
        assert_int_equal(strlen(act_migrations[i].checksum), 64);
        assert_true(act_migrations[i].sql.len > 0);
    }
    assert_true(act_str_find(act_migrations[0].sql, ACT_STR("audit.audit_logs")) !=
                SIZE_MAX);
}

static const act_migration list[] = {
    { 1, "one", "c1", { "A;\nB;\n", 6 } },
    { 2, "two", "c2", { "C;\n", 3 } },
};

/* The store's answer to "what is applied": versions and checksums. */
static void answer(act_buf *b, size_t n, const uint32_t *versions, const char *const *sums,
                   uint64_t distinct)
{
    static const char *const header[] = { "version", "UInt32",    "c",
                                          "String",  "uniqExact", "UInt64" };
    put_header(b, 3, header);
    for (size_t i = 0; i < n; i++) {
        act_buf_add(b, act_str_from(&versions[i], 4));
        put_text(b, sums[i]);
        act_buf_add(b, act_str_from(&distinct, 8));
    }
}

static int migrate(size_t n, const uint32_t *versions, const char *const *sums,
                   uint64_t distinct, size_t fail_at, act_buf *ret_log, act_err *reterr)
{
    act_buf b = ACT_BUF_INIT;
    answer(&b, n, versions, sums, distinct);
    const act_str pieces[] = { act_buf_str(&b) };
    fake_store s;
    assert_int_equal(fake_store_init(&s), ACT_OK);
    s.pieces = pieces;
    s.piece_count = 1;
    s.fail_at = fail_at;
    int err = act_store_migrate_list(&s.base, list, 2, NULL, reterr);
    assert_int_equal(s.open_queries, 0);
    act_buf_clear(ret_log);
    act_buf_add(ret_log, act_buf_str(&s.log));
    act_store_free(&s.base);
    act_buf_done(&b);
    return err;
}

static bool has(const act_buf *log, const char *text)
{
    return act_str_find(act_buf_str(log), act_str_cstr(text)) != SIZE_MAX;
}

static void only_what_is_missing_runs(void **state)
{
    (void)state;
    act_buf log = ACT_BUF_INIT;
    act_err e = ACT_ERR_INIT;
    const uint32_t versions[] = { 1, 2 };
    const char *const sums[] = { "c1", "c2" };
    assert_int_equal(migrate(0, versions, sums, 1, 0, &log, &e), ACT_OK);
    assert_true(has(&log, "A\nB\nINSERT INTO audit.schema_migrations"));
    assert_true(has(&log, "\nC\nINSERT INTO audit.schema_migrations"));
    assert_int_equal(migrate(1, versions, sums, 1, 0, &log, &e), ACT_OK);
    assert_false(has(&log, "A\nB\n"));
    assert_true(has(&log, "\nC\nINSERT"));
    assert_int_equal(migrate(2, versions, sums, 1, 0, &log, &e), ACT_OK);
    assert_false(has(&log, "INSERT"));
    act_buf_done(&log);
}

static void a_failed_file_is_not_recorded(void **state)
{
    (void)state;
    act_buf log = ACT_BUF_INIT;
    act_err e = ACT_ERR_INIT;
    /* 1, 2: the bookkeeping; 3: A; 4: B */
    assert_int_equal(migrate(0, NULL, NULL, 1, 4, &log, &e), ACT_EIO);
    assert_true(has(&log, "A\n"));
    assert_false(has(&log, "INSERT"));
    assert_false(has(&log, "C\n"));
    act_buf_done(&log);
}

static void another_schema_is_a_conflict(void **state)
{
    (void)state;
    act_buf log = ACT_BUF_INIT;
    act_err e = ACT_ERR_INIT;
    const uint32_t newer[] = { 1, 2, 3 };
    const char *const newer_sums[] = { "c1", "c2", "c3" };
    assert_int_equal(migrate(3, newer, newer_sums, 1, 0, &log, &e), ACT_ECONFLICT);
    assert_non_null(strstr(e.text, "newer"));
    const char *const changed[] = { "c1", "other" };
    assert_int_equal(migrate(2, newer, changed, 1, 0, &log, &e), ACT_ECONFLICT);
    assert_non_null(strstr(e.text, "two"));
    const uint32_t gap[] = { 2 };
    assert_int_equal(migrate(1, gap, changed, 1, 0, &log, &e), ACT_ECONFLICT);
    assert_int_equal(migrate(1, newer, newer_sums, 2, 0, &log, &e), ACT_ECONFLICT);
    assert_false(has(&log, "INSERT"));
    act_buf_done(&log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(statements_end_at_the_end_of_a_line),
        cmocka_unit_test(embedded_files_are_numbered_and_whole),
        cmocka_unit_test(only_what_is_missing_runs),
        cmocka_unit_test(a_failed_file_is_not_recorded),
        cmocka_unit_test(another_schema_is_a_conflict),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
