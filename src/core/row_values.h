/** @file
 *  What a record's columns and filter fields hold (pipeline/rows.h), one function a rule.
 */
#ifndef ACT_CORE_ROW_VALUES_H
#define ACT_CORE_ROW_VALUES_H

#include "core/scope.h"

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

/** Does metadata say that the record is deleted? */
static inline bool act_row_is_deleted(const act_json *metadata)
{
    const act_json *deleted = act_json_get(metadata, ACT_STR("deletionTimestamp"));
    return deleted && deleted->type == ACT_JSON_STRING;
}

/** Microseconds of the first value that is a time by the rule, of @n; else 0. */
int64_t act_row_time(const act_json *const *values, size_t n) ACT_NONNULL(1);

/** The strings of list @v, in @a. ACT_ENOMEM. */
int act_row_list(act_arena *a, const act_json *v, const act_str **ret, size_t *ret_n)
    ACT_NONNULL(1, 3, 4) ACT_MUST_CHECK;

/** Time of an audit record, and of its stage, in microseconds. */
int64_t act_row_audit_received(const act_json *record);
int64_t act_row_audit_staged(const act_json *record);

/** How often an Event was seen; who reports it, and where that runs. */
int64_t act_row_event_count(const act_json *record);
act_str act_row_event_reporter(const act_json *record);
act_str act_row_event_instance(const act_json *record);

/** Tenant of an activity. Activities are written by this program, so it is decided. */
act_scope act_row_activity_tenant(const act_json *record);

#endif
