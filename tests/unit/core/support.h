/** @file
 *  What the tests of core share: JSON from text, files, and comparing strings. */
#ifndef ACT_TEST_CORE_SUPPORT_H
#define ACT_TEST_CORE_SUPPORT_H

#include "base/base.h"
#include "base/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

/** Parse @text or fail the test. The nodes live in @a, which also gets a copy of @text. */
const act_json *test_json(act_arena *a, const char *text);

/** All of a file below tests/data, or fail the test; freed by act_str_free(). */
act_str test_read(const char *name);

/** A fresh arena of 64 MiB at most, or fail the test. */
act_arena *test_arena(void);

#define assert_str(got, want)                                                              \
    do {                                                                                   \
        act_str got_ = (got), want_ = act_str_cstr(want);                                  \
        if (!act_str_eq(got_, want_))                                                      \
            fail_msg("got \"%.*s\", want \"%.*s\"", ACT_STR_ARG(got_),                     \
                     ACT_STR_ARG(want_));                                                  \
    } while (0)

#endif
