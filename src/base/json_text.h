/** @file
 *  Pieces of JSON text: numbers, string escapes, and where a text is wrong. */
#ifndef ACT_JSON_TEXT_H
#define ACT_JSON_TEXT_H

#include "base/json.h"

static inline bool act_json_is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/** Read the number at the start of @text (RFC 8259 section 6) into type, value and raw of
 *  @ret; what follows it is not looked at. ACT_EPARSE: not a number. ACT_ELIMIT: beyond
 *  the largest double. */
int act_json_read_number(act_str text, act_json *ret) ACT_NONNULL(2) ACT_MUST_CHECK;

/** Undo the escapes (RFC 8259 section 7) of @body, the inside of a string, into @out, which
 *  has room for body.len bytes: no escape is shorter than what it stands for. A surrogate
 *  without its other half becomes U+FFFD, as in Go. Returns the length, or SIZE_MAX with
 *  the offset of the bad escape in @ret_bad. */
size_t act_json_unescape(act_str body, char *out, size_t *ret_bad)
    ACT_NONNULL(2, 3) ACT_MUST_CHECK;

/** For a text that act_json_index_find() refused: what is wrong, and at which offset. */
const char *act_json_diagnose(act_str text, size_t *ret_offset) ACT_NONNULL(2);

#endif
