/** @file
 *  The parts of a request target: percent-coding, path segments, query parameters. */
#ifndef ACT_URL_H
#define ACT_URL_H

#include "base/arena.h"
#include "base/buf.h"

enum {
    ACT_URL_SEGMENTS_MAX = 64, /**< segments of a path */
    ACT_URL_PARAMS_MAX = 256,  /**< parameters of a query */
};

typedef struct {
    act_str name;
    act_str value; /**< empty when there was no "=" */
} act_url_param;

/** @s with %XX decoded (RFC 3986, 2.1), and "+" read as a space when @plus (HTML forms).
 *  Lives in @a, or is @s itself when nothing was coded. ACT_EPARSE for a bad escape or a
 *  NUL byte, ACT_ENOMEM. */
int act_url_decode(act_arena *a, act_str s, bool plus, act_str *ret)
    ACT_NONNULL(1, 4) ACT_MUST_CHECK;

/** Decoded segments between the slashes of @path, which starts with "/". Empty ones are
 *  dropped, so "/apis/" and "/apis" agree; an encoded "%2F" stays inside its segment; "."
 *  and ".." are kept as they are (nobody maps paths to files). ACT_EPARSE, ACT_ELIMIT,
 *  ACT_ENOMEM. */
int act_url_segments(act_arena *a, act_str path, act_str **ret, size_t *ret_n)
    ACT_NONNULL(1, 3, 4) ACT_MUST_CHECK;

/** Decoded parameters of @query (without "?") in their order, repeated names kept.
 *  ACT_EPARSE, ACT_ELIMIT, ACT_ENOMEM. */
int act_url_query(act_arena *a, act_str query, act_url_param **ret, size_t *ret_n)
    ACT_NONNULL(1, 3, 4) ACT_MUST_CHECK;

/** Append @s with everything but RFC 3986's unreserved characters escaped. */
void act_url_encode(act_buf *out, act_str s) ACT_NONNULL(1);

#endif
