/** @file
 *  The positions of JSON's tokens in a text, found by simdjson's vector code. */
#ifndef ACT_JSON_INDEX_H
#define ACT_JSON_INDEX_H

#include "base/str.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Reusable; one thread. */
typedef struct act_json_index act_json_index;

int act_json_index_new(act_json_index **ret) ACT_NONNULL(1) ACT_MUST_CHECK;
void act_json_index_free(act_json_index *ix); /**< NULL is a no-op. */

/** Longest text that can be indexed. */
#define ACT_JSON_INDEX_MAX_BYTES ((size_t)UINT32_MAX - 64)

/** Find in @text (which needs no padding) the offset of every bracket, colon and comma
 *  outside strings, of every opening quote, and of the first byte of everything else that
 *  is not white space: a run of such bytes counts once. *ret has @ret_count of them, then
 *  text.len, and is valid until the next call. On success the text is valid UTF-8, every
 *  string is closed, and none contains a control character.
 *  ACT_EPARSE: it is not so, or there is nothing but space. ACT_ENOMEM. ACT_ELIMIT. */
int act_json_index_find(act_json_index *ix, act_str text, const uint32_t **ret,
                        size_t *ret_count) ACT_NONNULL(1, 3, 4) ACT_MUST_CHECK;

#ifdef __cplusplus
}
#endif

#endif
