/** @file
 *  The syntax tree: nodes as the parser makes them and the checker annotates them. */
#ifndef CEL_AST_H
#define CEL_AST_H

#include "cel/type.h"
#include "cel/value.h"

typedef struct cel_node cel_node;

enum cel_node_kind {
    CEL_NODE_CONST,
    CEL_NODE_IDENT,
    CEL_NODE_SELECT, /**< e.f, and has(e.f) with test_only */
    CEL_NODE_CALL,   /**< operators too: "_&&_", "_[_]", "_?._"(e, 'f'), ... */
    CEL_NODE_LIST,
    CEL_NODE_MAP,
    CEL_NODE_STRUCT, /**< message literal: parsed, then refused by the checker */
    CEL_NODE_FOLD,   /**< a comprehension macro */
    CEL_NODE_BIND,   /**< cel.bind(var, init, body): init at most once, when first used */
};

/** What a name means once it is resolved. */
enum cel_ref_kind {
    CEL_REF_NONE,  /**< not resolved: unchecked and unknown; fails when evaluated */
    CEL_REF_LOCAL, /**< variable of a fold or bind; index: its frame slot */
    CEL_REF_VAR,   /**< declared variable; index: as of cel_env_var() */
    CEL_REF_TYPE,  /**< type name used as a value; the node then is a CONST instead */
};

enum cel_fold_kind {
    CEL_FOLD_ALL,
    CEL_FOLD_EXISTS,
    CEL_FOLD_EXISTS_ONE,
    CEL_FOLD_MAP,    /**< [filter,] step: list of step */
    CEL_FOLD_FILTER, /**< filter: list of var1 */
    CEL_FOLD_TRANSFORM_LIST /**< [filter,] step, two variables */,
    CEL_FOLD_TRANSFORM_MAP,       /**< [filter,] step: map var1 -> step */
    CEL_FOLD_TRANSFORM_MAP_ENTRY, /**< [filter,] step: a map, merged */
};

typedef struct {
    cel_node *key; /**< STRUCT: NULL, see field */
    cel_node *value;
    act_str field;
    bool optional; /**< {?k: v} */
} cel_node_entry;

enum {
    /** Frame slots: every local variable of a program has its own, because the init of a
     *  bind runs late, in the middle of its body. */
    CEL_NO_SLOT = UINT32_MAX,
    /** Deepest tree; everything that walks trees may recurse that far. */
    CEL_TREE_DEPTH_MAX = 512,
};

/** One node. Written by parser and checker, immutable afterwards; in the program's arena.
 *
 *  @offset is the byte in the source that an error about the node should show. @type is DYN
 * before and without the check. */
struct cel_node {
    uint8_t kind;   /**< enum cel_node_kind */
    uint16_t depth; /**< of the tree below: 1 for a leaf */
    uint32_t offset;
    const cel_type *type;
    const cel_node *macro; /**< the call that this tree replaced, or NULL */
    union {
        cel_value constant;
        struct {
            act_str name; /**< ".a" when rooted, until resolved; "a.b" when qualified */
            uint8_t ref;  /**< enum cel_ref_kind */
            uint32_t index;
        } ident;
        struct {
            cel_node *operand;
            act_str field;
            bool test_only;
        } select;
        struct {
            act_str name;     /**< qualified once resolved: "math.abs" */
            cel_node *target; /**< receiver, or NULL */
            cel_node **args;  /**< without the receiver */
            uint32_t argc;
            const struct cel_function *function; /**< NULL: unknown, fails when evaluated */
            /** Overloads that the static types leave (order of declaration). One: call it
             *  directly when its parameters hold no dyn; else dispatch on the kinds of the
             *  values. Unchecked: all of the function with this call style and count. */
            const struct cel_overload *const *overloads;
            uint32_t overload_count;
        } call;
        struct {
            cel_node **items;
            const bool *optional; /**< [?e] by index; NULL: none is */
            uint32_t count;
        } list;
        struct {
            act_str name; /**< of a STRUCT */
            cel_node_entry *entries;
            uint32_t count;
        } map;
        struct {
            uint8_t kind; /**< enum cel_fold_kind */
            cel_node *range;
            act_str var1, var2;    /**< var2.ptr NULL: one variable */
            uint32_t slot1, slot2; /**< frame slots of the variables */
            cel_node *filter;      /**< or NULL */
            cel_node *step; /**< predicate of all, exists, exists_one; NULL for FILTER */
        } fold;
        struct {
            act_str var;
            uint32_t slot;
            cel_node *init;
            cel_node *body;
        } bind;
    } as;
};

/** A parsed expression. */
typedef struct {
    cel_node *root;
    uint32_t node_count;
    uint32_t frame_size; /**< local slots that an evaluation needs */
} cel_ast;

/** Is @n a call of @function (as "_&&_") with @argc arguments? */
static inline bool cel_node_is_call(const cel_node *n, const char *function, uint32_t argc)
{
    return n->kind == CEL_NODE_CALL && n->as.call.argc == argc &&
           act_str_eq_cstr(n->as.call.name, function);
}

/** Child @i of @n in evaluation order, or NULL after the last: for walks that treat all
 *  kinds alike. A call's receiver comes first; absent parts of folds are skipped. */
cel_node *cel_node_child(const cel_node *n, uint32_t i) ACT_NONNULL(1);

/** Append the tree as cel-go's debug printer shows it, folds in their generic form
 *  (`__comprehension__(// Variable ...`). */
void cel_ast_print(const cel_node *n, act_buf *out) ACT_NONNULL(1, 2);
/** Append source text that parses to an equal tree (macros as macro calls). */
void cel_ast_unparse(const cel_node *n, act_buf *out) ACT_NONNULL(1, 2);
/** Same shape, names and constants (offsets and types aside). */
bool cel_ast_equal(const cel_node *a, const cel_node *b) ACT_NONNULL(1, 2);

#endif
