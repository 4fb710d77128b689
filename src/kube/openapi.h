/** @file
 *  OpenAPI documents made from the schemas: what kubectl explain, client-side checks and
 *  code generators read. */
#ifndef ACT_KUBE_OPENAPI_H
#define ACT_KUBE_OPENAPI_H

#include "base/buf.h"
#include "kube/resource.h"
#include "kube/schema.h"

/** A resource and the schema of its objects. */
typedef struct {
    const act_kube_resource *resource;
    const act_schema *schema;
} act_openapi_kind;

typedef struct {
    const act_openapi_kind *kinds; /**< resources and subresources */
    size_t n;
    const char *title;
    const char *version;
} act_openapi;

/** Append the OpenAPI v3 document of @group and @version; failures stick in @out. */
void act_openapi_v3(const act_openapi *api, act_str group, act_str version, act_buf *out)
    ACT_NONNULL(1, 4);
/** Append the index of /openapi/v3: every group version with a hash of its document. */
void act_openapi_v3_index(const act_openapi *api, act_buf *out) ACT_NONNULL(1, 2);
/** Append the OpenAPI v2 document of everything. */
void act_openapi_v2(const act_openapi *api, act_buf *out) ACT_NONNULL(1, 2);

#endif
