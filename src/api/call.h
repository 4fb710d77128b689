/** @file
 *  One API request on its way: who asks for what, and what the handlers of resources get.
 */
#ifndef ACT_API_CALL_H
#define ACT_API_CALL_H

#include "api/shares.h"
#include "api/turns.h"
#include "core/cursor.h"
#include "core/filter.h"
#include "core/rule_env.h"
#include "core/scope.h"
#include "kube/authz.h"
#include "kube/negotiate.h"
#include "kube/object.h"
#include "kube/openapi.h"
#include "kube/status.h"
#include "kube/table.h"
#include "kube/user.h"
#include "net/http_server.h"
#include "pipeline/ingester.h"
#include "registry/registry.h"

typedef struct act_call act_call;
typedef struct act_event_tail act_event_tail;
typedef struct act_hub act_hub;
typedef struct act_persisted_watches act_persisted_watches;

/** A served resource: its names, the form of its objects, its table, its handler. */
typedef struct {
    act_kube_resource resource;
    const act_schema *schema;
    act_columns columns;         /**< n 0: no table */
    void (*handle)(act_call *c); /**< called for the verbs that the resource has */
} act_api_kind;

/** All resources, those of one group version together. */
extern const act_api_kind act_api_kinds[];
size_t act_api_kind_count(void);

/** Limits that installations choose. */
typedef struct {
    int64_t max_query_window_ns; /**< 0: any */
    int64_t max_page_size;
    int64_t activity_list_window_ns; /**< 0: without bound */
    int64_t event_window_ns;    /**< the Events APIs have Events seen this lately; 0: all */
    int64_t request_timeout_ns; /**< 0: ACT_REQUEST_TIMEOUT_S; see deadline.h */
    unsigned max_requests_per_user; /**< that run at once; 0: any number */
    /* Of questions to the store (budget.h); 0: any. */
    int64_t query_time_ns;
    uint64_t query_rows; /**< read */
    uint64_t query_memory_bytes;
    unsigned query_slice_rows;  /**< looked at first for each record wanted; 0: the usual */
    unsigned queries_per_scope; /**< that run at once */
    unsigned max_watches_per_user;  /**< open ones; 0: any number */
    unsigned max_persisted_watches; /**< open ones of persisted kinds; 0: the usual */
} act_api_limits;

/** What handlers use. Everything outlives the server. */
typedef struct {
    act_broker *broker;
    const act_authz *authz;
    act_store *store;
    act_registry *registry;
    act_ingester *ingester; /**< its floors are the versions of lists */
    const act_rule_env *rules;
    const act_filter_env *filters;
    const act_cursor_sealer *cursors;
    act_hub *activities;        /**< watches of activities */
    act_hub *events;            /**< and of Events */
    act_event_tail *event_tail; /**< NULL without an ingester */
    act_persisted_watches *persisted;
    act_turns *turns;    /**< of writers of persisted objects */
    act_shares *queries; /**< of the scopes */
    act_api_limits limits;
    bool garbage_collected; /**< somebody follows owner references (kube/propagation.h) */
    act_clock clock;
    act_random random;
    act_log *log;
    act_metrics *metrics;
} act_api_services;

struct act_call {
    const act_api_services *api;
    act_http_request *req;
    act_http_response *res;
    act_arena *arena; /**< of the request */
    act_kube_target target;
    const act_api_kind *kind;
    enum act_kube_verb verb;
    act_kube_accept accept;
    act_user user;        /**< as whom it runs */
    act_str impersonator; /**< who has asked for that; empty: the user itself */
    act_scope scope;
    act_str audit_id;
    int64_t now_ns;      /**< the one reading of the clock that the request has */
    int64_t deadline_ns; /**< steady; see deadline.h */
    act_str budget_key;  /**< see budget.h */
};

#endif
