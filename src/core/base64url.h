/** @file
 *  base64url without padding (RFC 4648, section 5), one text for each value. */
#ifndef ACT_BASE64URL_H
#define ACT_BASE64URL_H

#include "base/buf.h"

/** Append @bytes encoded; failures stick in @out. */
void act_base64url_encode(act_str bytes, act_buf *out) ACT_NONNULL(2);
/** Append what @text encodes. ACT_EPARSE, with @out as it was: a byte outside the alphabet,
 *  padding, an impossible length, or unused bits that are not zero (a second text for the
 *  same bytes). Memory failures stick in @out. */
int act_base64url_decode(act_str text, act_buf *out) ACT_NONNULL(2) ACT_MUST_CHECK;

#endif
