/** @file
 *  Policies from files into the registry, as `serve --policies` does at start. */
#ifndef ACT_POLICY_LOAD_H
#define ACT_POLICY_LOAD_H

#include "core/rule_env.h"
#include "kube/object.h"
#include "registry/registry.h"

typedef struct {
    act_registry *registry;
    const act_rule_env *env;
    act_clock clock;
    act_random random;
    act_log *log;
} act_policy_load_options;

/** Create the policies of @path (a file or folder), or bring those that exist to the spec
 * in the file; labels and annotations of the file are taken over too. Policies that are not
 * in the files stay. ACT_EINVAL: one is not valid (told in the log, with file and field),
 * and nothing of it is stored; others as act_policy_files_read() and the registry. */
int act_policy_load(const act_policy_load_options *options, const char *path,
                    act_err *reterr) ACT_NONNULL(1, 2) ACT_MUST_CHECK;

#endif
