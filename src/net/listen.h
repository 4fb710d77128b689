/** @file
 *  Listen addresses: their text form, and a bound socket. */
#ifndef ACT_LISTEN_H
#define ACT_LISTEN_H

#include "base/str.h"

#include <sys/socket.h>

enum { ACT_ADDRESS_TEXT_MAX = 64 };

/** A parsed numeric address. Plain data. */
typedef struct {
    struct sockaddr_storage addr;
    socklen_t len;
} act_address;

/** Read "127.0.0.1:8080", "[::1]:8443", "localhost:80" (127.0.0.1) or ":8443" (every
 *  interface, both families). Names other than localhost are not resolved: a server that
 *  listens on what a resolver says is a surprise. Port 0 asks the system for a free one.
 *  ACT_EPARSE with the detail in @e, which may be NULL. */
int act_address_parse(act_str text, act_address *ret, act_err *e)
    ACT_NONNULL(2) ACT_MUST_CHECK;

/** Write "host:port" ("[host]:port" for IPv6), with a NUL; returns the length. */
size_t act_address_format(const act_address *a, char out[ACT_ADDRESS_TEXT_MAX])
    ACT_NONNULL(1);
/** As above without the port. */
size_t act_address_format_host(const act_address *a, char out[ACT_ADDRESS_TEXT_MAX])
    ACT_NONNULL(1);
uint16_t act_address_port(const act_address *a) ACT_NONNULL(1);

/** Bind and listen (SO_REUSEADDR, close-on-exec, non-blocking); *ret_bound is the address
 *  with the port that the system chose. The caller closes *ret_fd. ACT_EIO, detail in @e.
 */
int act_listen(const act_address *a, int backlog, int *ret_fd, act_address *ret_bound,
               act_err *e) ACT_NONNULL(1, 3, 4) ACT_MUST_CHECK;

#endif
