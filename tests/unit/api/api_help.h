/** @file
 *  A real API server (TLS on loopback, SQLite registry, SQLite log) and a client of it. */
#ifndef ACT_TEST_API_HELP_H
#define ACT_TEST_API_HELP_H

#include "api/server.h"
#include "base/thread.h"
#include "net/http_client.h"
#include "patience.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define assert_ok(call) assert_int_equal((call), ACT_OK)

#define GROUP "/apis/activity.miloapis.com/v1alpha1/"
#define POLICIES GROUP "activitypolicies"
#define JOBS GROUP "reindexjobs"
#define ACTIVITIES GROUP "activities"

/* Bearer tokens of the users that the server knows. */
#define TOKEN_ADMIN "token-of-admin" /* in system:masters */
#define TOKEN_JOE "token-of-joe"     /* in no group that matters */
#define TOKEN_ODD "token-of-odd" /* in system:masters, of a tenant that there cannot be */

typedef struct {
    char directory[40];
    act_metrics *metrics;
    act_broker *broker;
    act_store *store;       /**< NULL: what needs one is not to be asked */
    act_ingester *ingester; /**< with a store */
    act_registry *registry;
    act_rule_env *rules;
    act_filter_env *filters;
    act_cursor_sealer *cursors;
    act_authn *authn;
    act_roles *roles;
    act_authz *authz;
    act_tls_pair ca, tls;
    act_api_server *server;
    act_http_client *client;
    act_arena *arena; /**< of the functions below; reset by the next call */
    char base[96];    /**< "https://127.0.0.1:PORT"; http where it is plain */
    const char *token, *accept;
    act_http_reply reply;   /**< of the last call */
    const act_json *answer; /**< its body; NULL when it is no JSON */
} test_api;

typedef struct {
    act_store *store;   /**< may be NULL; the server's when given, and not freed here */
    const char *tokens; /**< further lines of the token file (token_file.h), or NULL */
    act_log *log;
    act_api_limits limits;
    bool garbage_collected;
    unsigned workers, queue_limit; /**< 0: 4 and the server's own */
    bool plain;                    /**< HTTP without TLS */
    const char *parent;            /**< of its folder; NULL: /tmp */
} test_api_options;

/** The server of the test at hand. */
extern test_api api;
/** For cmocka: `api` as most tests need it, and its end. */
int api_setup(void **state);
int api_teardown(void **state);

/** Start all of it. */
void api_start_with(test_api *t, const test_api_options *o);
/** The same with the usual limits. */
void api_start(test_api *t, act_store *store);
void api_start_as(test_api *t, act_store *store, const char *tokens);
void api_stop(test_api *t);
/** Remove a folder with all that is in it. */
void api_remove(const char *directory);

/** One request; the HTTP status. In @body, single quotes stand for double ones. @type NULL:
 *  application/json. */
int api_call(test_api *t, const char *method, const char *path, const char *type,
             const char *body);
int api_get(test_api *t, const char *path);
int api_post(test_api *t, const char *path, const char *body);
int api_put(test_api *t, const char *path, const char *body);
int api_delete(test_api *t, const char *path);
int api_merge(test_api *t, const char *path, const char *patch);

/** What the last answer has at a dotted path ("items.0.metadata.name"): strings as they
 *  are, other values as JSON, "" when there is nothing. */
const char *api_at(test_api *t, const char *path);
size_t api_count(test_api *t, const char *path);
/** The last answer of `api` has @wanted at @path. */
#define assert_at(path, wanted) assert_string_equal(api_at(&api, path), wanted)
/** The body of the last answer. */
const char *api_text(test_api *t);
/** First value of a header of the last answer; "" when there is none. */
const char *api_header(test_api *t, const char *name);

/** A policy with one rule, as text with single quotes. In the arena of no one: static. */
const char *policy_text(const char *name, const char *extra_metadata, const char *match);

/** A watch on a thread of its own. */
typedef struct {
    test_api *t;
    char url[512];
    const char *accept, *token;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t more;
    /* Under the lock. */
    act_buf text;
    bool open, ended;   /**< the head of the answer is there; all of it is */
    int result, status; /**< when it has ended */
    size_t taken;
    atomic_bool cancel, hold; /**< hold: take nothing from the connection */
    act_arena *arena;
    const act_json *frame; /**< the last one taken */
} test_watch;

/** @path with its query; "watch=1" is the caller's. @accept NULL: JSON. When this returns
 *  the server has taken the watch up, and it shows whatever is changed from now on (or the
 *  server has refused it). */
void watch_start(test_watch *w, test_api *t, const char *path, const char *accept);
/** The two halves of it, for many watches at once. */
void watch_begin(test_watch *w, test_api *t, const char *path, const char *accept);
void watch_await(test_watch *w);
/** The next frame; false when the stream ended instead. */
bool watch_next(test_watch *w);
/** As api_at() in the last frame. */
const char *watch_at(test_watch *w, const char *path);
/** True when nothing comes for @ms. */
bool watch_is_silent(test_watch *w, int ms);
/** Tell it to stop, which takes up to a second; watch_stop() waits for that. */
void watch_cancel(test_watch *w);
void watch_stop(test_watch *w);

#endif
