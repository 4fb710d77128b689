/** @file
 *  A user as headers of a request name it: name, uid, groups, and extras behind a prefix.
 */
#ifndef ACT_KUBE_USER_HEADERS_H
#define ACT_KUBE_USER_HEADERS_H

#include "kube/user.h"
#include "net/http_message.h"

/** Names of headers, or their beginnings; a NUL is behind each. */
typedef struct {
    const act_str *items;
    size_t n;
} act_header_names;

typedef struct {
    act_header_names user, uid; /**< the first with a value counts */
    act_header_names group;     /**< all values of all count */
    act_header_names extra;     /**< prefixes; behind one is the key */
} act_user_headers;

enum { ACT_USER_HEADER_VALUES_MAX = 256 }; /**< groups, and extras, of a user */

/** The name alone; empty when there is none. */
act_str act_user_headers_name(const act_user_headers *h, const act_http_request *req)
    ACT_NONNULL(1, 2);
/** The user that @req names, in its arena; an empty name when it names none. Keys of extras
 *  are lower case and percent-decoded (as they are, when they cannot be). ACT_ELIMIT,
 *  ACT_ENOMEM. */
int act_user_headers_read(const act_user_headers *h, act_http_request *req, act_user *ret)
    ACT_NONNULL(1, 2, 3) ACT_MUST_CHECK;

/** One group more. ACT_ENOMEM. */
int act_user_add_group(act_arena *a, act_user *u, act_str group)
    ACT_NONNULL(1, 2) ACT_MUST_CHECK;

#endif
