/** @file
 *  Discovery: which groups, versions and resources there are, plain and aggregated. */
#ifndef ACT_KUBE_DISCOVERY_H
#define ACT_KUBE_DISCOVERY_H

#include "base/buf.h"
#include "kube/resource.h"

/* Each appends a JSON object; failures stick in @out. Resources of one group version stand
 * together in @all. */

/** GET /api: APIVersions. */
void act_discovery_api(const act_kube_resources *all, act_buf *out) ACT_NONNULL(1, 2);
/** GET /apis: APIGroupList. */
void act_discovery_groups(const act_kube_resources *all, act_buf *out) ACT_NONNULL(1, 2);
/** GET /apis/GROUP: APIGroup. False (and nothing appended) for an unknown group. */
bool act_discovery_group(const act_kube_resources *all, act_str group, act_buf *out)
    ACT_NONNULL(1, 3);
/** GET /apis/GROUP/VERSION: APIResourceList. False for an unknown one. */
bool act_discovery_resources(const act_kube_resources *all, act_str group, act_str version,
                             act_buf *out) ACT_NONNULL(1, 4);
/** The same for GET /api (@core) or /apis in one document: APIGroupDiscoveryList of
 *  apidiscovery.k8s.io/@version. */
void act_discovery_aggregated(const act_kube_resources *all, bool core, act_str version,
                              act_buf *out) ACT_NONNULL(1, 4);

#endif
