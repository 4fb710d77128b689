/** @file
 *  Code points of strings that are known to be valid UTF-8. */
#ifndef CEL_UTF8_H
#define CEL_UTF8_H

#include "base/str.h"

/* Every CEL string is valid UTF-8: the lexer, the JSON reader and bytes-to-string see to
 * it. On other bytes these functions stay within bounds and give some answer. Any thread.
 */

/** Number of code points. */
size_t cel_utf8_count(act_str s);
/** Byte offset of code point @index; the length for @index equal to the count, SIZE_MAX
 *  beyond it. */
size_t cel_utf8_offset(act_str s, size_t index);
/** Code point at byte *@at, which moves behind it. *@at must be below the length. */
uint32_t cel_utf8_next(act_str s, size_t *at) ACT_NONNULL(2);
/** Bytes of the code point that starts with @lead (1 to 4). */
size_t cel_utf8_width(char lead);
/** Write @code (a Unicode scalar value), return the number of bytes. */
size_t cel_utf8_encode(uint32_t code, char out[4]);
/** Without code points of the property White_Space at both ends. */
act_str cel_utf8_trim(act_str s);

#endif
