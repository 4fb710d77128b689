/** @file
 *  The extraction rules of rows.h, one function a rule. */
#ifndef ACT_ROW_VALUES_H
#define ACT_ROW_VALUES_H

#include "base/json.h"
#include "core/scope.h"
#include "store/store.h"

/** Member @key of @object as text. */
static inline act_str act_row_text(const act_json *object, const char *key)
{
    return act_json_string(act_json_get(object, act_str_cstr(key)));
}

/** @first, or @second when that is empty. */
static inline act_str act_row_either(act_str first, act_str second)
{
    return first.len > 0 ? first : second;
}

/** The value as an integer from 0 to @most, else 0. */
uint64_t act_row_number(const act_json *v, uint64_t most);

/** Text of 1 to 19 digits as a number, else 0. */
uint64_t act_row_digits(act_str text);

/** Microseconds of the first value that is a time by the rule, of @n; else 0. */
int64_t act_row_time(const act_json *const *values, size_t n) ACT_NONNULL(1);

/** The strings of list @v, in @a. ACT_ENOMEM. */
int act_row_list(act_arena *a, const act_json *v, const act_str **ret, size_t *ret_n)
    ACT_NONNULL(1, 3, 4) ACT_MUST_CHECK;

/** Two columns: type and name of @tenant. */
void act_row_add_tenant(act_store_block *b, act_scope tenant) ACT_NONNULL(1);

#endif
