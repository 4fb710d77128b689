/** @file
 *  ActivityPolicy objects from files and folders. */
#ifndef ACT_POLICY_FILES_H
#define ACT_POLICY_FILES_H

#include "base/json.h"
#include "base/problems.h"

enum { ACT_POLICY_FILE_BYTES_MAX = 3 << 20, ACT_POLICY_FILES_MAX = 10000 };

/** One document of a file. */
typedef struct {
    const char *file;
    uint32_t line; /**< where it begins */
    const act_json *object;
} act_policy_file_doc;

/** Called for each document in order; a return other than 0 ends the reading with it
 *  and with what is in @e. */
typedef int act_policy_file_fn(void *ctx, const act_policy_file_doc *doc, act_err *e);

/** Read the YAML or JSON documents of @path: a file, or the *.yaml, *.yml and *.json files
 *  of a folder in order of their names. Documents and file name live in @a. ACT_ENOTFOUND,
 *  ACT_EIO, ACT_EPARSE (with file and line in @reterr), ACT_ELIMIT, ACT_ENOMEM. */
int act_policy_files_read(const char *path, act_arena *a, act_policy_file_fn *fn, void *ctx,
                          act_err *reterr) ACT_NONNULL(1, 2, 3) ACT_MUST_CHECK;

/** True when the document is an ActivityPolicy of our group and version. */
bool act_policy_file_is_policy(const act_json *object);

/** Tell of a policy what a server says before it looks at the rules: fields that there are
 *  not, keys that stand twice, metadata that is not right. ACT_EINVAL when there is such a
 *  thing, ACT_ENOMEM. */
int act_policy_file_check(act_arena *a, const act_json *object, act_problems *problems)
    ACT_NONNULL(1, 2, 3) ACT_MUST_CHECK;

#endif
