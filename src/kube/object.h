/** @file
 *  Metadata of objects: what the server sets, keeps and demands. */
#ifndef ACT_KUBE_OBJECT_H
#define ACT_KUBE_OBJECT_H

#include "base/clock.h"
#include "base/json_build.h"
#include "base/problems.h"

/** metadata.KEY as text; empty when it is not there. */
act_str act_object_meta(const act_json *object, const char *key) ACT_NONNULL(2);
/** metadata.resourceVersion; empty for none, as which "0" counts. */
act_str act_object_version(const act_json *object);
/** metadata.generation; 0 when it is not there. */
int64_t act_object_generation(const act_json *object);

/** @object with metadata.KEY set. ACT_ENOMEM. */
int act_object_with_meta(act_arena *a, const act_json *object, const char *key,
                         act_json value, const act_json **ret)
    ACT_NONNULL(1, 2, 3, 5) ACT_MUST_CHECK;
/** As above for a top-level member; @value NULL removes it. */
int act_object_with(act_arena *a, const act_json *object, const char *key,
                    const act_json *value, const act_json **ret)
    ACT_NONNULL(1, 2, 3, 5) ACT_MUST_CHECK;

/** @object without metadata.namespace: what is of the cluster is in none, whatever a tool
 * has written into it. ACT_ENOMEM. */
int act_object_without_namespace(act_arena *a, const act_json *object, const act_json **ret)
    ACT_NONNULL(1, 2, 3) ACT_MUST_CHECK;

/** @object with each owner reference once. *ret_uids has the uids of those that were there
 *  again, with commas between them; empty: none was. ACT_ENOMEM. */
int act_object_owners_once(act_arena *a, const act_json *object, const act_json **ret,
                           act_str *ret_uids) ACT_NONNULL(1, 2, 3, 4) ACT_MUST_CHECK;

/** Source of random bytes: getrandom() or what a test wants. */
typedef struct {
    void (*fill)(void *ctx, void *out, size_t n);
    void *ctx;
} act_random;
act_random act_random_system(void);
/** A new UUID (version 4) as text. ACT_ENOMEM. */
int act_uid_make(act_arena *a, act_random random, act_str *ret)
    ACT_NONNULL(1, 3) ACT_MUST_CHECK;

/** Metadata of an object to be created: generateName becomes a name, uid,
 *  creationTimestamp and generation 1 are set, resourceVersion, managedFields and what
 *  belongs to deletion are removed. ACT_ENOMEM. */
int act_object_prepare_create(act_arena *a, const act_json *object, int64_t now_ns,
                              act_random random, const act_json **ret)
    ACT_NONNULL(1, 2, 5) ACT_MUST_CHECK;

/** Metadata of @after, which replaces @before: uid, creationTimestamp, deletion fields and
 *  generation are those of @before; the generation is one more when @spec_changed.
 *  ACT_ENOMEM. */
int act_object_prepare_update(act_arena *a, const act_json *before, const act_json *after,
                              bool spec_changed, const act_json **ret)
    ACT_NONNULL(1, 2, 3, 5) ACT_MUST_CHECK;

/** Finalizers of the garbage collector: what an object owns is released, or goes first. */
#define ACT_FINALIZER_ORPHAN "orphan"
#define ACT_FINALIZER_FOREGROUND "foregroundDeletion"

/** Check what of metadata never changes: uid, creationTimestamp and what belongs to
 *  deletion are in @after as in @before, or left out; a @before without metadata is a new
 *  object's, which has none of these yet. resourceVersion must be a number. */
void act_object_check_kept(const act_json *before, const act_json *after,
                           act_problems *problems) ACT_NONNULL(1, 2, 3);

/** Check name, labels, annotations (256 KiB together), owners, finalizers, and that the
 *  object has no namespace (cluster scoped). Problems have paths below "metadata" and the
 *  words of Kubernetes. */
void act_object_check_meta(const act_json *object, act_problems *problems)
    ACT_NONNULL(1, 2);

#endif
