/** @file
 *  How many connections each client address has open, or streams each owner. */
#ifndef ACT_HTTP_PEERS_H
#define ACT_HTTP_PEERS_H

#include "net/listen.h"

/** Not locked: the server's lock guards it. */
typedef struct act_http_peers act_http_peers;

int act_http_peers_new(act_http_peers **ret) ACT_NONNULL(1) ACT_MUST_CHECK;
void act_http_peers_free(act_http_peers *p);

/** Of whom: an address, or a hash of a name. */
enum { ACT_HTTP_PEER_BYTES = 16 };
typedef struct {
    unsigned char bytes[ACT_HTTP_PEER_BYTES];
} act_http_peer;
/** The host of @a, without its port. */
act_http_peer act_http_peer_of_address(const act_address *a) ACT_NONNULL(1);

/** Count one more of @who unless it has @limit already (0: no limit). ACT_ELIMIT,
 *  ACT_ENOMEM: not counted. */
int act_http_peers_add(act_http_peers *p, act_http_peer who, unsigned limit)
    ACT_NONNULL(1) ACT_MUST_CHECK;
/** Take one away that was added. */
void act_http_peers_remove(act_http_peers *p, act_http_peer who) ACT_NONNULL(1);

#endif
