/** @file
 *  SHA-256 and base64, as certificates, tokens and kubeconfig files need them. */
#ifndef ACT_DIGEST_H
#define ACT_DIGEST_H

#include "base/buf.h"

enum { ACT_DIGEST_BYTES = 32 };

typedef struct {
    uint8_t bytes[ACT_DIGEST_BYTES];
} act_digest;

/** SHA-256 of @text. ACT_EIO when the library refuses (FIPS self tests failed). */
int act_digest_of(act_str text, act_digest *ret) ACT_NONNULL(2) ACT_MUST_CHECK;

/** Append the bytes that @text (RFC 4648 section 4, with line ends) stands for. ACT_EPARSE,
 *  ACT_ENOMEM: @out is as it was. */
int act_base64_decode(act_str text, act_buf *out) ACT_NONNULL(2) ACT_MUST_CHECK;

#endif
