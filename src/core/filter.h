/** @file
 *  Filters of queries: a CEL expression over the fields of a resource, checked as a whole
 * and turned into parameterised ClickHouse SQL. What has no SQL form is refused. */
#ifndef ACT_FILTER_H
#define ACT_FILTER_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/problems.h"
#include "core/filter_field.h"

enum {
    ACT_FILTER_BYTES_MAX = 10 << 10,
    ACT_FILTER_DEPTH_MAX = 200, /**< of the expression's tree */
    ACT_FILTER_PARAMS_MAX = 500,
};

/** The CEL environments of all resources. Immutable: shared by threads. */
typedef struct act_filter_env act_filter_env;
int act_filter_env_new(act_filter_env **ret) ACT_NONNULL(1) ACT_MUST_CHECK;
void act_filter_env_free(act_filter_env *e); /**< NULL is a no-op. */
ACT_DEFINE_AUTO(act_filter_env)

/** A value for `{name:Type}` in the SQL; no user text is ever in the SQL itself. */
typedef struct {
    char name[8]; /**< "f0", "f1", ... */
    enum {
        ACT_SQL_STRING,  /**< String */
        ACT_SQL_I64,     /**< Int64 */
        ACT_SQL_TIME,    /**< DateTime64(6, 'UTC'): microseconds */
        ACT_SQL_STRINGS, /**< Array(String) */
    } type;
    union {
        act_str string;
        int64_t i64;
        struct {
            const act_str *ptr;
            size_t n;
        } strings;
    } as;
} act_sql_param;

/** A translated filter; lives in the arena it was made in. Immutable. */
typedef struct {
    act_str sql; /**< one boolean expression in parentheses, never NULL-valued */
    const act_sql_param *params;
    size_t n_params;
    /** Fields that it names, as bits by their index in act_filter_fields(). */
    uint64_t fields;
} act_filter;

/** Check and translate @text. What is wrong is added to @problems as Invalid values of
 *  @field ("spec.filter") with line and column, and ACT_EINVAL is returned: syntax, types,
 * a result that is not bool, unknown fields (the message lists the known ones), constructs
 *  without SQL form, limits. ACT_ENOMEM. @ret then is untouched.
 *
 *  Semantics: rows are total (see act_filter_class), so nothing is ever an error and `!`
 * and
 *  `||` mean what they say; text is compared by bytes, times by microseconds. */
int act_filter_translate(const act_filter_env *e, enum act_filter_resource resource,
                         act_str text, act_arena *a, act_problems *problems, act_str field,
                         act_filter *ret) ACT_NONNULL(1, 4, 5, 7) ACT_MUST_CHECK;

#endif
