#include "store/migrate.h"

static const char *const bookkeeping[] = {
    "CREATE DATABASE IF NOT EXISTS audit",
    "CREATE TABLE IF NOT EXISTS audit.schema_migrations ("
    "version UInt32, name String, checksum String, "
    "applied_at DateTime64(3, 'UTC') DEFAULT now64(3)) "
    "ENGINE = ReplacingMergeTree ORDER BY version "
    "SETTINGS fsync_after_insert = 1, fsync_part_directory = 1",
};

static act_str skip_comments(act_str sql)
{
    for (;;) {
        sql = act_str_trim(sql);
        if (!act_str_starts(sql, ACT_STR("--")))
            return sql;
        act_str comment;
        sql = act_str_split(sql, '\n', &comment);
    }
}

act_str act_migration_next(act_str *sql)
{
    act_str rest = skip_comments(*sql);
    size_t end = act_str_find(rest, ACT_STR(";\n"));
    act_str statement = act_str_head(rest, end);
    *sql = act_str_cut(rest, end == SIZE_MAX ? rest.len : end + 2);
    statement = act_str_trim(statement);
    if (act_str_ends(statement, ACT_STR(";"))) /* the last line without a line feed */
        statement = act_str_trim(act_str_head(statement, statement.len - 1));
    return statement;
}

static int apply(act_store *s, const act_migration *m, act_log *log, act_err *reterr)
{
    act_str rest = m->sql;
    for (act_str one; (one = act_migration_next(&rest)).len > 0;) {
        int err = act_store_exec(s, one, NULL, 0, reterr);
        if (err)
            return err;
    }
    const act_store_param params[] = {
        { .name = "version", .type = ACT_STORE_U32, .as.u64 = m->version },
        { .name = "name", .type = ACT_STORE_STRING, .as.str = act_str_cstr(m->name) },
        { .name = "checksum",
          .type = ACT_STORE_STRING,
          .as.str = act_str_cstr(m->checksum) },
    };
    int err = act_store_exec(s,
                             ACT_STR("INSERT INTO audit.schema_migrations "
                                     "(version, name, checksum) SELECT {version:UInt32}, "
                                     "{name:String}, {checksum:String}"),
                             params, ACT_COUNT(params), reterr);
    if (!err)
        act_info(log, "store schema migrated", ACT_F_I64("version", m->version),
                 ACT_F_CSTR("name", m->name));
    return err;
}

/* How many of @list are applied; they are the first ones. */
static int count_applied(act_store *s, const act_migration *list, size_t n, size_t *ret,
                         act_err *reterr)
{
    act_rows *rows;
    int err = act_store_query(s,
                              ACT_STR("SELECT version, any(checksum), uniqExact(checksum) "
                                      "FROM audit.schema_migrations "
                                      "GROUP BY version ORDER BY version"),
                              NULL, 0, NULL, &rows, reterr);
    if (err)
        return err;
    size_t applied = 0;
    int got;
    while ((got = act_rows_next(rows, reterr)) > 0) {
        uint64_t version = act_rows_u64(rows, 0);
        if (applied == n) {
            got = act_fail(reterr, ACT_ECONFLICT,
                           "the store's schema has version %llu, newer than the %zu known "
                           "to this program",
                           (unsigned long long)version, n);
            break;
        }
        const act_migration *m = &list[applied];
        if (version != m->version || act_rows_u64(rows, 2) != 1 ||
            !act_str_eq_cstr(act_rows_str(rows, 1), m->checksum)) {
            got = act_fail(reterr, ACT_ECONFLICT,
                           "migration %llu of the store is not this program's %u (%s)",
                           (unsigned long long)version, m->version, m->name);
            break;
        }
        applied++;
    }
    act_rows_close(rows, NULL);
    if (got == 0)
        *ret = applied;
    return got;
}

int act_store_migrate_list(act_store *s, const act_migration *list, size_t n, act_log *log,
                           act_err *reterr)
{
    int err = ACT_OK;
    for (size_t i = 0; !err && i < ACT_COUNT(bookkeeping); i++)
        err = act_store_exec(s, act_str_cstr(bookkeeping[i]), NULL, 0, reterr);
    size_t applied = 0;
    if (!err)
        err = count_applied(s, list, n, &applied, reterr);
    for (size_t i = applied; !err && i < n; i++)
        err = apply(s, &list[i], log, reterr);
    return err;
}

int act_store_migrate(act_store *s, act_log *log, act_err *reterr)
{
    return act_store_migrate_list(s, act_migrations, act_migrations_count, log, reterr);
}
