/** @file
 *  Constants as source text, for the two printers of trees. */
#ifndef CEL_AST_TEXT_H
#define CEL_AST_TEXT_H

#include "cel/ast.h"

/** Append the literal of @v: "a\nb", b"\xff", 1u, 2.5. @as_source keeps doubles apart from
 *  ints ("2.0") and writes bytes beyond ASCII as escapes; else they are as cel-go's debug
 *  printer shows them ("2"). Type values are their name. */
void cel_ast_write_constant(cel_value v, bool as_source, act_buf *out) ACT_NONNULL(3);

#endif
