/** @file
 *  Who manages which fields of an object: metadata.managedFields, and server-side apply. */
#ifndef ACT_KUBE_MANAGED_H
#define ACT_KUBE_MANAGED_H

#include "base/clock.h"
#include "base/problems.h"
#include "kube/schema.h"

/** Who writes, and how. The texts are not copied: they live as long as the result. */
typedef struct {
    act_str manager;
    act_str api_version; /**< of the object */
    act_str subresource; /**< "" or "status": which part of the object counts */
    int64_t now_ns;
} act_field_writer;

/** @after, which replaces @before (NULL: it is new) by an ordinary write, with its
 *  managedFields: the writer owns what it changed, and the others own that no longer. What
 *  @after itself says of managedFields counts where it is valid and no subresource is
 *  written: one empty entry forgets all managers. At most ten writers keep an entry of
 *  their own. ACT_EINVAL (see act_typed_fields()), ACT_ENOMEM. */
int act_managed_update(act_arena *a, const act_schema *schema, const act_json *before,
                       const act_json *after, const act_field_writer *writer,
                       const act_json **ret) ACT_NONNULL(1, 2, 4, 5, 6) ACT_MUST_CHECK;

/** Server-side apply of @applied (what the writer wants, no more) to @live (NULL: there is
 *  none): what it mentions gets its value, what it mentioned last time and nobody else owns
 *  goes, the rest stays. A value that others manage and that differs is a conflict: each
 *  goes to @conflicts (kind CONFLICT) and the result is ACT_ECONFLICT, unless @force, which
 *  takes the field over. Otherwise as above. */
int act_managed_apply(act_arena *a, const act_schema *schema, const act_json *live,
                      const act_json *applied, const act_field_writer *writer, bool force,
                      act_problems *conflicts, const act_json **ret)
    ACT_NONNULL(1, 2, 4, 5, 7, 8) ACT_MUST_CHECK;

#endif
