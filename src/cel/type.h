/** @file
 *  Static types: their terms, their text, and unification with gradual typing. */
#ifndef CEL_TYPE_H
#define CEL_TYPE_H

#include "cel/cel.h"

enum cel_type_kind {
    CEL_T_DYN,
    CEL_T_ERROR, /**< of an expression that was reported already; accepts everything */
    CEL_T_NULL,
    CEL_T_BOOL,
    CEL_T_INT,
    CEL_T_UINT,
    CEL_T_DOUBLE,
    CEL_T_STRING,
    CEL_T_BYTES,
    CEL_T_TIMESTAMP,
    CEL_T_DURATION,
    CEL_T_LIST,     /**< args[0] element */
    CEL_T_MAP,      /**< args[0] key, args[1] value */
    CEL_T_TYPE,     /**< args[0], or NULL for plain `type` */
    CEL_T_OPTIONAL, /**< args[0] */
    CEL_T_OPAQUE,   /**< name, and args when it is parametrised */
    CEL_T_PARAM,    /**< id: T of a signature, or a fresh one of the checker */
    CEL_T_COUNT,
};

enum { CEL_TYPE_ARGS_MAX = 3 };

/** A type term. Immutable; primitive ones are static (cel_type_of()), the others live in
 *  the arena of their env or program. Compare with cel_type_same(). */
typedef struct cel_type {
    uint8_t kind;  /**< enum cel_type_kind */
    uint8_t count; /**< of args */
    uint16_t size; /**< terms in it, counted as a tree */
    uint32_t id;   /**< of a PARAM */
    act_str name;  /**< of an OPAQUE, and of a PARAM in a signature */
    const struct cel_type *args[CEL_TYPE_ARGS_MAX];
} cel_type;

/** The term of a kind without arguments: DYN to DURATION, TYPE (plain). */
const cel_type *cel_type_of(enum cel_type_kind kind);

enum {
    CEL_TYPE_SIZE_MAX = 1024,    /**< larger terms become dyn: they can double per bind */
    CEL_SUBST_STEPS_MAX = 200000 /**< work on types that one check may cause */
};

/** Terms with arguments, in @a; NULL when it is full. */
const cel_type *cel_type_list(act_arena *a, const cel_type *element) ACT_NONNULL(1, 2);
const cel_type *cel_type_map(act_arena *a, const cel_type *key, const cel_type *value)
    ACT_NONNULL(1, 2, 3);
const cel_type *cel_type_optional(act_arena *a, const cel_type *of) ACT_NONNULL(1, 2);
const cel_type *cel_type_type(act_arena *a, const cel_type *of) ACT_NONNULL(1, 2);
const cel_type *cel_type_opaque(act_arena *a, act_str name, const cel_type *const *args,
                                uint8_t count) ACT_NONNULL(1);
const cel_type *cel_type_param(act_arena *a, uint32_t id, act_str name) ACT_NONNULL(1);

bool cel_type_same(const cel_type *a, const cel_type *b) ACT_NONNULL(1, 2);

/** Append the text as messages show it: "map(string, dyn)", "optional_type(int)". */
void cel_type_write(const cel_type *t, act_buf *out) ACT_NONNULL(1, 2);
/** The same as NUL-terminated text in @a; NULL when it is full. */
const char *cel_type_text(act_arena *a, const cel_type *t) ACT_NONNULL(1, 2);

/** Read "map(string, dyn)" from the front of *text and cut it off. A single capital letter
 *  is a type parameter with id = letter - 'A'; other unknown names are opaque types. Also
 *  takes null_type, google.protobuf.Timestamp, google.protobuf.Duration. ACT_EPARSE,
 *  ACT_ENOMEM, ACT_ELIMIT (nesting above 16). */
int cel_type_parse(act_arena *a, act_str *text, const cel_type **ret, act_err *e)
    ACT_NONNULL(1, 2, 3) ACT_MUST_CHECK;

/** Bit (1 << enum cel_kind) set of the runtime values that @t accepts, by their kind alone:
 *  what dynamic dispatch tests. DYN, PARAM: all but CEL_ERROR. null counts for OPTIONAL,
 *  OPAQUE, TIMESTAMP, DURATION only in the checker, not here. */
uint32_t cel_type_kinds(const cel_type *t) ACT_NONNULL(1);

/** Bindings of type parameters while checking, with undo. A zero value with its arena is
 *  ready. One thread. */
typedef struct {
    act_arena *arena;
    const cel_type **bound; /**< by id - base; NULL while unbound */
    uint32_t count, size;
    struct cel_type_undo {
        uint32_t id;
        const cel_type *before;
    } * trail;
    uint32_t trail_count, trail_size;
    uint32_t signature; /**< first parameter of the overload at hand, 0: none */
    uint32_t steps;     /**< done so far */
    int err; /**< ACT_ENOMEM or ACT_ELIMIT (steps): answers mean nothing any more */
} cel_subst;

/** Fresh parameters get ids from this on, so they never meet those of signatures. */
enum { CEL_TYPE_FRESH = 32 };

/** An unbound parameter that nobody has yet; DYN once @s has failed. */
const cel_type *cel_subst_fresh(cel_subst *s) ACT_NONNULL(1);
/** Reserve @n fresh parameters and return the id of the first. */
uint32_t cel_subst_reserve(cel_subst *s, uint32_t n) ACT_NONNULL(1);
/** @t with the parameters of a signature replaced by those from id @first on. */
const cel_type *cel_subst_instance(cel_subst *s, const cel_type *t, uint32_t first)
    ACT_NONNULL(1, 2);
/** May values of types @from stand where types @to are wanted? Binds parameters; on false
 *  the bindings are as before. Rules: null fits optional, opaque, timestamp and duration;
 *  dyn fits and takes everything; a bound parameter that meets another assignable type
 *  is bound to the more general of the two. A type fits every type, and tells the
 * parameters of the overload at hand what they stand for: int where "type(T)" is wanted
 * makes T int. */
bool cel_subst_assignable(cel_subst *s, const cel_type *const *from,
                          const cel_type *const *to, uint32_t n) ACT_NONNULL(1);
/** One type that both fit: the more general of the two, or NULL. */
const cel_type *cel_subst_join(cel_subst *s, const cel_type *a, const cel_type *b)
    ACT_NONNULL(1, 2, 3);
/** @t, or what it is bound to when it is a parameter (followed to the end). */
const cel_type *cel_subst_shallow(const cel_subst *s, const cel_type *t) ACT_NONNULL(1, 2);
/** @t with all bound parameters replaced; unbound ones stay, or become dyn. */
const cel_type *cel_subst_deep(cel_subst *s, const cel_type *t, bool unbound_to_dyn)
    ACT_NONNULL(1, 2);

#endif
