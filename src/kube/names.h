/** @file
 *  Names in metadata, with the words in which Kubernetes refuses them
 *  (k8s.io/apimachinery/pkg/util/validation). */
#ifndef ACT_KUBE_NAMES_H
#define ACT_KUBE_NAMES_H

#include "base/problems.h"

/* Each adds one INVALID problem on @field for everything that is wrong with @value. */

/** Key of a label or annotation, name of a finalizer: "name" or "dns.subdomain/name". */
void act_check_qualified_name(act_str value, act_str field, act_problems *problems)
    ACT_NONNULL(3);
/** Keys of annotations: as above, in any case; @value is shown as it is. */
void act_check_annotation_key(act_str value, act_str field, act_problems *problems)
    ACT_NONNULL(3);
void act_check_label_value(act_str value, act_str field, act_problems *problems)
    ACT_NONNULL(3);
/** What may stand as one part of a path: names of objects. */
void act_check_path_segment(act_str value, act_str field, act_problems *problems)
    ACT_NONNULL(3);

#endif
