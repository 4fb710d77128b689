#include "base/str.h"

#include "base/alloc.h"

static unsigned char lower(unsigned char c)
{
    return c >= 'A' && c <= 'Z' ? (unsigned char)(c + ('a' - 'A')) : c;
}

int act_str_cmp(act_str a, act_str b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int order = n ? memcmp(a.ptr, b.ptr, n) : 0;
    if (order)
        return order;
    return (a.len > b.len) - (a.len < b.len);
}

bool act_str_eq_nocase(act_str a, act_str b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (lower((unsigned char)a.ptr[i]) != lower((unsigned char)b.ptr[i]))
            return false;
    return true;
}

size_t act_str_find(act_str s, act_str needle)
{
    if (needle.len == 0)
        return 0;
    if (needle.len > s.len)
        return SIZE_MAX;
    const char *at = memmem(s.ptr, s.len, needle.ptr, needle.len);
    return at ? (size_t)(at - s.ptr) : SIZE_MAX;
}

size_t act_str_find_byte(act_str s, char c)
{
    const char *at = s.len ? memchr(s.ptr, c, s.len) : NULL;
    return at ? (size_t)(at - s.ptr) : SIZE_MAX;
}

size_t act_str_rfind_byte(act_str s, char c)
{
    const char *at = s.len ? memrchr(s.ptr, c, s.len) : NULL;
    return at ? (size_t)(at - s.ptr) : SIZE_MAX;
}

act_str act_str_split(act_str s, char sep, act_str *head)
{
    size_t at = act_str_find_byte(s, sep);
    if (at == SIZE_MAX) {
        *head = s;
        return (act_str){ 0 };
    }
    *head = act_str_head(s, at);
    return act_str_cut(s, at + 1);
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

act_str act_str_trim(act_str s)
{
    while (s.len && is_space(s.ptr[0]))
        s = act_str_cut(s, 1);
    while (s.len && is_space(s.ptr[s.len - 1]))
        s.len--;
    return s;
}

bool act_str_is_subdomain(act_str s)
{
    if (s.len == 0 || s.len > 253)
        return false;
    bool edge = true; /* at the first byte of a label, or just behind its last */
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        bool alnum = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (c == '.') {
            if (edge || s.ptr[i - 1] == '-')
                return false;
            edge = true;
        } else if (alnum || (c == '-' && !edge)) {
            edge = false;
        } else {
            return false;
        }
    }
    return !edge && s.ptr[s.len - 1] != '-';
}

int act_str_to_u64(act_str s, uint64_t *ret)
{
    if (s.len == 0)
        return ACT_EINVAL;
    uint64_t value = 0;
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] < '0' || s.ptr[i] > '9')
            return ACT_EINVAL;
        if (act_mul_overflows(value, 10u, &value) ||
            act_add_overflows(value, (uint64_t)(s.ptr[i] - '0'), &value))
            return ACT_EINVAL;
    }
    *ret = value;
    return ACT_OK;
}

int act_str_to_i64(act_str s, int64_t *ret)
{
    bool negative = s.len && s.ptr[0] == '-';
    uint64_t magnitude;
    int err = act_str_to_u64(negative ? act_str_cut(s, 1) : s, &magnitude);
    if (err)
        return err;
    if (magnitude > (uint64_t)INT64_MAX + (negative ? 1 : 0))
        return ACT_EINVAL;
    *ret = negative ? (int64_t)(0 - magnitude) : (int64_t)magnitude;
    return ACT_OK;
}

static uint64_t load64(const char *p)
{
    uint64_t word;
    memcpy(&word, p, sizeof word);
    return word;
}

static uint32_t load32(const char *p)
{
    uint32_t word;
    memcpy(&word, p, sizeof word);
    return word;
}

/* The last 0 to 8 bytes as one word, read without a loop: the two halves may overlap. */
static uint64_t load_tail(const char *p, size_t n)
{
    if (n >= 4)
        return (uint64_t)load32(p) << 32 | load32(p + n - 4);
    if (n == 0)
        return 0;
    return (uint64_t)(unsigned char)p[0] << 16 | (uint64_t)(unsigned char)p[n / 2] << 8 |
           (unsigned char)p[n - 1];
}

uint64_t act_str_hash(act_str s)
{
    /* Eight bytes a step, multiply and fold; good enough for tables of names. */
    const uint64_t prime = 0x9E3779B97F4A7C15u;
    uint64_t hash = s.len * prime;
    const char *p = s.ptr;
    size_t left = s.len;
    for (; left > 8; p += 8, left -= 8) {
        hash = (hash ^ load64(p)) * prime;
        hash ^= hash >> 29;
    }
    hash = (hash ^ load_tail(p, left)) * prime;
    return hash ^ (hash >> 32);
}

int act_str_dup(act_str s, act_str *ret)
{
    char *copy = act_alloc(s.len + 1);
    if (!copy)
        return ACT_ENOMEM;
    if (s.len)
        memcpy(copy, s.ptr, s.len);
    copy[s.len] = '\0';
    *ret = (act_str){ copy, s.len };
    return ACT_OK;
}

void act_str_free(act_str s)
{
    act_dealloc((void *)(uintptr_t)s.ptr);
}

size_t act_str_utf8_prefix(act_str s)
{
    const unsigned char *p = (const unsigned char *)s.ptr;
    size_t i = 0;
    while (i < s.len) {
        if (p[i] < 0x80) {
            uint64_t word;
            while (s.len - i >= sizeof word) {
                memcpy(&word, p + i, sizeof word);
                if (word & 0x8080808080808080u)
                    break;
                i += sizeof word;
            }
            while (i < s.len && p[i] < 0x80)
                i++;
            continue;
        }
        size_t n = p[i] >= 0xF0 ? 4 : p[i] >= 0xE0 ? 3 : 2;
        if (p[i] < 0xC2 || p[i] > 0xF4 || s.len - i < n)
            return i;
        for (size_t k = 1; k < n; k++)
            if ((p[i + k] & 0xC0) != 0x80)
                return i;
        if ((p[i] == 0xE0 && p[i + 1] < 0xA0) || (p[i] == 0xED && p[i + 1] > 0x9F) ||
            (p[i] == 0xF0 && p[i + 1] < 0x90) || (p[i] == 0xF4 && p[i + 1] > 0x8F))
            return i;
        i += n;
    }
    return i;
}

bool act_str_is_utf8(act_str s)
{
    return act_str_utf8_prefix(s) == s.len;
}

bool act_mem_eq_secret(const void *a, const void *b, size_t n)
{
    const volatile unsigned char *x = a, *y = b;
    unsigned char diff = 0;
    for (size_t i = 0; i < n; i++)
        diff |= (unsigned char)(x[i] ^ y[i]);
    return diff == 0;
}
