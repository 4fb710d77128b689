/** @file
 *  Base64 of the standard alphabet. */
#ifndef CEL_BASE64_H
#define CEL_BASE64_H

#include "base/str.h"

/** Characters that @n bytes encode to, padding included; SIZE_MAX when that overflows. */
size_t cel_base64_encoded_size(size_t n);
/** Encode with padding into @out of cel_base64_encoded_size() bytes; no NUL. */
void cel_base64_encode(act_str bytes, char *out);

/** Decode text with or without its padding into @out of text.len * 3 / 4 bytes; *retn gets
 *  the bytes written. Bits behind the last whole byte are ignored, as Go does. ACT_EPARSE
 *  for other characters or an impossible length. */
int cel_base64_decode(act_str text, char *out, size_t *retn) ACT_NONNULL(3) ACT_MUST_CHECK;

#endif
