/** @file
 *  What the TLS sources share: GnuTLS objects from PEM, and its errors as ours. */
#ifndef ACT_TLS_INTERNAL_H
#define ACT_TLS_INTERNAL_H

#include "net/tls.h"

#include <gnutls/x509.h>

enum { ACT_TLS_PEM_MAX = 1 << 20 }; /**< largest PEM file that is read */

static inline gnutls_datum_t act_tls_datum(act_str s)
{
    return (gnutls_datum_t){ .data = (unsigned char *)(uintptr_t)s.ptr,
                             .size = (unsigned)(s.len < UINT32_MAX ? s.len : 0) };
}

/** Put what GnuTLS says about @code into @e; ACT_ENOMEM or @err. */
int act_tls_fail(act_err *e, int err, const char *what, int code);

/** First certificate of @pem; free with gnutls_x509_crt_deinit(). ACT_EPARSE, ACT_ENOMEM.
 */
int act_tls_first_cert(act_str pem, gnutls_x509_crt_t *ret, act_err *e);
/** Key of @pem; free with gnutls_x509_privkey_deinit(). ACT_EPARSE, ACT_ENOMEM. */
int act_tls_key(act_str pem, gnutls_x509_privkey_t *ret, act_err *e);

/** ACT_OK, ACT_EAGAIN (not yet valid) or ACT_EGONE (expired) at @now_wall_ns. */
int act_tls_valid_at(gnutls_x509_crt_t crt, int64_t now_wall_ns);

#endif
