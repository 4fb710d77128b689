/** @file
 *  What clients send to change or delete an object, for kinds wherever they are kept. */
#ifndef ACT_API_CHANGE_H
#define ACT_API_CHANGE_H

#include "api/answer.h"
#include "kube/propagation.h"

/** How the new object comes about. Views of the request. */
typedef struct {
    enum act_kube_content content; /**< OTHER: a whole object */
    const act_json *body;          /**< that object, or the patch */
    act_write_query q;
} act_change;

/** The body of PUT or PATCH, but for server-side apply. False: answered. */
bool act_change_read(act_call *c, act_change *ret) ACT_NONNULL(1, 2) ACT_MUST_CHECK;
/** What the client wants in place of @before, which has the form of the call's kind.
 *  False: answered. */
bool act_change_wanted(act_call *c, const act_change *ch, const act_json *before,
                       const act_json **ret) ACT_NONNULL(1, 2, 3, 4) ACT_MUST_CHECK;
/** Does @wanted name the object @before, by name and uid? False: answered. */
bool act_change_names(act_call *c, const act_json *before, const act_json *wanted)
    ACT_NONNULL(1, 2, 3) ACT_MUST_CHECK;
/** 409; @why empty: the usual words. */
void act_change_conflict(act_call *c, act_str why) ACT_NONNULL(1);

/** DeleteOptions of query and body. */
typedef struct {
    const act_json *body; /**< NULL: none */
    bool dry_run;
    enum act_propagation propagation;
} act_deletion;

/** False: answered. */
bool act_deletion_read(act_call *c, act_deletion *ret) ACT_NONNULL(1, 2) ACT_MUST_CHECK;
/** Do the preconditions hold for @object? False: answered. */
bool act_deletion_allows(act_call *c, const act_deletion *d, const act_json *object)
    ACT_NONNULL(1, 2, 3) ACT_MUST_CHECK;
/** 200: @object is gone. */
void act_deletion_answer(act_call *c, const act_json *object) ACT_NONNULL(1, 2);

#endif
