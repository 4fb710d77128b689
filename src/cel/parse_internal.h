/** @file
 *  The parser's state and node constructors, shared with the macro expanders. */
#ifndef CEL_PARSE_INTERNAL_H
#define CEL_PARSE_INTERNAL_H

#include "cel/lex.h"
#include "cel/parse.h"

typedef struct cel_parser {
    const cel_env *env;
    act_arena *arena;
    cel_errors *errors;
    cel_lexer lexer;
    cel_token tok; /**< the one to look at */
    uint32_t depth;
    uint32_t node_count;
    int err; /**< first failure; when set, functions return NULL */
} cel_parser;

/** Record the failure @err and report it at @offset; returns NULL. After the first one only
 *  ACT_EPARSE is reported again (a parser goes on after errors of meaning). */
cel_node *cel_parse_fail(cel_parser *p, int err, uint32_t offset, const char *format, ...)
    ACT_PRINTF(4, 5);

/* Constructors: NULL (after cel_parse_fail()) when memory, nodes or depth run out, and
 * when a needed child is NULL, so that failures pass through. */
cel_node *cel_make_const(cel_parser *p, uint32_t offset, cel_value value);
cel_node *cel_make_ident(cel_parser *p, uint32_t offset, act_str name);
cel_node *cel_make_select(cel_parser *p, uint32_t offset, cel_node *operand, act_str field);
cel_node *cel_make_call(cel_parser *p, uint32_t offset, act_str name, cel_node *target,
                        cel_node *const *args, uint32_t argc);
cel_node *cel_make_list(cel_parser *p, uint32_t offset, cel_node **items,
                        const bool *optional, uint32_t count);
cel_node *cel_make_map(cel_parser *p, uint32_t offset, const act_str *struct_name,
                       cel_node_entry *entries, uint32_t count);
cel_node *cel_make_bind(cel_parser *p, uint32_t offset, act_str var, cel_node *init,
                        cel_node *body);
/** Fold with the kind and parts of @shape; filter and step may be NULL there. */
cel_node *cel_make_fold(cel_parser *p, uint32_t offset, enum cel_fold_kind kind,
                        cel_node *range, act_str var1, act_str var2, cel_node *filter,
                        cel_node *step);

/** The tree that replaces macro call @call, or NULL after an error; @call itself when no
 *  macro of the environment matches it. */
cel_node *cel_macro_expand(cel_parser *p, cel_node *call);

/** Report an error of meaning at @at; @call stays in the tree so that the parse goes on. */
cel_node *cel_macro_refuse(cel_parser *p, cel_node *call, const cel_node *at,
                           const char *format, ...) ACT_PRINTF(4, 5);
/** Is @n a name that a macro may declare: an identifier, not rooted, not reserved? */
bool cel_macro_is_name(const cel_node *n);

#endif
