/** @file
 *  A fake kube-apiserver on loopback (TLS): it answers reviews by simple rules and serves
 *  one ConfigMap. Only for tests; what it checks is what real ones check. */
#ifndef KUBE_FAKE_APISERVER_H
#define KUBE_FAKE_APISERVER_H

#include "kube/client.h"
#include "net/http_server.h"
#include "support.h"

#include <pthread.h>

#define FAKE_OUR_TOKEN "service-token"

/** TokenReview knows "tok-alice". SubjectAccessReview allows verb "get", and refuses others
 *  because "only reading". Callers without FAKE_OUR_TOKEN get 401. */
typedef struct {
    act_http_server *server;
    act_kube_client *client; /**< with our token */
    act_tls_pair ca, tls;
    char url[64];
    pthread_mutex_t lock; /* of what follows */
    int fail_status;      /**< not 0: answer this to everything */
    int reviews;          /**< answered so far */
    int watches;          /**< opened so far */
    bool unread;          /**< nobody has read config_map since it was set */
    char last_review[4096];
    char config_map[16384];
    act_http_stream *watch;
} fake_apiserver;

void fake_start(fake_apiserver *f);
void fake_stop(fake_apiserver *f);
void fake_fail(fake_apiserver *f, int status);
int fake_reviews(fake_apiserver *f);
/** Serve @json as the ConfigMap and tell the watcher. */
void fake_set_config_map(fake_apiserver *f, const char *json);
/** A client of @f with another token. */
act_kube_client *fake_client(fake_apiserver *f, const char *token, const char *token_file);

/** A clock that stands where *at_ns says. */
act_clock fake_clock(int64_t *at_ns);

/** A CA, or a client certificate of @ca (of group @group, when given); valid now. */
void make_ca(const char *name, act_tls_pair *ret);
void make_client(const act_tls_pair *ca, const char *name, const char *group,
                 act_tls_pair *ret);

#endif
