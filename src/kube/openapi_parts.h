/** @file
 *  One OpenAPI document being written; for the sources that write its parts. */
#ifndef ACT_KUBE_OPENAPI_PARTS_H
#define ACT_KUBE_OPENAPI_PARTS_H

#include "base/json_write.h"
#include "kube/openapi.h"

enum { ACT_OPENAPI_SCHEMAS_MAX = 128 };

/** Which document: the two differ in where schemas live and how parameters are said. */
typedef struct {
    const act_openapi *api;
    bool v3;
    act_str group, version; /**< v3: of the document */
    act_json_writer w;
    const act_schema *done[ACT_OPENAPI_SCHEMAS_MAX]; /**< named schemas that are written */
    size_t n_done;
} act_openapi_document;

void act_openapi_kv(act_openapi_document *d, const char *key, const char *value);
/** Is @r in this document? */
bool act_openapi_serves(const act_openapi_document *d, const act_kube_resource *r);
/** A schema where it is used, as an object: named ones by reference. @doc may be NULL. */
void act_openapi_use(act_openapi_document *d, const act_schema *s, const char *doc);
/** The same for the schema with @name and @suffix. */
void act_openapi_use_name(act_openapi_document *d, const char *name, const char *suffix);
/** {"group":..,"kind":..,"version":..}; @suffix follows the kind. */
void act_openapi_gvk(act_openapi_document *d, const act_kube_resource *r,
                     const char *suffix);
/** The member "paths". */
void act_openapi_paths(act_openapi_document *d);

/** Calls @each for every x-kubernetes- extension that @s has as a type; @json is its value.
 */
void act_openapi_extensions(const act_schema *s,
                            void (*each)(void *ctx, const char *name, const char *json),
                            void *ctx);

#endif
