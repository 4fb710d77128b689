/** @file
 *  The error numbers of the whole program, and the detail a caller may ask for. */
#ifndef ACT_ERR_H
#define ACT_ERR_H

#include "base/macros.h"

/* One list yields the numbers, the names and the texts, so they cannot drift. */
#define ACT_ERRORS(X)                                                                      \
    X(EINVAL, 1, "argument out of range")                                                  \
    X(ENOMEM, 2, "out of memory, or past the cap of an arena")                             \
    X(EPARSE, 3, "input is not well formed")                                               \
    X(ELIMIT, 4, "a named limit was reached")                                              \
    X(ENOTFOUND, 5, "no such object")                                                      \
    X(EEXISTS, 6, "object exists already")                                                 \
    X(ECONFLICT, 7, "object changed since it was read")                                    \
    X(EGONE, 8, "position is no longer available")                                         \
    X(EAGAIN, 9, "nothing there yet, or the time to wait is over")                         \
    X(ECLOSED, 10, "closed, or stopping")                                                  \
    X(EIO, 11, "a file, socket or backend failed")                                         \
    X(EDENIED, 12, "not allowed")                                                          \
    X(EUNSUPPORTED, 13, "not supported here")                                              \
    X(ETYPE, 14, "value has another type")                                                 \
    X(EEVAL, 15, "an expression failed while it ran")                                      \
    X(ECORRUPT, 16, "stored data is damaged")                                              \
    X(EFULL, 17, "no room now; there will be when others have caught up")

enum act_error {
    ACT_OK = 0,
#define ACT_ERROR_ENUM(name, number, text) ACT_##name = -(number),
    ACT_ERRORS(ACT_ERROR_ENUM)
#undef ACT_ERROR_ENUM
};

/** Short fixed text of @err ("out of memory ..."); a fixed text for numbers not in the
 *  list. Never NULL. Any thread. */
const char *act_strerror(int err);

/** Name of @err without prefix ("ENOMEM"); "?" for numbers not in the list. */
const char *act_errname(int err);

enum { ACT_ERR_TEXT_MAX = 512 };

/** Detail for humans about one failure: a sentence, and a position where input was at
 *  fault. The caller owns it and may pass NULL where a function takes one. Plain data. */
typedef struct {
    char text[ACT_ERR_TEXT_MAX]; /**< NUL-terminated, cut at a UTF-8 boundary */
    uint32_t line;               /**< 1-based; 0 when there is no position */
    uint32_t column;             /**< 1-based, in code points; 0 when there is none */
    size_t offset;               /**< bytes from the start of the input */
} act_err;

#define ACT_ERR_INIT ((act_err){ .text = "" })

/** Write the sentence into @e (which may be NULL) and return @err, so that a failing
 *  function ends with `return act_fail(e, ACT_EPARSE, "...")`. */
int act_fail(act_err *e, int err, const char *format, ...) ACT_PRINTF(3, 4);

/** As act_fail() with the place in the input, all as in act_err. */
int act_fail_at(act_err *e, int err, uint32_t line, uint32_t column, size_t offset,
                const char *format, ...) ACT_PRINTF(6, 7);

#endif
