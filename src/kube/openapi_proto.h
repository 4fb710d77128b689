/** @file
 *  The OpenAPI v2 document as protobuf (gnostic's openapi.v2.Document): the form in which
 *  kubectl asks for it, to check objects of kinds that it can only create. */
#ifndef ACT_KUBE_OPENAPI_PROTO_H
#define ACT_KUBE_OPENAPI_PROTO_H

#include "kube/openapi.h"

#define ACT_OPENAPI_PROTO_TYPE "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"
/* As older clients ask for it: '@' is not a character of a media type. */
#define ACT_OPENAPI_PROTO_TYPE_OLD                                                         \
    "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"

/** Append the document's definitions; paths are left out, nobody reads them here. Failures
 *  stick in @out. */
void act_openapi_v2_proto(const act_openapi *api, act_buf *out) ACT_NONNULL(1, 2);

#endif
