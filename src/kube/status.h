/** @file
 *  The Status object: how a Kubernetes API says that something went wrong, and why. */
#ifndef ACT_KUBE_STATUS_H
#define ACT_KUBE_STATUS_H

#include "base/buf.h"
#include "base/problems.h"

/* Reasons with their HTTP codes (metav1.StatusReason). */
#define ACT_KUBE_REASONS(X)                                                                \
    X(BAD_REQUEST, "BadRequest", 400)                                                      \
    X(UNAUTHORIZED, "Unauthorized", 401)                                                   \
    X(FORBIDDEN, "Forbidden", 403)                                                         \
    X(NOT_FOUND, "NotFound", 404)                                                          \
    X(METHOD_NOT_ALLOWED, "MethodNotAllowed", 405)                                         \
    X(NOT_ACCEPTABLE, "NotAcceptable", 406)                                                \
    X(REQUEST_TIMEOUT, "Timeout", 408)                                                     \
    X(ALREADY_EXISTS, "AlreadyExists", 409)                                                \
    X(CONFLICT, "Conflict", 409)                                                           \
    X(EXPIRED, "Expired", 410)                                                             \
    X(TOO_LARGE, "RequestEntityTooLarge", 413)                                             \
    X(UNSUPPORTED_MEDIA_TYPE, "UnsupportedMediaType", 415)                                 \
    X(INVALID, "Invalid", 422)                                                             \
    X(TOO_MANY_REQUESTS, "TooManyRequests", 429)                                           \
    X(HEADERS_TOO_LARGE, "BadRequest", 431)                                                \
    X(INTERNAL, "InternalError", 500)                                                      \
    X(UNAVAILABLE, "ServiceUnavailable", 503)                                              \
    X(TIMEOUT, "Timeout", 504)

enum act_kube_reason {
#define ACT_KUBE_REASON_ENUM(name, text, code) ACT_KUBE_##name,
    ACT_KUBE_REASONS(ACT_KUBE_REASON_ENUM)
#undef ACT_KUBE_REASON_ENUM
};

/** A failure to report. Plain data; views as given, texts made here live in the arena. */
typedef struct {
    enum act_kube_reason reason;
    act_str message;
    act_str group; /**< details, each left out when empty */
    act_str kind;  /**< plural of the resource, but the Kind for INVALID */
    act_str name;
    act_str uid;
    const act_problem *causes;
    uint32_t retry_after_s;
    act_str continue_token; /**< of EXPIRED lists: goes on, though not consistently */
} act_kube_status;

int act_kube_status_code(enum act_kube_reason reason);
/** The reason for an HTTP code that was decided elsewhere; INTERNAL for unknown ones. */
enum act_kube_reason act_kube_reason_of(int code);

/** @message is a format; on want of memory the message is the reason. */
act_kube_status act_kube_error(act_arena *a, enum act_kube_reason reason,
                               const char *message, ...) ACT_NONNULL(1) ACT_PRINTF(3, 4);

/* The wordings of apimachinery's api/errors, which clients quote to people. @plural and
 * @group name the resource, @name the object. */
act_kube_status act_kube_not_found(act_arena *a, act_str group, act_str plural,
                                   act_str name) ACT_NONNULL(1);
act_kube_status act_kube_already_exists(act_arena *a, act_str group, act_str plural,
                                        act_str name) ACT_NONNULL(1);
/** @why empty: the usual "the object has been modified". */
act_kube_status act_kube_conflict(act_arena *a, act_str group, act_str plural, act_str name,
                                  act_str why) ACT_NONNULL(1);
/** 504 with the cause by which clients know that they must list anew. */
act_kube_status act_kube_version_too_large(act_arena *a, uint64_t asked, uint64_t current)
    ACT_NONNULL(1);
act_kube_status act_kube_method_not_allowed(act_arena *a, act_str group, act_str plural,
                                            act_str verb) ACT_NONNULL(1);
/** All problems as causes and in the message: `Kind.group "name" is invalid: ...`. */
act_kube_status act_kube_invalid(act_arena *a, act_str group, act_str kind, act_str name,
                                 const act_problems *problems) ACT_NONNULL(1, 5);

/** One problem as people read it: `field: Required value: detail`. */
void act_kube_problem_text(const act_problem *p, act_buf *out) ACT_NONNULL(1, 2);

/** Append the object: {"kind":"Status","apiVersion":"v1",...}. */
void act_kube_status_write(const act_kube_status *s, act_buf *out) ACT_NONNULL(1, 2);

/** Append the answer to a successful delete of an object. */
void act_kube_success_write(act_str group, act_str plural, act_str name, act_str uid,
                            act_buf *out) ACT_NONNULL(5);

#endif
