/** @file
 *  What tests of the front end share: an environment, and compiling to a verdict. */
#ifndef CEL_TEST_HELPER_H
#define CEL_TEST_HELPER_H

#include "cel/cel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

/** All libraries but BLOCK, and variables: m map(string, dyn), d dyn, s string, i int,
 *  l list(int), b bool, x.y string. @limits and @options as of the env. Freed by the test.
 */
cel_env *test_env(const cel_limits *limits, unsigned options);

/** Compile @src for its type and tree. Returns the error number; *text (may be NULL) gets
 *  the type or the errors, valid until the next call. */
int test_check(const cel_env *env, const char *src, unsigned flags, const char **text);

/** Type of @src in @env, which must compile. */
void assert_type(const cel_env *env, const char *src, const char *type);
/** @src must fail with ACT_EPARSE and a text that contains @part. */
void assert_refused(const cel_env *env, const char *src, const char *part);

#endif
