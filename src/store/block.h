/** @file
 *  What a backend reads of a block: where it goes and its RowBinary bytes. */
#ifndef ACT_STORE_BLOCK_H
#define ACT_STORE_BLOCK_H

#include "store/store.h"

/** ACT_OK, or why rows could not be added (ACT_ENOMEM, ACT_ELIMIT). */
int act_store_block_err(const act_store_block *b) ACT_NONNULL(1);

/** The table's name, and `column, column, ...` for the statement; both live with @b. */
act_str act_store_block_table(const act_store_block *b) ACT_NONNULL(1);
act_str act_store_block_column_list(const act_store_block *b) ACT_NONNULL(1);

/** All rows; valid until the block changes. */
act_str act_store_block_data(const act_store_block *b) ACT_NONNULL(1);

#endif
