/** @file
 *  Counted strings: a view of bytes that somebody else owns, passed by value. */
#ifndef ACT_STR_H
#define ACT_STR_H

#include "base/err.h"

#include <string.h>

/** Bytes [ptr, ptr + len), not NUL-terminated, any content. A zero value is empty. */
typedef struct {
    const char *ptr;
    size_t len;
} act_str;

/** View of a string literal. */
#define ACT_STR(literal) ((act_str){ "" literal, sizeof(literal) - 1 })
/** The two arguments of "%.*s". Lengths beyond INT_MAX are cut. */
#define ACT_STR_ARG(s)                                                                     \
    (int)((s).len > INT32_MAX ? INT32_MAX : (s).len), (s).ptr ? (s).ptr : ""

static inline act_str act_str_from(const void *ptr, size_t len)
{
    return (act_str){ (const char *)ptr, len };
}

/** View of NUL-terminated @cstr, empty for NULL. */
static inline act_str act_str_cstr(const char *cstr)
{
    return (act_str){ cstr, cstr ? strlen(cstr) : 0 };
}

static inline bool act_str_eq(act_str a, act_str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/** memcmp() == 0 without the call, for short texts: names, keys, words. */
static inline bool act_bytes_eq(const char *a, const char *b, size_t n)
{
    uint64_t x, y;
    uint32_t u, v;
    if (n >= 8) {
        for (size_t i = 0; i + 8 <= n; i += 8) {
            memcpy(&x, a + i, 8);
            memcpy(&y, b + i, 8);
            if (x != y)
                return false;
        }
        memcpy(&x, a + n - 8, 8);
        memcpy(&y, b + n - 8, 8);
        return x == y;
    }
    if (n >= 4) {
        memcpy(&u, a, 4);
        memcpy(&v, b, 4);
        if (u != v)
            return false;
        memcpy(&u, a + n - 4, 4);
        memcpy(&v, b + n - 4, 4);
        return u == v;
    }
    for (size_t i = 0; i < n; i++)
        if (a[i] != b[i])
            return false;
    return true;
}

static inline bool act_str_eq_cstr(act_str a, const char *b)
{
    return act_str_eq(a, act_str_cstr(b));
}

/** Order by bytes, then by length: negative, 0 or positive. */
int act_str_cmp(act_str a, act_str b);

/** Equal when ASCII letters are compared without case. */
bool act_str_eq_nocase(act_str a, act_str b);

static inline bool act_str_starts(act_str s, act_str prefix)
{
    return s.len >= prefix.len &&
           (prefix.len == 0 || memcmp(s.ptr, prefix.ptr, prefix.len) == 0);
}

static inline bool act_str_ends(act_str s, act_str suffix)
{
    return s.len >= suffix.len && (suffix.len == 0 || memcmp(s.ptr + (s.len - suffix.len),
                                                             suffix.ptr, suffix.len) == 0);
}

/** Drop the first @n bytes; empty when there are fewer. */
static inline act_str act_str_cut(act_str s, size_t n)
{
    return n >= s.len ? (act_str){ s.ptr ? s.ptr + s.len : NULL, 0 }
                      : (act_str){ s.ptr + n, s.len - n };
}

/** The first @n bytes, or all of them. */
static inline act_str act_str_head(act_str s, size_t n)
{
    return (act_str){ s.ptr, n < s.len ? n : s.len };
}

/** Offset of the first @needle in @s, or SIZE_MAX. An empty needle is at 0. */
size_t act_str_find(act_str s, act_str needle);
/** Offset of the first or last byte @c in @s, or SIZE_MAX. */
size_t act_str_find_byte(act_str s, char c);
size_t act_str_rfind_byte(act_str s, char c);

/** Split at the first @sep: *head gets what is before it, the rest (after it) is returned;
 *  without a separator *head is all of @s and the rest is empty with ptr NULL. */
act_str act_str_split(act_str s, char sep, act_str *head) ACT_NONNULL(3);

/** Without ASCII white space at both ends. */
act_str act_str_trim(act_str s);

/** Whole of @s as a decimal number; ACT_EINVAL for anything else or out of range. */
int act_str_to_u64(act_str s, uint64_t *ret) ACT_NONNULL(2) ACT_MUST_CHECK;
int act_str_to_i64(act_str s, int64_t *ret) ACT_NONNULL(2) ACT_MUST_CHECK;

/** 64-bit hash for tables inside the process; not stable across builds, not keyed. */
uint64_t act_str_hash(act_str s);

/** Heap copy with a NUL behind it, freed by act_str_free(). ACT_ENOMEM. */
int act_str_dup(act_str s, act_str *ret) ACT_NONNULL(2) ACT_MUST_CHECK;
void act_str_free(act_str s);

/** True for a lower-case RFC 1123 subdomain: 1 to 253 bytes, parts of a-z, 0-9 and '-' with
 *  '.' between them, each part with a letter or digit at both ends. */
bool act_str_is_subdomain(act_str s);

/** Length of the longest start of @s that is valid UTF-8 (no surrogates, no overlong
 *  forms). */
size_t act_str_utf8_prefix(act_str s);
/** True when all of @s is valid UTF-8. */
bool act_str_is_utf8(act_str s);

/** Compare @n bytes in a time that depends on @n alone, for tokens and MACs. */
bool act_mem_eq_secret(const void *a, const void *b, size_t n);

#endif
