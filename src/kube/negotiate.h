/** @file
 *  Content negotiation: what a client wants back, and what it sent. */
#ifndef ACT_KUBE_NEGOTIATE_H
#define ACT_KUBE_NEGOTIATE_H

#include "base/str.h"

enum act_kube_media { ACT_KUBE_JSON, ACT_KUBE_YAML };

/** What a response is turned into. */
enum act_kube_transform {
    ACT_KUBE_AS_OBJECT,
    ACT_KUBE_AS_TABLE,
    ACT_KUBE_AS_PARTIAL,      /**< PartialObjectMetadata */
    ACT_KUBE_AS_PARTIAL_LIST, /**< PartialObjectMetadataList */
};

typedef struct {
    enum act_kube_media media;
    enum act_kube_transform transform;
    act_str meta_version; /**< of a transform: "v1" or "v1beta1" */
    act_str as_version;   /**< aggregated discovery: "v2" when asked for, else empty */
} act_kube_accept;

/** What an answer can be. */
typedef struct {
    bool tables;    /**< the resource has a table form */
    bool discovery; /**< g=apidiscovery.k8s.io may be asked for */
    bool stream;    /**< it is a watch: YAML has no form for one frame behind the other */
} act_kube_offer;

/** Choose from an Accept header (absent or empty: JSON), by quality, then by how much a
 * clause says (a wildcard says less), then by order. Protobuf and anything unknown is
 * passed over, so that a client which also takes JSON gets that. ACT_EUNSUPPORTED: nothing
 * fits (406). */
int act_kube_negotiate(act_str accept, act_kube_offer offer, act_kube_accept *ret)
    ACT_NONNULL(3) ACT_MUST_CHECK;

/** Choose one of @n media types in the same way; of those that a wildcard means, the first.
 *  ACT_EUNSUPPORTED: none fits. */
int act_kube_choose_type(act_str accept, const act_str *types, size_t n, size_t *ret)
    ACT_NONNULL(2, 4) ACT_MUST_CHECK;

/** Content types of a body, by the type alone (parameters aside). */
enum act_kube_content {
    ACT_KUBE_CONTENT_JSON, /**< also when there is no header */
    ACT_KUBE_CONTENT_YAML,
    ACT_KUBE_CONTENT_MERGE_PATCH,
    ACT_KUBE_CONTENT_JSON_PATCH,
    ACT_KUBE_CONTENT_STRATEGIC_PATCH,
    ACT_KUBE_CONTENT_APPLY_PATCH,
    ACT_KUBE_CONTENT_OTHER,
};
enum act_kube_content act_kube_content_of(act_str content_type);

#endif
