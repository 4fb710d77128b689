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

/** Choose from an Accept header (absent or empty: JSON), by quality then order. Protobuf
 * and anything unknown is passed over, so that a client which also takes JSON gets that.
 * @tables says whether this resource has a table form, @discovery whether
 * g=apidiscovery.k8s.io may be asked for. ACT_EUNSUPPORTED: nothing fits (406). */
int act_kube_negotiate(act_str accept, bool tables, bool discovery, act_kube_accept *ret)
    ACT_NONNULL(4) ACT_MUST_CHECK;

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
