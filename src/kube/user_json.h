/** @file
 *  Users as reviews write them: username, uid, groups, extra. */
#ifndef ACT_KUBE_USER_JSON_H
#define ACT_KUBE_USER_JSON_H

#include "base/json_write.h"
#include "kube/user.h"

/** Write the members uid, groups and extra into the open object of @w (the name's key is
 *  another in each review). */
void act_user_write(act_json_writer *w, const act_user *u) ACT_NONNULL(1, 2);

/** Read {"username", "uid", "groups", "extra"}; views of @v. The group
 *  system:authenticated is added when it is not there. ACT_EPARSE (no name), ACT_ENOMEM. */
int act_user_read(act_arena *a, const act_json *v, act_user *ret)
    ACT_NONNULL(1, 3) ACT_MUST_CHECK;

#endif
