/** @file
 *  What somebody wants to do: the question that authorization answers. */
#ifndef ACT_KUBE_ACCESS_H
#define ACT_KUBE_ACCESS_H

#include "kube/user.h"

/** Views. */
typedef struct {
    const act_user *user;
    act_str verb; /**< "get", "list", ...; of a path its method in lower case */
    act_str group, version, resource, subresource;
    act_str ns;   /**< empty: all of them, or none */
    act_str name; /**< empty: the collection */
    act_str path; /**< of a request that is about no resource; else empty */
} act_authz_attributes;

/** Is @path what @pattern says? A last * of the pattern matches the rest. */
static inline bool act_authz_path_matches(act_str pattern, act_str path)
{
    return act_str_ends(pattern, ACT_STR("*"))
               ? act_str_starts(path, act_str_head(pattern, pattern.len - 1))
               : act_str_eq(path, pattern);
}

#endif
