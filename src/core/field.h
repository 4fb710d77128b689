/** @file
 *  Typed reading of a record's members, with errors that name the field. */
#ifndef ACT_FIELD_H
#define ACT_FIELD_H

#include "base/clock.h"
#include "base/json.h"

/** "There is no such time"; no instant of a record equals it. */
#define ACT_TIME_NONE INT64_MIN

/** Read member @key of @object. Absent and null give the zero value (ACT_TIME_NONE).
 *  Another type: ACT_ETYPE; a bad time: ACT_EPARSE; both with "<path><key>: why" in
 * @reterr, where @path is "" or ends with a dot. Text must have at most @max bytes
 * (ACT_ELIMIT). */
int act_field_text(const act_json *object, const char *path, const char *key, size_t max,
                   act_str *ret, act_err *reterr) ACT_NONNULL(2, 3, 5) ACT_MUST_CHECK;
/** RFC 3339 with any number of fraction digits and any offset. Go's zero time
 *  (0001-01-01T00:00:00Z) is absent. */
int act_field_time(const act_json *object, const char *path, const char *key,
                   int64_t *ret_ns, act_err *reterr) ACT_NONNULL(2, 3, 4) ACT_MUST_CHECK;
/** An integer within int32 (what Kubernetes' counts and codes are). */
int act_field_int32(const act_json *object, const char *path, const char *key, int32_t *ret,
                    act_err *reterr) ACT_NONNULL(2, 3, 4) ACT_MUST_CHECK;
/** An object, or NULL when absent. */
int act_field_object(const act_json *object, const char *path, const char *key,
                     const act_json **ret, act_err *reterr)
    ACT_NONNULL(2, 3, 4) ACT_MUST_CHECK;

#endif
