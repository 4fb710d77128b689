/** @file
 *  Which kinds a kube-apiserver serves, by its discovery, asked again and again. */
#ifndef ACT_KUBE_SERVED_KINDS_H
#define ACT_KUBE_SERVED_KINDS_H

#include "base/log.h"
#include "kube/client.h"

enum act_served {
    ACT_SERVED_UNKNOWN, /**< discovery was not read yet, or the group does not answer */
    ACT_SERVED_NO,
    ACT_SERVED_YES,
};

/** A thread reads the discovery of all groups, aggregated (apidiscovery.k8s.io/v2) or, from
 *  servers that do not have that, group by group. It begins at once and reads again after
 *  @first_wait_ns, then after twice the time, up to @most_wait_ns. Internally locked. */
typedef struct act_served_kinds act_served_kinds;

typedef struct {
    act_kube_client *client;
    act_log *log;
    int64_t first_wait_ns, most_wait_ns; /**< 0: 1 s and 60 s */
} act_served_kinds_options;

/** Client and log outlive it. ACT_ENOMEM, ACT_EIO. */
int act_served_kinds_start(const act_served_kinds_options *options, act_served_kinds **ret)
    ACT_NONNULL(1, 2) ACT_MUST_CHECK;
void act_served_kinds_free(act_served_kinds *k); /**< NULL is a no-op; waits. */
ACT_DEFINE_AUTO(act_served_kinds)

/** Whether @kind of @group ("": core) is served, in that very case. */
enum act_served act_served_kinds_has(act_served_kinds *k, act_str group, act_str kind)
    ACT_NONNULL(1);
/** A number that rises when an answer of act_served_kinds_has() may have changed. */
uint64_t act_served_kinds_version(act_served_kinds *k) ACT_NONNULL(1);
/** Somebody misses a kind: read again after the shortest wait, and slower from there. */
void act_served_kinds_hurry(act_served_kinds *k) ACT_NONNULL(1);

#endif
