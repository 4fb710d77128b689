/** @file
 *  The line of a text that a message is about, and a caret below the place. */
#ifndef ACT_CARET_H
#define ACT_CARET_H

#include "base/buf.h"

/** Append line @line of @text (from 1) behind " | ", and below it a caret under @column,
 *  which counts code points from 1:
 *       | nope + 1
 *       | ^                                                                              */
void act_caret_add(act_str text, uint32_t line, uint32_t column, act_buf *out)
    ACT_NONNULL(4);

#endif
