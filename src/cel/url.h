/** @file
 *  URLs as Go reads them, which is what Kubernetes' CEL environment promises. */
#ifndef CEL_URL_H
#define CEL_URL_H

#include "base/arena.h"
#include "base/buf.h"

enum { CEL_URL_TEXT_MAX = 4096 }; /**< bytes of input text */

/** Plain data; the texts lie in the arena or are views of the text that was parsed. */
typedef struct {
    act_str scheme;   /**< lower case, empty for an absolute path */
    act_str opaque;   /**< what follows the scheme of "mailto:x", raw */
    act_str userinfo; /**< raw; has_userinfo tells an empty one from none */
    act_str host;     /**< with port and brackets, escapes resolved */
    act_str path;     /**< escaped where a path needs it, else as it was written */
    act_str query;    /**< raw, without '?' */
    act_str fragment; /**< raw, without '#' */
    bool has_userinfo;
    bool has_query; /**< tells an empty one from none */
} cel_url;

/** Read all of @text: an absolute URI, an absolute path, "//host/path" or "*". ACT_EPARSE
 *  (anything else: empty text, relative references, control bytes, bad escapes, hosts or
 *  ports), ACT_ELIMIT (too long), ACT_ENOMEM. @text must outlive @ret.
 *  Source: url.ParseRequestURI, then url.Parse, as Kubernetes calls them. */
int cel_url_parse(act_arena *a, act_str text, cel_url *ret)
    ACT_NONNULL(1, 3) ACT_MUST_CHECK;

/** Is @text a URL, as isURL() and the format uri ask? They look less closely: the host of
 *  "//host/path" and a fragment behind a query may be anything. Errors as above.
 *  Source: url.ParseRequestURI alone. */
int cel_url_check(act_arena *a, act_str text) ACT_NONNULL(1) ACT_MUST_CHECK;

/** Host without port and without brackets; the port's digits, or empty. Views of the URL.
 */
act_str cel_url_hostname(const cel_url *u) ACT_NONNULL(1);
act_str cel_url_port(const cel_url *u) ACT_NONNULL(1);

/** The next key and value of a query: pairs are joined by '&'; those that hold ';' or a bad
 *  escape are passed over; '+' is a space. *query moves on. False at the end. The texts lie
 *  in @a or are views; they may not be UTF-8. ACT_ENOMEM is reported through *err. */
bool cel_url_next_pair(act_arena *a, act_str *query, act_str *retkey, act_str *retvalue,
                       int *err) ACT_NONNULL(1, 2, 3, 4, 5) ACT_MUST_CHECK;

bool cel_url_equal(const cel_url *a, const cel_url *b) ACT_NONNULL(1, 2);

/** Append the text of the URL; it reads back as an equal one. */
void cel_url_write(const cel_url *u, act_buf *out) ACT_NONNULL(1, 2);

#endif
