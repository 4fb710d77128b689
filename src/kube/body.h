/** @file
 *  Bodies of requests: JSON or YAML to a checked object. */
#ifndef ACT_KUBE_BODY_H
#define ACT_KUBE_BODY_H

#include "kube/negotiate.h"
#include "kube/options.h"
#include "kube/resource.h"
#include "kube/schema.h"
#include "kube/status.h"
#include "kube/yaml.h"

enum { ACT_BODY_WARNINGS_MAX = 32 };

/** What was read: an object, and what of its text the object does not show. Lives in the
 *  arena and the bytes it was read from. */
typedef struct {
    const act_json *object;
    enum act_kube_content content;
    act_yaml_repeats repeats; /**< of YAML; JSON objects keep their text */
} act_body_source;

/** A decoded body. Lives in the arena and the bytes it was read from. */
typedef struct {
    const act_json *object;
    act_str warnings[ACT_BODY_WARNINGS_MAX]; /**< for Warning headers */
    size_t n_warnings;
} act_body;

/** Read one document of @content. False with @ret_status filled (400, 415): not well
 * formed, no object, more than one document. */
bool act_body_parse(act_arena *a, act_str text, enum act_kube_content content,
                    act_body_source *ret, act_kube_status *ret_status)
    ACT_NONNULL(1, 4, 5) ACT_MUST_CHECK;

/** Compare the object with what @r and @schema say: its kind and apiVersion (both may be
 *  missing), types, and as @validation has it, unknown fields and keys that stand twice.
 *  False with @ret_status filled (400). @ret->object is the object with kind and apiVersion
 *  filled in and without the unknown fields; each owner reference is in it once. */
bool act_body_check(act_arena *a, const act_body_source *source, const act_kube_resource *r,
                    const act_schema *schema, enum act_field_validation validation,
                    act_body *ret, act_kube_status *ret_status)
    ACT_NONNULL(1, 2, 3, 4, 6, 7) ACT_MUST_CHECK;

/** Keys that stand twice in @patch, as @validation has it: warnings in @ret, or false with
 *  @ret_status filled (400). */
bool act_body_check_patch(act_arena *a, const act_json *patch,
                          enum act_field_validation validation, act_body *ret,
                          act_kube_status *ret_status)
    ACT_NONNULL(1, 2, 4, 5) ACT_MUST_CHECK;

#endif
