/** @file
 *  The fields that filters may use: their path in CEL, their type and their column. */
#ifndef ACT_FILTER_FIELD_H
#define ACT_FILTER_FIELD_H

#include "base/str.h"

enum act_filter_resource { ACT_FILTER_AUDIT, ACT_FILTER_ACTIVITY, ACT_FILTER_EVENT };
enum { ACT_FILTER_RESOURCES = ACT_FILTER_EVENT + 1 };

/** Type of a field. No field is ever missing: absent text is "", an absent number 0, an
 *  absent list or map empty; has(field) says whether it differs from that. So is an entry
 *  of a map that is not there the text ""; has(map.key) says whether it is there. */
enum act_filter_class {
    ACT_FILTER_STRING,
    ACT_FILTER_INT,
    ACT_FILTER_TIME,    /**< microseconds */
    ACT_FILTER_STRINGS, /**< list of strings */
    ACT_FILTER_MAP,     /**< strings by string keys */
};

/** Where a record has the field. What stores rows takes the same (pipeline/rows.h). */
enum act_filter_source {
    ACT_SOURCE_PATH, /**< at its path */
    ACT_SOURCE_AUDIT_RECEIVED,
    ACT_SOURCE_AUDIT_STAGED,
    ACT_SOURCE_EVENT_COUNT,
    ACT_SOURCE_EVENT_REPORTER,
    ACT_SOURCE_EVENT_INSTANCE,
    ACT_SOURCE_TENANT_TYPE,
    ACT_SOURCE_TENANT_NAME,
};

typedef struct {
    const char *path; /**< "objectRef.namespace" */
    enum act_filter_class class;
    const char *column;
    enum act_filter_source source;
    uint64_t most; /**< ints: greater ones are 0 */
} act_filter_field;

/** All fields of @resource in order of their paths, *ret_n of them. Static. */
const act_filter_field *act_filter_fields(enum act_filter_resource resource, size_t *ret_n)
    ACT_NONNULL(2);
/** The field at @path, or NULL. */
const act_filter_field *act_filter_field_find(enum act_filter_resource resource,
                                              act_str path);

#endif
