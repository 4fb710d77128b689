/** @file
 *  Summary templates: text with CEL expressions in {{ }}, compiled once, rendered often. */
#ifndef ACT_TEMPLATE_H
#define ACT_TEMPLATE_H

#include "base/buf.h"
#include "cel/cel.h"

enum {
    ACT_TEMPLATE_BYTES_MAX = 16 << 10,
    ACT_TEMPLATE_EXPRESSIONS_MAX = 64,
    ACT_TEMPLATE_PIECE_MAX = 5 << 10,    /**< bytes that one expression may add */
    ACT_TEMPLATE_SUMMARY_MAX = 16 << 10, /**< bytes of a rendered summary */
};

/** Immutable: shared by threads; views nothing of its source. */
typedef struct act_template act_template;

/** Compile @text. "{{" begins an expression, which ends at the next "}}" outside of its
 *  strings and braces; blanks and line breaks around and inside are fine; "}}" in plain
 * text is an error, as is an expression that is empty or whose type is neither string nor
 * dyn.
 *  @slots may be NULL (see cel_compile()). On failure @reterr has the first problem, its
 * line and column counted in @text. ACT_EPARSE, ACT_ELIMIT (the limits above), ACT_ENOMEM.
 */
int act_template_new(const cel_env *env, cel_slots *slots, act_str text, act_template **ret,
                     act_err *reterr) ACT_NONNULL(1, 4) ACT_MUST_CHECK;
void act_template_free(act_template *t); /**< NULL is a no-op. */
ACT_DEFINE_AUTO(act_template)

/** Expression @i, and where in the text it begins (@retline, @retcolumn, from 1); NULL
 *  behind the last. Lives with the template. */
const cel_program *act_template_expression(const act_template *t, size_t i,
                                           uint32_t *retline, uint32_t *retcolumn)
    ACT_NONNULL(1, 3, 4);

/** Append the rendered text to @out. The context has its variables bound; results of
 *  earlier evaluations stay valid (cel_eval_more()). ACT_EEVAL, ACT_ELIMIT with the
 *  expression's own words in @reterr; @out then has its old length. */
int act_template_render(const act_template *t, cel_ctx *ctx, act_buf *out, act_err *reterr)
    ACT_NONNULL(1, 2, 3) ACT_MUST_CHECK;

#endif
