/** @file
 *  How lists, maps, optionals, opaque values and errors are laid out, and work on them. */
#ifndef CEL_VALUE_H
#define CEL_VALUE_H

#include "cel/cel.h"

/* A list or map is either an array of the arena (or of the program, for constants) or a
 * JSON node that is read where it lies: flag CEL_V_JSON tells. Never look at as.list or
 * as.json without asking; use the functions below. All of this is immutable once made. */

struct cel_list {
    uint32_t count;
    const cel_value *items;
};

typedef struct {
    cel_value key;
    cel_value value;
} cel_entry;

/** Insertion order; @index (power of two, load under 1/2, UINT32_MAX: free) maps
 *  cel_value_hash() of a key to its entry, and is NULL for small maps. */
struct cel_map {
    uint32_t count;
    uint32_t index_mask;
    const cel_entry *entries;
    const uint32_t *index;
};

/** What all values of one opaque type have in common. Static, one per type. */
typedef struct {
    const char *name; /**< "net.IP" */
    bool (*equal)(const struct cel_opaque *a, const struct cel_opaque *b);
    /** Text for JSON and templates; NULL: there is none. Returns an act error number. */
    int (*write_text)(const struct cel_opaque *v, act_buf *out);
} cel_opaque_type;

/** First member of every opaque value of a library: struct cel_ip { cel_opaque head; ...}.
 */
typedef struct cel_opaque {
    const cel_opaque_type *type;
} cel_opaque;

static inline cel_value cel_opaque_value(const cel_opaque *head)
{
    return (cel_value){ .kind = CEL_OPAQUE, .as.opaque = head };
}
static inline bool cel_is_opaque(cel_value v, const cel_opaque_type *type)
{
    return v.kind == CEL_OPAQUE && v.as.opaque->type == type;
}

/** @value NULL is none; else it must outlive the result. */
static inline cel_value cel_optional(const cel_value *value)
{
    return (cel_value){ .kind = CEL_OPTIONAL, .as.operand = value };
}
/** optional.of(@v) with a copy of @v in @a; CEL_E_MEMORY_LIMIT. */
cel_value cel_optional_of(act_arena *a, cel_value v) ACT_NONNULL(1);

static inline cel_value cel_type_value(act_str name)
{
    return (cel_value){ .kind = CEL_TYPE, .len = (uint32_t)name.len, .as.bytes = name.ptr };
}

/** @at is the byte of the source that the error's text will point to. */
static inline cel_value cel_error(enum cel_error_kind kind, uint32_t at, const char *text)
{
    return (
        cel_value){ .kind = CEL_ERROR, .aux = (uint16_t)kind, .len = at, .as.text = text };
}
/** An error whose text ends in ": " and @operand, made only when it is asked for. */
static inline cel_value cel_error_operand(enum cel_error_kind kind, uint32_t at,
                                          const cel_value *operand)
{
    return (cel_value){ .kind = CEL_ERROR,
                        .flags = CEL_V_OPERAND,
                        .aux = (uint16_t)kind,
                        .len = at,
                        .as.operand = operand };
}
static inline bool cel_is_error(cel_value v)
{
    return v.kind == CEL_ERROR;
}
static inline bool cel_is_fatal(cel_value v)
{
    return v.kind == CEL_ERROR && v.aux >= CEL_E_COST_LIMIT;
}

/** Text of a string, bool or number without the heap: a view of it, or of @room, which has
 *  CEL_NUM_MAX bytes; "?" for other kinds. */
act_str cel_value_brief(cel_value v, char *room) ACT_NONNULL(2);

/** List of @count @items, which must outlive it (no copy). CEL_E_MEMORY_LIMIT. */
cel_value cel_list_of(act_arena *a, const cel_value *items, uint32_t count) ACT_NONNULL(1);
uint32_t cel_list_count(cel_value list);
/** Item @i < count. Cheap; JSON items are wrapped on the way. */
cel_value cel_list_at(cel_value list, uint32_t i);

/** Map of @count @entries (kept, not copied) with checks: CEL_E_BAD_KEY_TYPE,
 *  CEL_E_DUPLICATE_KEY (1 and 1u are the same key), CEL_E_MEMORY_LIMIT. */
cel_value cel_map_of(act_arena *a, const cel_entry *entries, uint32_t count) ACT_NONNULL(1);
uint32_t cel_map_count(cel_value map);
/** Entry @i < count in insertion order. */
cel_entry cel_map_at(cel_value map, uint32_t i);
/** Value of @key (int, uint, bool, string, or an integral double; 1, 1u and 1.0 are the
 *  same key). False when there is none, also for keys of other kinds. */
bool cel_map_find(cel_value map, cel_value key, cel_value *ret) ACT_NONNULL(3);
/** The same for a string key whose act_str_hash() is known: the fast path of selects. */
bool cel_map_find_str(cel_value map, act_str key, uint64_t hash, cel_value *ret)
    ACT_NONNULL(4);

/** Hash in line with cel_value_equal() for values that can be keys or set members (numbers,
 *  bool, string, bytes, null, timestamp, duration); 0 for others. Not keyed. */
uint64_t cel_value_hash(cel_value v);

/** Order of two values for `<` and sorting: bool, string, bytes, timestamp, duration with
 *  their like, numbers with numbers. *ret is negative, 0 or positive. CEL_E_NO_OVERLOAD for
 *  other pairs, CEL_E_INVALID_ARGUMENT for NaN, else CEL_E_NONE. */
enum cel_error_kind cel_value_compare(cel_value a, cel_value b, int *ret) ACT_NONNULL(3);

/** Code points of a string value. */
uint32_t cel_string_size(cel_value s);

#endif
