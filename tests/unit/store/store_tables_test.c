/* ctest: labels=chdb timeout=180 */
/* Rows are durable in as many tables as there may be; in one more they are refused, not
 * stored without a sync. */
#include "unit/store/chdb_home.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>

static int insert_row(act_store *s, const char *table)
{
    static const act_store_column columns[] = { { "id", ACT_STORE_U64 } };
    ACT_AUTO(act_store_block) b = NULL;
    int r = act_store_block_new(table, columns, 1, &b);
    if (!r)
        act_store_add_u64(b, 1);
    return r ? r : act_store_insert(s, b, ACT_STR("token"), NULL);
}

static void exec(act_store *s, const char *sql)
{
    assert_int_equal(act_store_exec(s, act_str_cstr(sql), NULL, 0, NULL), 0);
}

static void so_many_tables_have_rows(void **state)
{
    (void)state;
    chdb_home home;
    chdb_home_make(&home);
    chdb_home_open(&home);
    exec(home.store, "CREATE DATABASE many");
    for (int i = 0; i <= ACT_STORE_CHDB_TABLES_MAX; i++) {
        char table[32], sql[160];
        (void)snprintf(table, sizeof table, "many.t%d", i);
        (void)snprintf(sql, sizeof sql,
                       "CREATE TABLE %s (id UInt64) ENGINE = MergeTree ORDER BY id", table);
        exec(home.store, sql);
        int r = insert_row(home.store, table);
        assert_int_equal(r, i < ACT_STORE_CHDB_TABLES_MAX ? 0 : ACT_ELIMIT);
    }
    assert_int_equal(insert_row(home.store, "many.t0"), 0); /* those that are known go on */
    chdb_home_close(&home);
    chdb_home_drop(&home);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(so_many_tables_have_rows) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
