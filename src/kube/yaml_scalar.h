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

/** Length of the character at @at of UTF-8 text when YAML does not take it as it is (DEL,
 * C1 controls, line and paragraph separators, byte order marks, non-characters), with its
 * code in *ret_code; else 0. */
size_t act_yaml_unprintable(act_str text, size_t at, unsigned *ret_code) ACT_NONNULL(3);

#endif
