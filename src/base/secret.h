/** @file
 *  Random tokens, and memory that held a secret. */
#ifndef ACT_SECRET_H
#define ACT_SECRET_H

#include "base/err.h"

enum {
    ACT_TOKEN_BYTES = 32,    /**< entropy of a token */
    ACT_TOKEN_TEXT_MAX = 44, /**< its base64url text (43) and a NUL */
};

/** A token from the system's random generator, base64url without padding. ACT_EIO. */
int act_token_new(char out[ACT_TOKEN_TEXT_MAX]) ACT_MUST_CHECK;

/** Overwrite the @n bytes at @p in a way that the compiler keeps. */
void act_wipe(void *p, size_t n);

#endif
