/** @file
 *  Events between core/v1 and events.k8s.io/v1, without loss in either direction. */
#ifndef ACT_EVENT_CONVERT_H
#define ACT_EVENT_CONVERT_H

#include "base/buf.h"
#include "core/event_record.h"

/* The two forms hold the same members under other names:
 *
 *   v1                    events.k8s.io/v1
 *   involvedObject        regarding
 *   message               note
 *   source                deprecatedSource
 *   firstTimestamp        deprecatedFirstTimestamp
 *   lastTimestamp         deprecatedLastTimestamp
 *   count                 deprecatedCount
 *   reportingComponent    reportingController
 *
 * All others keep name and bytes, also those we do not know; only names that belong to the
 * other form are left out, and empty text of a renamed member and of reportingInstance, as
 * Kubernetes does. Source of the rule: the conversion of pkg/apis/core in Kubernetes,
 * checked against its own output. */

/** Append @root, an Event of either form, as events.k8s.io/v1 (kind and apiVersion are
 *  always written). ACT_EINVAL: no Event. ACT_ENOMEM, ACT_ELIMIT: of @out. After a failure
 *  @out has its old length. */
int act_event_to_v1(const act_json *root, act_buf *out, act_err *reterr)
    ACT_NONNULL(1, 2) ACT_MUST_CHECK;
/** The same as core/v1. */
int act_event_to_core(const act_json *root, act_buf *out, act_err *reterr)
    ACT_NONNULL(1, 2) ACT_MUST_CHECK;

/** @root in form @to as a value in @a, which shares members with it. Errors as above. */
int act_event_as(act_arena *a, const act_json *root, enum act_event_form to,
                 const act_json **ret, act_err *reterr) ACT_NONNULL(1, 2, 4) ACT_MUST_CHECK;

/** @object with the entries of metadata.managedFields in the names of @form: they name
 *  members, and so differ between the forms. Entries of other versions stay. ACT_ENOMEM. */
int act_event_managers_as(act_arena *a, const act_json *object, enum act_event_form form,
                          const act_json **ret) ACT_NONNULL(1, 2, 4) ACT_MUST_CHECK;

#endif
