/** @file
 *  What the objects of an API look like: ONE description, from which come the checking of
 *  bodies, OpenAPI, and the texts of kubectl explain. */
#ifndef ACT_KUBE_SCHEMA_H
#define ACT_KUBE_SCHEMA_H

#include "base/buf.h"
#include "base/json.h"

enum act_schema_type {
    ACT_SCHEMA_OBJECT, /**< with the fields listed */
    ACT_SCHEMA_LIST,   /**< of items */
    ACT_SCHEMA_MAP,    /**< from text to items */
    ACT_SCHEMA_STRING,
    ACT_SCHEMA_INT32,
    ACT_SCHEMA_INT64,
    ACT_SCHEMA_BOOL,
    ACT_SCHEMA_TIME, /**< RFC 3339 text, or null */
    ACT_SCHEMA_ANY,  /**< JSON that nobody looks into */
};

typedef struct act_schema act_schema;

typedef struct {
    const char *name;
    const act_schema *type;
    const char *doc;
    bool required;
} act_schema_field;

/** Constant tables. */
struct act_schema {
    enum act_schema_type type;
    const char *name; /**< of an object with a name of its own in OpenAPI, else NULL */
    const char *doc;
    const act_schema_field *fields;
    size_t n_fields;
    const act_schema *items; /**< of a list or map */
    const char *list_key; /**< field that tells a list's items apart: those are merged item
                             by item; NULL (and no is_set): the list is one value */
    bool is_set; /**< a list of plain values, each there once and merged value by value */
    bool is_atomic;    /**< an object or map that is one value to server-side apply */
    bool patch_merges; /**< strategic merge patches merge the list too */
    const char *const *values; /**< of a string: the texts that may be, up to NULL; for the
                                  documentation, validation is the kind's */
    const char *default_text; /**< of a plain value: what act_schema_fill() sets; text as it
                                 is, numbers and booleans as JSON; NULL: none */
};

/** The plain types, for fields. */
extern const act_schema act_schema_string, act_schema_int32, act_schema_int64,
    act_schema_bool, act_schema_time, act_schema_any, act_schema_strings,
    act_schema_string_map;
/** metav1.ObjectMeta and metav1.Condition. */
extern const act_schema act_schema_object_meta, act_schema_list_meta, act_schema_conditions;
/** metav1.Status, DeleteOptions and Patch. */
extern const act_schema act_schema_status, act_schema_delete_options, act_schema_patch;

/** What one check of a body found. */
typedef struct {
    act_arena *arena;
    act_str unknown[32]; /**< paths of fields that the schema does not have */
    size_t n_unknown;    /**< may be more than were kept */
    bool has_null;       /**< a field or an item of a map is null */
    act_str mismatch;    /**< first value of a wrong type, as a sentence; empty: none */
    int err;
} act_schema_findings;

/** Compare @v with @schema: fields that are unknown, and values of a wrong type. @arena of
 *  @ret is set by the caller. */
void act_schema_check(const act_schema *schema, const act_json *v, act_schema_findings *ret)
    ACT_NONNULL(1, 2, 3);

/** @v without the fields that the schema does not have, and without those that are null,
 *  which says the same as leaving them out; null in a map of texts is "". ACT_ENOMEM. */
int act_schema_prune(act_arena *a, const act_schema *schema, const act_json *v,
                     act_json *ret) ACT_NONNULL(1, 2, 3, 4) ACT_MUST_CHECK;

/** @v with the defaults of fields that are not there, or are "" or 0; objects that are not
 *  there come into being for them. Lists and maps are left alone. ACT_ENOMEM. */
int act_schema_fill(act_arena *a, const act_schema *schema, const act_json *v,
                    const act_json **ret) ACT_NONNULL(1, 2, 3, 4) ACT_MUST_CHECK;

/** The field of an object schema, or NULL. */
const act_schema_field *act_schema_find(const act_schema *schema, act_str name)
    ACT_NONNULL(1);

/** The type of member @name of an object or map, or NULL when there can be none. */
const act_schema *act_schema_member(const act_schema *schema, act_str name) ACT_NONNULL(1);

#endif
