/** @file
 *  The environment that a conformance test asks for. */
#ifndef CONF_ENV_H
#define CONF_ENV_H

#include "base/json.h"
#include "cel/cel.h"

enum conf_libs {
    CONF_PLAIN, /**< the standard library alone: what cel-go's golden data was made with */
    CONF_FULL,  /**< every library */
};

/** A new environment with the container, declarations and (as dyn) undeclared bindings of
 *  the test @line, and the declarations that the set `checking` takes for granted. The
 *  caller frees it. Errors of cel_env_*(), told in @e. */
int conf_env_new(const act_json *line, enum conf_libs libs, cel_env **ret, act_err *e)
    ACT_NONNULL(1, 3, 4) ACT_MUST_CHECK;

/** Bind the variables of the test in a context of that environment; values in @arena. */
int conf_env_bind(const act_json *line, const cel_env *env, cel_ctx *ctx, act_arena *arena)
    ACT_NONNULL(1, 2, 3, 4) ACT_MUST_CHECK;

#endif
