/** @file
 *  Applies numbered SQL files to a store, each once, and refuses a store that differs. */
#ifndef ACT_STORE_MIGRATE_H
#define ACT_STORE_MIGRATE_H

#include "store/store.h"

/** One file migrations/NNN_name.sql. Its statements end with a line that ends with `;` and
 *  must be repeatable (IF NOT EXISTS): a crash may cut a file off anywhere, and it is then
 *  run again from the start. */
typedef struct {
    uint32_t version;     /**< NNN; they rise by one from 1 */
    const char *name;     /**< "name" */
    const char *checksum; /**< SHA-256 of the file, hex */
    act_str sql;
} act_migration;

/** The files of src/store/migrations, embedded at build time. */
extern const act_migration act_migrations[];
extern const size_t act_migrations_count;

/** act_store_migrate() with a list of its own. */
int act_store_migrate_list(act_store *s, const act_migration *list, size_t n, act_log *log,
                           act_err *reterr) ACT_NONNULL(1, 2) ACT_MUST_CHECK;

/** Cut the first statement off *@sql, without comment lines before it, white space around
 *  it and its `;`. Empty when nothing is left. */
act_str act_migration_next(act_str *sql) ACT_NONNULL(1);

#endif
