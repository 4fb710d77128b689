/** @file
 *  Requests put together from parts that mean something and parts that do not, by whoever
 *  decides: a seed, or a fuzzer. */
#ifndef ACT_TEST_RANDOM_REQUESTS_H
#define ACT_TEST_RANDOM_REQUESTS_H

#include "unit/api/api_help.h"

enum { RANDOM_URL_MAX = 2048, RANDOM_BODY_MAX = 96 << 10 };

/** Makes the decisions: a number from 0 to @below - 1. */
typedef struct {
    uint64_t (*roll)(void *ctx, uint64_t below);
    void *ctx;
} random_source;

typedef struct {
    const char *method, *token; /**< token NULL: nobody */
    char url[RANDOM_URL_MAX];
    act_http_header headers[3];
    size_t n_headers;
    bool has_body;
    act_str body; /**< in room */
    char room[RANDOM_BODY_MAX];
} random_request;

/** One request for the server @t, drawn from @source. */
void random_request_draw(random_source source, const test_api *t, random_request *ret);

/** Send it; the answer is in t->reply. NULL when all is well: it was answered, with no
 *  server error, and errors are Status objects. Else what is wrong. */
const char *random_request_send(test_api *t, const random_request *r);

#endif
