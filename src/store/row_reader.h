/** @file
 *  Reads ClickHouse's RowBinaryWithNamesAndTypes, fed in pieces of any size. */
#ifndef ACT_STORE_ROW_READER_H
#define ACT_STORE_ROW_READER_H

#include "store/store.h"

/** Decoder state. One thread. */
typedef struct act_row_reader act_row_reader;

enum {
    ACT_ROW_COLUMNS_MAX = 256,             /**< columns of a result */
    ACT_ROW_BYTES_MAX = 256 * 1024 * 1024, /**< one encoded row */
};

int act_row_reader_new(act_row_reader **ret) ACT_NONNULL(1) ACT_MUST_CHECK;
void act_row_reader_free(act_row_reader *r);
ACT_DEFINE_AUTO(act_row_reader)

/** More bytes, which must stay valid until the next feed. What was left over of the piece
 *  before is kept. ACT_ENOMEM, ACT_ELIMIT (a row beyond ACT_ROW_BYTES_MAX). */
int act_row_reader_feed(act_row_reader *r, act_str bytes) ACT_NONNULL(1) ACT_MUST_CHECK;

/** As above for a piece that is a whole document of its own: it begins with the names and
 *  types again, which must be the same as before. ACT_ECORRUPT: they are not, or the piece
 *  before ended inside a row. */
int act_row_reader_feed_document(act_row_reader *r, act_str bytes)
    ACT_NONNULL(1) ACT_MUST_CHECK;

/** Decode one row: 1 there is one, 0 the bytes end before it does. ACT_EUNSUPPORTED: a
 *  column has a type that is none of act_store_type (@reterr names it). ACT_ECORRUPT: not
 *  this format. ACT_ENOMEM. */
int act_row_reader_next(act_row_reader *r, act_err *reterr) ACT_NONNULL(1) ACT_MUST_CHECK;

/** True when no undecoded byte is left, so that the input may end here. */
bool act_row_reader_is_at_end(const act_row_reader *r) ACT_NONNULL(1);

size_t act_row_reader_columns(const act_row_reader *r) ACT_NONNULL(1);
/** Values of the row that act_row_reader_next() found, valid until the next call of it or
 *  of feed. NULL values read as empty or 0. A wrong type is an assertion. */
act_str act_row_reader_str(const act_row_reader *r, size_t column) ACT_NONNULL(1);
uint64_t act_row_reader_u64(const act_row_reader *r, size_t column) ACT_NONNULL(1);
int64_t act_row_reader_i64(const act_row_reader *r, size_t column) ACT_NONNULL(1);
double act_row_reader_f64(const act_row_reader *r, size_t column) ACT_NONNULL(1);
size_t act_row_reader_count(const act_row_reader *r, size_t column) ACT_NONNULL(1);
act_str act_row_reader_item(const act_row_reader *r, size_t column, size_t i)
    ACT_NONNULL(1);

#endif
