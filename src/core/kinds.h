/** @file
 *  Plural and kind of resources, where no API discovery can be asked. */
#ifndef ACT_KINDS_H
#define ACT_KINDS_H

#include "core/audit_record.h"

/** Kind of the built-in resource @plural of @group ("" is core); empty when not known. */
act_str act_kind_of(act_str group, act_str plural);
/** Plural of the built-in @kind of @group; empty when not known. */
act_str act_plural_of(act_str group, act_str kind);
/** True when Kubernetes serves @group itself: all of its kinds are known here. */
bool act_kinds_have_group(act_str group);

/** Kind of what an audit event is about: from the table, else from the event's own
 *  responseObject or requestObject. Those count only when they are of objectRef's group, on
 *  the resource itself or its status, and no envelope (Status, DeleteOptions, Table ...); a
 *  list names the kind of its items. Empty when nothing tells. May materialise lazy
 *  subtrees. */
act_str act_kind_of_audit(const act_audit_record *r) ACT_NONNULL(1);

#endif
