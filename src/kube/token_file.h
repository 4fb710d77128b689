/** @file
 *  Static bearer tokens from a file in Kubernetes' CSV form:
 *      token,user,uid,"group1,group2",key=value;key=value
 *  Groups and extras (ours) may be missing. Empty lines and lines that begin with # are
 *  passed over. */
#ifndef ACT_KUBE_TOKEN_FILE_H
#define ACT_KUBE_TOKEN_FILE_H

#include "base/arena.h"
#include "base/clock.h"
#include "kube/user.h"

enum { ACT_TOKEN_FILE_BYTES_MAX = 4 << 20, ACT_TOKEN_FILE_ENTRIES_MAX = 10000 };

/** One entry; views. */
typedef struct {
    act_str token;
    act_user user;
} act_token_entry;

/** Read the text of a file into @a. ACT_EPARSE with the line, ACT_ELIMIT, ACT_ENOMEM. */
int act_token_text_read(act_arena *a, act_str text, const act_token_entry **ret,
                        size_t *ret_n, act_err *reterr) ACT_NONNULL(1, 3, 4) ACT_MUST_CHECK;

/** A file that is read again when it changes. Internally locked. */
typedef struct act_token_file act_token_file;
/** ACT_EIO, ACT_ENOTFOUND, and as above. */
int act_token_file_open(const char *path, act_token_file **ret, act_err *reterr)
    ACT_NONNULL(1, 2) ACT_MUST_CHECK;
void act_token_file_free(act_token_file *f); /**< NULL is a no-op; wipes the tokens. */
ACT_DEFINE_AUTO(act_token_file)

/** The user of @token, copied to @a, with group system:authenticated. Compares with every
 *  token in a time that depends on lengths alone. ACT_EDENIED: nobody's; ACT_ENOMEM. A
 *  changed file that cannot be read leaves the old tokens in force. */
int act_token_file_user(act_token_file *f, act_str token, act_arena *a, act_user *ret)
    ACT_NONNULL(1, 3, 4) ACT_MUST_CHECK;

#endif
