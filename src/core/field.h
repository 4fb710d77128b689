/** @file
 *  Typed reading of an object's members by a table, with errors that name the field. */
#ifndef ACT_FIELD_H
#define ACT_FIELD_H

#include "base/clock.h"
#include "base/json.h"

/** "There is no such time"; no instant of a record equals it. */
#define ACT_TIME_NONE INT64_MIN

enum act_field_type {
    ACT_FIELD_TEXT,   /**< act_str: a string */
    ACT_FIELD_TIME,   /**< int64_t ns: RFC 3339, any fraction, any offset */
    ACT_FIELD_INT32,  /**< int32_t: what Kubernetes' counts and codes are */
    ACT_FIELD_OBJECT, /**< const act_json *: an object */
};

/** One member and where its value goes. */
typedef struct {
    act_str key;
    enum act_field_type type;
    size_t offset; /**< of the target in the structure that is filled */
    size_t max;    /**< most bytes of a text */
} act_field;

/** A table row: member "key" of the JSON object into @member of @structure. */
#define ACT_FIELD_ROW(structure, member, type, key, max)                                   \
    {                                                                                      \
        { "" key, sizeof(key) - 1 }, type, offsetof(structure, member), max                \
    }

/** Fill the targets of @n fields in @out. Absent and null give the zero value (times:
 *  ACT_TIME_NONE, and so does Go's zero time 0001-01-01T00:00:00Z). @object may be NULL:
 *  all absent. Members outside the table are passed over. Errors, with
 *  "<path><key>: why" in @reterr, where @path is "" or ends with a dot: ACT_ETYPE (another
 *  type), ACT_EPARSE (no time), ACT_ELIMIT (longer than max). @out may then be half filled.
 *
 *  One pass over the members: tables in the order in which Kubernetes writes the members
 *  are read with about one comparison each. */
int act_fields_read(const act_json *object, const char *path, const act_field *fields,
                    size_t n, void *out, act_err *reterr)
    ACT_NONNULL(2, 3, 5) ACT_MUST_CHECK;

#endif
