/** @file
 *  Plural and kind of resources, where no API discovery can be asked. */
#ifndef ACT_KINDS_H
#define ACT_KINDS_H

#include "core/audit_record.h"

/** Kind of the built-in resource @plural of @group ("" is core); empty when not known. */
act_str act_kind_of(act_str group, act_str plural);
/** Plural of the built-in @kind of @group; empty when not known. */
act_str act_plural_of(act_str group, act_str kind);

/** Kind of what an audit event is about, from the event itself: responseObject.kind, else
 *  requestObject.kind, when it speaks of the object (no subresource, not a Status, a List,
 *  a Table, a PartialObjectMetadata, DeleteOptions or Patch), else the table above; else
 *  empty. */
act_str act_kind_of_audit(const act_audit_record *r) ACT_NONNULL(1);

#endif
