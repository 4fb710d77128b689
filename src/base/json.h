/** @file
 *  JSON values: parsed once per record by simdjson into nodes of an arena. */
#ifndef ACT_JSON_H
#define ACT_JSON_H

#include "base/arena.h"
#include "base/str.h"

enum act_json_type {
    ACT_JSON_NULL,
    ACT_JSON_BOOL,
    ACT_JSON_INT,    /**< integral text that fits int64 */
    ACT_JSON_UINT,   /**< integral text above INT64_MAX that fits uint64 */
    ACT_JSON_DOUBLE, /**< every other number; always finite */
    ACT_JSON_STRING,
    ACT_JSON_ARRAY,
    ACT_JSON_OBJECT,
};

typedef struct act_json act_json;
typedef struct act_json_member act_json_member;

/** One value. Immutable to readers; lives as long as the arena it was parsed into, and its
 *  `raw` as long as the input bytes. Read through the functions below: an array or object
 *  may still be unparsed (lazy), and the functions parse it on first touch. For that reason
 *  one thread at a time. */
struct act_json {
    uint8_t type;    /**< enum act_json_type */
    uint8_t lazy;    /**< array or object not yet materialised */
    uint8_t indexed; /**< a table for look-ups follows the members (large objects) */
    uint32_t count;
    act_str raw; /**< the value's own bytes in the input, without space around it */
    union {
        bool boolean;
        int64_t i64;
        uint64_t u64;
        double f64;
        act_str string; /**< unescaped; valid UTF-8 */
        const act_json *items;
        const act_json_member *members;
        struct {
            struct act_json_parser *parser;
            act_arena *arena;
        } later; /**< while lazy: who parses it, and where to */
    } as;
};

struct act_json_member {
    act_str key;   /**< unescaped */
    uint64_t hash; /**< act_str_hash(key) */
    act_json value;
};

/** Limits of one parse; 0 means the default. Past one: ACT_ELIMIT. */
typedef struct {
    size_t max_bytes;   /**< default 3 MiB (the Kubernetes request limit) */
    uint32_t max_depth; /**< default 128 */
    size_t lazy_above;  /**< objects and arrays below the top level whose raw text is longer
                             than this stay unparsed until touched; SIZE_MAX: none is lazy.
                             Default SIZE_MAX. Use only on bytes that were once parsed
                             without it: in a lazy subtree brackets are counted, strings and
                           UTF-8  checked, the rest is not. */
} act_json_limits;

/** Reusable parser state: after warm-up a parse takes memory from the arena alone. One
 *  thread. A parser may be freed before the nodes unless some are lazy. */
typedef struct act_json_parser act_json_parser;
int act_json_parser_new(act_json_limits limits, act_json_parser **ret)
    ACT_NONNULL(2) ACT_MUST_CHECK;
void act_json_parser_free(act_json_parser *p); /**< NULL is a no-op. */
ACT_DEFINE_AUTO(act_json_parser)

/** Parse all of @text (RFC 8259) into @a. Integral text that fits becomes INT or UINT, all
 *  other numbers DOUBLE. Duplicate keys: the last wins and keeps the first's place (Go's
 *  decoder). A lone surrogate escape becomes U+FFFD. Strings without escapes are views
 *  into @text, which must stay valid while nodes are used. @padded_bytes says how many
 *  bytes behind @text may be read; none need be.
 *  Errors: ACT_EPARSE with line, column, offset in @reterr (not JSON, bytes behind the
 *  value, invalid UTF-8, a number beyond the largest double); ACT_ELIMIT; ACT_ENOMEM. On
 *  failure @a is as it was. */
int act_json_parse(act_json_parser *p, act_arena *a, act_str text, size_t padded_bytes,
                   const act_json **ret, act_err *reterr)
    ACT_NONNULL(1, 2, 5) ACT_MUST_CHECK;

/** Why reading a lazy node of @p failed since its last act_json_parse() (ACT_ENOMEM, or
 *  ACT_EPARSE for text that nobody had validated): then it looked empty to the reader.
 *  0 when none did. */
int act_json_parser_err(const act_json_parser *p) ACT_NONNULL(1);

/** Member @key of object @v, or NULL (also when @v is NULL or no object). */
const act_json *act_json_get(const act_json *v, act_str key);
/** As above for a key whose act_str_hash() is known. */
const act_json *act_json_get_hashed(const act_json *v, act_str key, uint64_t hash);
/** Follow NUL-terminated member names, "user.extra" style but one name an argument, ended
 * by NULL: act_json_path(v, "user", "username", NULL). */
const act_json *act_json_path(const act_json *v, ...) __attribute__((sentinel));

/** Elements of an array, members of an object; *n is 0 and NULL is returned for others. */
const act_json *act_json_items(const act_json *v, size_t *n) ACT_NONNULL(2);
const act_json_member *act_json_members(const act_json *v, size_t *n) ACT_NONNULL(2);

/** The string, or an empty one when @v is NULL or not a string. */
act_str act_json_string(const act_json *v);
/** True when @v is exactly the string @s. */
bool act_json_is(const act_json *v, act_str s);

#endif
