/** @file
 *  The policies of a reindexing: which are in force, which of them were asked for, and what
 *  they are about. */
#ifndef ACT_REINDEX_POLICIES_H
#define ACT_REINDEX_POLICIES_H

#include "core/policy_set.h"
#include "registry/registry.h"

/** Which policies are asked for: by name, or by labels; all when both are empty. */
typedef struct {
    const act_json *names;  /**< a list of strings, or NULL */
    const act_json *labels; /**< an object of strings, or NULL */
} act_reindex_selector;

/** Immutable. One thread, as its set. */
typedef struct act_reindex_policies act_reindex_policies;

typedef struct {
    act_registry *registry;
    const act_rule_env *env;
    int64_t revision; /**< as they were then; 0: as they are */
    act_reindex_selector selector;
    bool patient; /**< wait for policies whose Ready condition is not of their generation */
} act_reindex_policies_options;

/** Read and compile them. A policy is in force when its condition Ready is True and speaks
 * of its generation. ACT_EINVAL: the job asks for what there is not (@reterr says what).
 *  ACT_EAGAIN: patient, and some asked for are not judged yet. ACT_EGONE: the revision was
 *  compacted. ACT_EIO, ACT_ENOMEM. */
int act_reindex_policies_read(const act_reindex_policies_options *o,
                              act_reindex_policies **ret, act_err *reterr)
    ACT_NONNULL(1, 2) ACT_MUST_CHECK;
void act_reindex_policies_free(act_reindex_policies *p); /**< NULL is a no-op. */
ACT_DEFINE_AUTO(act_reindex_policies)

/** All policies in force, asked for or not: the first that matches speaks, as live. */
act_policy_set *act_reindex_policies_set(const act_reindex_policies *p) ACT_NONNULL(1);
int64_t act_reindex_policies_revision(const act_reindex_policies *p) ACT_NONNULL(1);
/** Those asked for that are not in force, as "a, b"; empty: none. */
act_str act_reindex_policies_unused(const act_reindex_policies *p) ACT_NONNULL(1);

typedef struct {
    act_str group, kind;
} act_reindex_kind;
/** What the policies asked for are about. */
const act_reindex_kind *act_reindex_policies_kinds(const act_reindex_policies *p,
                                                   size_t *ret_n) ACT_NONNULL(1, 2);
/** Were all asked for: also the activities of kinds that no policy is about any more? */
bool act_reindex_policies_are_all(const act_reindex_policies *p) ACT_NONNULL(1);
/** Was this policy, of the set, asked for? */
bool act_reindex_policies_select(const act_reindex_policies *p, const act_policy *policy)
    ACT_NONNULL(1, 2);
/** May activities of that kind go when no policy makes them? Not those of kinds that were
 *  not asked for, nor of those that a policy which is not in force is about. */
bool act_reindex_policies_may_remove(const act_reindex_policies *p, act_str group,
                                     act_str kind) ACT_NONNULL(1);

#endif
