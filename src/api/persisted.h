/** @file
 *  Kinds that are kept in the registry: all verbs of a Kubernetes resource, in terms of
 *  what the kind itself says is valid. */
#ifndef ACT_API_PERSISTED_H
#define ACT_API_PERSISTED_H

#include "api/answer.h"

enum { ACT_PERSISTED_WARNINGS_MAX = 8 };

/** What a kind adds. Constant tables. */
typedef struct {
    const char *prefix; /**< of its keys: "activitypolicies/" */
    /** Check @object, which replaces @before (NULL: it is new); what is wrong goes to
     *  @problems. ACT_ENOMEM. */
    int (*validate)(act_call *c, const act_json *object, const act_json *before,
                    act_problems *problems);
    /** The same for a write of its status. May be NULL. */
    int (*validate_status)(act_call *c, const act_json *object, const act_json *before,
                           act_problems *problems);
    /** Texts for Warning headers, at most ACT_PERSISTED_WARNINGS_MAX. May be NULL. */
    size_t (*warnings)(act_call *c, const act_json *object, act_str *ret);
} act_persisted_kind;

/** Answer the call: any verb, on the resource or its status. */
void act_persisted_handle(act_call *c, const act_persisted_kind *kind) ACT_NONNULL(1, 2);

/** The object of a registry entry, with its resourceVersion. ACT_EPARSE, ACT_ENOMEM. */
int act_persisted_object(act_arena *a, const act_entry *entry, const act_json **ret)
    ACT_NONNULL(1, 2, 3) ACT_MUST_CHECK;
/** The text that is stored for @object: without resourceVersion. ACT_ENOMEM. */
int act_persisted_text(act_arena *a, const act_json *object, act_str *ret)
    ACT_NONNULL(1, 2, 3) ACT_MUST_CHECK;

#endif
