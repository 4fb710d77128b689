/** @file
 *  Strings that a library function builds piece by piece in the arena of its call. */
#ifndef CEL_LIB_TEXT_H
#define CEL_LIB_TEXT_H

#include "cel/function.h"

/** Growing text with a sticky failure, as act_buf but without the heap. Growth leaves the
 *  old bytes in the arena, so at most twice the result is used. Start with CEL_TEXT_ON. */
typedef struct {
    cel_call *call;
    char *ptr;
    size_t len, size;
    bool full; /**< past limits->string_bytes, or the arena is */
} cel_text;

#define CEL_TEXT_ON(c) ((cel_text){ .call = (c) })

/** Room for @n more bytes: write there, then add to t->len; NULL on failure. */
char *cel_text_reserve(cel_text *t, size_t n) ACT_NONNULL(1);
void cel_text_add(cel_text *t, act_str s) ACT_NONNULL(1);
void cel_text_add_byte(cel_text *t, char c) ACT_NONNULL(1);
/** @bytes with every run that is not UTF-8 replaced by one U+FFFD. */
void cel_text_add_lossy(cel_text *t, act_str bytes) ACT_NONNULL(1);
/** The string so far, or the error CEL_E_MEMORY_LIMIT. */
cel_value cel_text_value(const cel_text *t) ACT_NONNULL(1);

/** @bytes as a string value: a view when they are UTF-8, else repaired as above. */
cel_value cel_lossy_string(cel_call *call, act_str bytes) ACT_NONNULL(1);

#endif
