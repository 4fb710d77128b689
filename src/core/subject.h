/** @file
 *  Subjects of the broker's messages. */
#ifndef ACT_SUBJECT_H
#define ACT_SUBJECT_H

#include "base/buf.h"
#include "core/scope.h"

/* audit.k8s.activity
 * events.<tenant type>.<tenant>.<group>_<kind>.<namespace>.<event name>
 * activities.<tenant type>.<tenant>.<group>.<origin>.<kind>.<namespace>.<activity name>
 *
 * Every token goes through act_subject_token(): "_" when empty, "core" for the core group,
 * '.' becomes '_', a byte outside [A-Za-z0-9_-] becomes =XX (upper case hex), and what
 * would be longer than ACT_SUBJECT_TOKEN_MAX is cut and gets "=H" and 16 hex digits of the
 * SHA-256 of the whole.
 *
 * Two values may share a token ("a.b" and "a_b"; "" and "_"). That is harmless: subjects
 * only narrow what is read. Whoever reads decides by the payload (scope, selectors), never
 * by the subject, so a collision costs a look at a record and shows it to nobody. */

enum { ACT_SUBJECT_TOKEN_MAX = 200 };

#define ACT_SUBJECT_AUDIT "audit.k8s.activity"

/* All of a kind, as a stream's pattern has it. */
#define ACT_SUBJECT_AUDIT_ALL "audit.k8s.>"
#define ACT_SUBJECT_EVENTS_ALL "events.>"
#define ACT_SUBJECT_ACTIVITIES_ALL "activities.>"

/** Append @text as one token. Failures stick in @out. */
void act_subject_token(act_buf *out, act_str text) ACT_NONNULL(1);
/** The same for an API group: "core" when empty. */
void act_subject_group_token(act_buf *out, act_str group) ACT_NONNULL(1);

/** What the subject of an Event is made of. */
typedef struct {
    act_scope tenant;
    act_str group; /**< of the object it is about; empty: core */
    act_str kind;
    act_str ns;   /**< of the Event */
    act_str name; /**< of the Event */
} act_subject_event;

typedef struct {
    act_scope tenant;
    act_str group;  /**< of the policy; empty: core */
    act_str origin; /**< audit, event */
    act_str kind;   /**< of the policy */
    act_str ns;     /**< of the resource */
    act_str name;   /**< of the activity */
} act_subject_activity;

/** Append the subject; failures stick in @out. */
void act_subject_of_event(act_buf *out, const act_subject_event *e) ACT_NONNULL(1, 2);
void act_subject_of_activity(act_buf *out, const act_subject_activity *a) ACT_NONNULL(1, 2);

#endif
