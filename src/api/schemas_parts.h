/** @file
 *  Shorthand for the tables of schemas; for the files that hold them. */
#ifndef ACT_API_SCHEMAS_PARTS_H
#define ACT_API_SCHEMAS_PARTS_H

#include "api/schemas.h"

/** status.explain of the kinds that ask the store. */
extern const act_schema act_schema_explain;

#define ACT_SCHEMA_NAME(kind) "com.miloapis.go.activity.pkg.apis.activity.v1alpha1." kind

/** A table of fields as an object schema. */
#define ACT_OBJECT_SCHEMA(kind, text, table)                                               \
    {                                                                                      \
        .type = ACT_SCHEMA_OBJECT, .name = ACT_SCHEMA_NAME(kind), .doc = (text),           \
        .fields = (table), .n_fields = ACT_COUNT(table)                                    \
    }
#define ACT_LIST_SCHEMA(of, key)                                                           \
    {                                                                                      \
        .type = ACT_SCHEMA_LIST, .items = (of), .list_key = (key)                          \
    }

/** apiVersion, kind, metadata: the first fields of every object. */
#define ACT_OBJECT_HEAD                                                                    \
    { "apiVersion", &act_schema_string, "Version of this form of the object.", false },    \
        { "kind", &act_schema_string, "What the object is.", false },                      \
    {                                                                                      \
        "metadata", &act_schema_object_meta, "Name, labels, versions.", false              \
    }

#endif
