/** @file
 *  What a YAML scalar means: null, a boolean, a number or text. */
#ifndef ACT_KUBE_YAML_SCALAR_H
#define ACT_KUBE_YAML_SCALAR_H

#include "base/json.h"

/** Value of scalar @text with an explicit @tag (NULL: none), @plain when it was not quoted.
 *  False with *ret_why (static text) when the tag is not one of the core ones, does not fit
 *  the text, or the number has no JSON form. */
bool act_yaml_scalar(act_str text, const char *tag, bool plain, act_json *ret,
                     const char **ret_why) ACT_NONNULL(4, 5);

/** True when @text, written plain, would not read back as this very string. */
bool act_yaml_needs_quotes(act_str text);

#endif
