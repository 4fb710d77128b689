/** @file
 *  A server and a client on loopback for the tests of the HTTP layer. */
#ifndef ACT_TEST_WEB_H
#define ACT_TEST_WEB_H

#include "net/http_client.h"
#include "net/http_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

typedef struct {
    act_metrics *metrics;
    act_http_server *server;
    act_http_client *client;
    act_tls_pair ca, tls;
    char base[96]; /**< "http://127.0.0.1:PORT" */
} web;

/** Says back what it was asked. */
extern const act_http_callbacks web_echoes;
enum { WEB_SMALL_BODY = 1000 };
/** The server's own options, with bodies of WEB_SMALL_BODY at most. */
act_http_server_options web_small(void);

/** Plain server at a free port of 127.0.0.1; *o may be changed before. */
void web_start(web *w, act_http_server_options o, act_http_callbacks c);
/** The same over TLS with a fresh CA that the client trusts. */
void web_start_tls(web *w, act_http_server_options o, act_http_callbacks c);
void web_stop(web *w);

/** GET @path (a call with @call's other settings when given); the status, or the error. */
int web_get(web *w, const char *path, act_http_reply *reply);
/** POST @body. */
int web_post(web *w, const char *path, act_str body, const char *encoding,
             act_http_reply *reply);
/** Any call with @path in place of its URL. */
int web_call(web *w, act_http_call call, const char *path, act_http_reply *reply);

/** How long tests wait for what must come; a busy machine is slow, not wrong. */
enum { WEB_PATIENCE_MS = 60000 };
#define WEB_PATIENCE_NS (WEB_PATIENCE_MS * ACT_NS_PER_MS)

/** Value of counter @name whose line has @label (as `reason="x"`), -1 when absent. */
int64_t web_metric(web *w, const char *name, const char *label);
/** Wait until that is at least, or exactly, @value; false when patience is over. */
bool web_metric_reaches(web *w, const char *name, const char *label, int64_t value);
bool web_metric_becomes(web *w, const char *name, const char *label, int64_t value);

/** A TCP connection to the server; the caller closes it. */
int web_connect(web *w);
void web_send(int fd, act_str s);
/** Both, to GET @path. */
int web_ask(web *w, const char *path);
/** Append what arrives until @until was seen (NULL: until the peer closes); false when the
 *  peer closes before that, or nothing comes for longer than patience. */
bool web_receive(int fd, const char *until, act_buf *out);
/** The same for at most @wait_ms without a byte. */
bool web_receive_within(int fd, int wait_ms, const char *until, act_buf *out);

/** Milliseconds of the steady clock; sleep that long. */
int64_t web_now_ms(void);
void web_sleep_ms(int ms);
/** Resident memory of this process in KiB. */
long web_rss_kib(void);

#endif
