/** @file
 *  What becomes of the objects that a deleted one owns: how clients say it, and how a
 *  garbage collector (the kube-controller-manager's) is asked for it, by finalizers. */
#ifndef ACT_KUBE_PROPAGATION_H
#define ACT_KUBE_PROPAGATION_H

#include "kube/object.h"
#include "net/url.h"

enum act_propagation {
    ACT_PROPAGATION_UNSAID,
    ACT_PROPAGATION_BACKGROUND, /**< they are deleted after it */
    ACT_PROPAGATION_FOREGROUND, /**< before it: it stays until they are gone */
    ACT_PROPAGATION_ORPHAN,     /**< they stay, without it among their owners */
};

/** What the DeleteOptions say, or without any (NULL) the query. ACT_EINVAL: problems of
 * kind DeleteOptions (422). */
int act_propagation_read(const act_json *options, const act_url_param *params, size_t n,
                         act_problems *problems, enum act_propagation *ret)
    ACT_NONNULL(4, 5) ACT_MUST_CHECK;

/** @object, about to be deleted, with the finalizer that asks for @p and without those that
 *  ask for something else; what @object itself asks for counts when @p is unsaid. The
 *  collector takes the finalizer away when it has done its part. The result is @object when
 *  nothing changes. Source: k8s.io/apiserver, deletionFinalizersForGarbageCollection.
 *  ACT_ENOMEM. */
int act_propagation_ask(act_arena *a, const act_json *object, enum act_propagation p,
                        const act_json **ret) ACT_NONNULL(1, 2, 4) ACT_MUST_CHECK;

#endif
