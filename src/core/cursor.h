/** @file
 *  Page cursors: a position in a total order, sealed so that only we can have made it. */
#ifndef ACT_CURSOR_H
#define ACT_CURSOR_H

#include "base/arena.h"
#include "base/buf.h"
#include "core/scope.h"

/** What is being paged. Numbers are on the wire: never reuse one. */
enum act_cursor_kind {
    ACT_CURSOR_AUDIT_QUERY = 1,
    ACT_CURSOR_ACTIVITY_QUERY = 2,
    ACT_CURSOR_EVENT_QUERY = 3,
    ACT_CURSOR_ACTIVITY_LIST = 4,
    ACT_CURSOR_EVENT_LIST = 5,
};

enum {
    ACT_CURSOR_KEYS_MAX = 8,
    ACT_CURSOR_TEXT_MAX = 8192, /**< longest cursor that is looked at */
    ACT_CURSOR_SECRET_MIN = 32,
    ACT_CURSOR_SECRETS_MAX = 4,
    ACT_CURSOR_LIFETIME_S = 3600,
};

/** One key of the last row: a number at full precision, or text of any bytes. */
typedef struct {
    bool is_text;
    int64_t number;
    act_str text;
} act_cursor_key;

/** Plain data. */
typedef struct {
    enum act_cursor_kind kind;
    int64_t start_us; /**< the range as resolved for the first page */
    int64_t end_us;
    uint32_t n_keys; /**< 1 to ACT_CURSOR_KEYS_MAX, in the order of the query */
    act_cursor_key keys[ACT_CURSOR_KEYS_MAX];
} act_cursor;

/** What a cursor is good for: it opens only with the same scope and the same parameters
 *  (in the same order, as the client wrote them). */
typedef struct {
    act_scope scope;
    const act_str *params;
    size_t n_params;
} act_cursor_binding;

/** Holds the secrets. Internally immutable: any thread. */
typedef struct act_cursor_sealer act_cursor_sealer;

/** @secrets: at least ACT_CURSOR_SECRET_MIN bytes each; the first seals, all open (so that
 *  a secret can be replaced). Replicas share them. ACT_EINVAL, ACT_ENOMEM. */
int act_cursor_sealer_new(const act_str *secrets, size_t n, act_cursor_sealer **ret)
    ACT_NONNULL(1, 3) ACT_MUST_CHECK;
void act_cursor_sealer_free(act_cursor_sealer *s); /**< Wipes the secrets. */
ACT_DEFINE_AUTO(act_cursor_sealer)

/** Append the cursor as base64url without padding. ACT_ELIMIT: keys too long for
 *  ACT_CURSOR_TEXT_MAX. ACT_ENOMEM. */
int act_cursor_seal(const act_cursor_sealer *s, const act_cursor *c,
                    const act_cursor_binding *binding, int64_t now_ns, act_buf *out)
    ACT_NONNULL(1, 2, 3, 5) ACT_MUST_CHECK;

/** Open @text. ACT_EPARSE: not a cursor of ours (malformed or forged); ACT_ECONFLICT: ours,
 *  for another kind, scope or query; ACT_EGONE: ours and right, older than
 *  ACT_CURSOR_LIFETIME_S. Text keys live in @a. ACT_ENOMEM. */
int act_cursor_open(const act_cursor_sealer *s, act_str text, enum act_cursor_kind kind,
                    const act_cursor_binding *binding, int64_t now_ns, act_arena *a,
                    act_cursor *ret, act_err *reterr)
    ACT_NONNULL(1, 4, 6, 7) ACT_MUST_CHECK;

#endif
