/** @file
 *  Who a request is from, as authenticated. */
#ifndef ACT_KUBE_USER_H
#define ACT_KUBE_USER_H

#include "base/str.h"

typedef struct {
    act_str key; /**< lower case */
    const act_str *values;
    size_t n;
} act_user_extra;

/** Views in a request's arena. Plain data. */
typedef struct {
    act_str name;
    act_str uid;
    const act_str *groups;
    size_t n_groups;
    const act_user_extra *extra;
    size_t n_extra;
} act_user;

#define ACT_GROUP_MASTERS "system:masters"
#define ACT_GROUP_AUTHENTICATED "system:authenticated"
#define ACT_GROUP_UNAUTHENTICATED "system:unauthenticated"
#define ACT_USER_ANONYMOUS "system:anonymous"

static inline bool act_user_in_group(const act_user *u, act_str group)
{
    for (size_t i = 0; i < u->n_groups; i++)
        if (act_str_eq(u->groups[i], group))
            return true;
    return false;
}

/** The values of extra @key; *ret_n is 0 when there is none. */
static inline const act_str *act_user_extra_values(const act_user *u, act_str key,
                                                   size_t *ret_n)
{
    for (size_t i = 0; i < u->n_extra; i++) {
        if (!act_str_eq_nocase(u->extra[i].key, key))
            continue;
        *ret_n = u->extra[i].n;
        return u->extra[i].values;
    }
    *ret_n = 0;
    return NULL;
}

#endif
