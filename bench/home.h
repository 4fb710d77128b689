/** @file
 *  A whole API server of this process (TLS on loopback, SQLite log and registry) in a
 *  folder of its own. For the programs of this folder: whatever fails ends the program. */
#ifndef ACT_BENCH_HOME_H
#define ACT_BENCH_HOME_H

#include "api/server.h"

#define HOME_API "/apis/activity.miloapis.com/v1alpha1/"

typedef struct {
    char directory[40];
    act_metrics *metrics;
    act_broker *broker;
    act_registry *registry;
    act_rule_env *rules;
    act_filter_env *filters;
    act_cursor_sealer *cursors;
    act_authn *authn;
    act_authz *authz;
    act_tls_pair ca, tls;
    act_api_server *server;
} home;

/** Open all parts but the server. @tokens: the token file (kube/token_file.h). */
void home_open(home *h, const char *tokens);
/** Start the server; its port. The store and the ingester may be NULL and stay the
 *  caller's. */
uint16_t home_serve(home *h, act_store *store, act_ingester *ingester);
void home_close(home *h);

/** "DIRECTORY/@name" in @out. */
act_str home_path(const home *h, const char *name, char out[128]);
/** Remove a folder with all that is in it. */
void home_remove(const char *directory);

/** End the program unless @r is 0. */
void home_check(int r, const char *what);

#endif
