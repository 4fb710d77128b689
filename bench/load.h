/** @file
 *  Load on an HTTPS server of this machine: keep-alive connections that ask one after
 *  another. For the programs of this folder. */
#ifndef ACT_BENCH_LOAD_H
#define ACT_BENCH_LOAD_H

#include "base/base.h"

#include <gnutls/gnutls.h>

typedef struct {
    uint16_t port;       /**< of 127.0.0.1 */
    const char *request; /**< all of it: request line, headers, empty line */
    int connections;
    int seconds;
    size_t requests; /**< ends earlier when so many are answered; 0: no limit */
} load_options;

typedef struct {
    size_t count; /**< answers of status 200 */
    size_t failed;
    double seconds, p50_ms, p99_ms;
} load_result;

/** False when no connection could be made. */
bool load_run(const load_options *o, load_result *ret);
/** "NAME: N requests/s, p50 ..." on standard output. */
void load_print(const char *name, const load_options *o, const load_result *r);

/** A TLS connection whose server is not verified; NULL when there is none. */
gnutls_session_t load_dial(uint16_t port);
void load_hang_up(gnutls_session_t s); /**< NULL is a no-op. */
/** Send @request and read the head of the answer, and its body when it says how long that
 *  is. The status, 0 when the connection broke. */
int load_exchange(gnutls_session_t s, act_str request);

/** Resident memory of this process. */
double load_resident_kib(void);
int64_t load_now_ns(void);

#endif
