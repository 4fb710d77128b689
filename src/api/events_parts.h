/** @file
 *  The parts of the Events APIs, one file a group; for events*.c. */
#ifndef ACT_API_EVENTS_PARTS_H
#define ACT_API_EVENTS_PARTS_H

#include "api/event_tail.h"
#include "api/selection.h"
#include "core/event_record.h"

/* Both APIs are two views of one thing. Inside, an Event is always in its events.k8s.io/v1
 * form, as it is published and stored; it takes the form of the call when it is read and
 * when it is shown.
 *
 * The resourceVersion that clients see is the sequence of the message that made the state.
 * The one that the message itself carries says which state it replaces (events_write.c). */

/** An Event as it is. Views in the call's arena. */
typedef struct {
    act_scope tenant;
    act_str ns, name;
    const act_json *object; /**< as stored */
    uint64_t sequence;      /**< 0: the row of another writer than the ingester */
    bool deleted;
} act_event_state;

/** The form that the call's group has. */
enum act_event_form act_event_form_of(const act_call *c) ACT_NONNULL(1);

/* ---- reading (events_read.c) ------------------------------------------------------- */

/** What a list, watch or deletecollection is about. False: answered already (400). */
bool act_event_selection_read(act_call *c, act_selection *ret)
    ACT_NONNULL(1, 2) ACT_MUST_CHECK;

/** The newest state of the Event of that name that the caller may see; with @tenant, of
 *  that tenant's. Everything that was acknowledged before is seen. ACT_ENOTFOUND, with *ret
 *  the deletion when one is remembered, else a zero value; ACT_EAGAIN (too far behind);
 *  errors of log and store. */
int act_event_find(act_call *c, act_str ns, act_str name, const act_scope *tenant,
                   act_event_state *ret) ACT_NONNULL(1, 5) ACT_MUST_CHECK;

/** What is read is always of now: has the version that a GET asks for been? False: answered
 *  already (400; 504 when it is still to come). */
bool act_event_version_is_there(act_call *c) ACT_NONNULL(1) ACT_MUST_CHECK;

/** A page of a list, in the order of act_event_row_cmp(). */
typedef struct {
    const act_event_state *items;
    size_t n;
    uint64_t version;       /**< a watch goes on behind it */
    act_str continue_token; /**< empty: there is no more */
} act_event_page;
/** At most @limit (0: all that one answer may hold), from the query's continue token on.
 *  False: answered already. */
bool act_event_page_read(act_call *c, const act_selection *s, int64_t limit,
                         act_event_page *ret) ACT_NONNULL(1, 2, 4) ACT_MUST_CHECK;

/** The state as the caller sees it: in its form, with its resourceVersion. ACT_ENOMEM. */
int act_event_shown(act_call *c, const act_event_state *s, const act_json **ret)
    ACT_NONNULL(1, 2, 3) ACT_MUST_CHECK;
/** The same for an Event of that sequence in any form, into @a. */
int act_event_shape(act_arena *a, const act_json *object, uint64_t sequence,
                    enum act_event_form form, const act_json **ret)
    ACT_NONNULL(1, 2, 5) ACT_MUST_CHECK;

/* ---- checking (events_check.c) ----------------------------------------------------- */

/** Times as Kubernetes writes them: microseconds in eventTime and in the series, seconds
 *  elsewhere, all in UTC; what is no time stays. @object has form @form. ACT_ENOMEM. */
int act_event_normalize(act_arena *a, const act_json *object, enum act_event_form form,
                        const act_json **ret) ACT_NONNULL(1, 2, 4) ACT_MUST_CHECK;
/** Is @object (events.k8s.io/v1) valid in place of @before (NULL: new), as the API of the
 *  call has it? Problems have the names that Kubernetes gives them. ACT_ENOMEM. */
int act_event_valid(act_call *c, const act_json *object, const act_json *before,
                    act_problems *problems) ACT_NONNULL(1, 2, 4) ACT_MUST_CHECK;

/* ---- writing (events_write.c) ------------------------------------------------------ */

/** Make @object, which is new to @before (a deletion, or a zero value), the state of its
 *  Event. ACT_ECONFLICT: somebody was faster. ACT_EFULL, ACT_EIO, ACT_EAGAIN: not now. On
 *  success *ret is the new state. */
int act_event_publish_new(act_call *c, const act_event_state *before,
                          const act_json *object, act_event_state *ret)
    ACT_NONNULL(1, 2, 3, 4) ACT_MUST_CHECK;
/** Make @object the state after @before. As above. */
int act_event_publish_next(act_call *c, const act_event_state *before,
                           const act_json *object, act_event_state *ret)
    ACT_NONNULL(1, 2, 3, 4) ACT_MUST_CHECK;

/* ---- verbs ------------------------------------------------------------------------- */

/** Why an Event could not be read or written. */
void act_event_answer_failure(act_call *c, int err) ACT_NONNULL(1);
void act_event_answer_not_found(act_call *c) ACT_NONNULL(1);

void act_event_answer(act_call *c, int code, const act_event_state *state)
    ACT_NONNULL(1, 3);
void act_event_answer_page(act_call *c, const act_event_page *page) ACT_NONNULL(1, 2);

void act_event_create(act_call *c) ACT_NONNULL(1);
/** The namespace of the path is that of the object, if that has one. False: answered. */
bool act_event_is_here(act_call *c, const act_json *object)
    ACT_NONNULL(1, 2) ACT_MUST_CHECK;
/** A new object as the client sent it, in its form, with what the server sets. ACT_ENOMEM.
 */
int act_event_prepare(act_call *c, const act_json *object, const act_json **ret)
    ACT_NONNULL(1, 2, 3) ACT_MUST_CHECK;
/** Check such an object, make it an Event and answer. ACT_EEXISTS: there is one of that
 *  name; all else is answered. */
int act_event_store_new(act_call *c, const act_json *object, bool dry_run)
    ACT_NONNULL(1, 2) ACT_MUST_CHECK;
/** PUT and PATCH. */
void act_event_change(act_call *c) ACT_NONNULL(1);
/** PATCH of application/apply-patch+yaml. */
void act_event_apply(act_call *c) ACT_NONNULL(1);
/** Make @wanted, in the client's form, the state after @before, and answer. With
 *  @managers_count a difference of managedFields alone is one. ACT_ECONFLICT: somebody was
 *  faster; all else is answered. */
int act_event_replace(act_call *c, const act_event_state *before, const act_json *wanted,
                      bool managers_count, bool dry_run)
    ACT_NONNULL(1, 2, 3) ACT_MUST_CHECK;
/** Is @wanted meant for the version @before, both in the client's form? False: answered. */
bool act_event_version_holds(act_call *c, const act_json *wanted, const act_json *before)
    ACT_NONNULL(1, 2, 3) ACT_MUST_CHECK;
/** Writers of one Event in this process wait for one another. False: answered. */
bool act_event_take_turn(act_call *c, size_t *ret) ACT_NONNULL(1, 2) ACT_MUST_CHECK;
void act_event_delete(act_call *c) ACT_NONNULL(1);
void act_event_delete_all(act_call *c) ACT_NONNULL(1);

#endif
