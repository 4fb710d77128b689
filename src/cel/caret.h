/** @file
 *  The line of a source that a message is about, and a caret below the place. */
#ifndef CEL_CARET_H
#define CEL_CARET_H

#include "base/buf.h"

/** Append line @line of @source (from 1) behind " | ", and below it a caret under @column,
 *  which counts code points from 1:
 *       | nope + 1
 *       | ^
 *  No line feed at the end. The caret stands where terminals with fixed columns show the
 *  place: wide characters take two of them, marks that stand on others none. Control
 *  characters, as tabs, are shown as a space. */
void cel_caret_add(act_str source, uint32_t line, uint32_t column, act_buf *out)
    ACT_NONNULL(4);

#endif
