/** @file
 *  How many connections each client address has open. */
#ifndef ACT_HTTP_PEERS_H
#define ACT_HTTP_PEERS_H

#include "net/listen.h"

/** Not locked: the server's lock guards it. */
typedef struct act_http_peers act_http_peers;

int act_http_peers_new(act_http_peers **ret) ACT_NONNULL(1) ACT_MUST_CHECK;
void act_http_peers_free(act_http_peers *p);

/** Count one more of @a's host unless it has @limit already (0: no limit). ACT_ELIMIT,
 *  ACT_ENOMEM: not counted. */
int act_http_peers_add(act_http_peers *p, const act_address *a, unsigned limit)
    ACT_NONNULL(1, 2) ACT_MUST_CHECK;
/** Take one away that was added. */
void act_http_peers_remove(act_http_peers *p, const act_address *a) ACT_NONNULL(1, 2);

#endif
