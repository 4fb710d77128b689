/* Decimal and hexadecimal text to the nearest double. */
#include "cel/num.h"

#include "base/number.h"

#include <math.h>

enum {
    DIGITS_MAX = 800,       /* a double's exact decimal has at most 767 digits */
    EXPONENT_CLAMP = 100000 /* far beyond any result; keeps the sums small */
};

/* mantissa (top bit set) * 2^exponent, sticky for bits below, rounded once. */
static int assemble(uint64_t mantissa, int exponent, bool sticky, bool negative,
                    double *ret)
{
    int top = exponent + 63; /* value is in [2^top, 2^(top+1)) */
    if (top > 1023)
        return ACT_ELIMIT;
    int drop = top < -1022 ? 11 + (-1022 - top) : 11;
    uint64_t kept = 0;
    if (drop < 64) {
        kept = mantissa >> drop;
        uint64_t rest = mantissa << (64 - drop);
        uint64_t half = UINT64_C(1) << 63;
        if (rest > half || (rest == half && (sticky || (kept & 1))))
            kept++;
    } else if (drop == 64) {
        uint64_t half = UINT64_C(1) << 63;
        kept = mantissa > half || (mantissa == half && sticky);
    }
    double v = ldexp((double)kept, exponent + drop);
    if (isinf(v))
        return ACT_ELIMIT;
    *ret = negative ? -v : v;
    return ACT_OK;
}

/* digits * 10^exponent, in the only spelling that the JSON number reader needs. */
static int from_decimal(const char *digits, uint32_t count, int exponent, bool negative,
                        double *ret)
{
    if (count == 0) {
        *ret = negative ? -0.0 : 0.0;
        return ACT_OK;
    }
    char text[DIGITS_MAX + 2 + CEL_NUM_MAX];
    memcpy(text, digits, count);
    size_t len = count;
    text[len++] = 'e';
    len += cel_num_print_int(exponent, text + len);
    double v;
    int err = act_f64_parse(act_str_from(text, len), &v);
    if (err)
        return err;
    *ret = negative ? -v : v;
    return ACT_OK;
}

static bool read_exponent(act_str *s, int *ret)
{
    bool negative = s->len && s->ptr[0] == '-';
    if (s->len && (s->ptr[0] == '-' || s->ptr[0] == '+'))
        *s = act_str_cut(*s, 1);
    if (s->len == 0)
        return false;
    int v = 0;
    for (; s->len; *s = act_str_cut(*s, 1)) {
        unsigned digit = (unsigned)(unsigned char)s->ptr[0] - '0';
        if (digit > 9)
            return false;
        if (v < EXPONENT_CLAMP)
            v = v * 10 + (int)digit;
    }
    *ret = negative ? -v : v;
    return true;
}

static int parse_decimal(act_str s, bool negative, double *ret)
{
    char digits[DIGITS_MAX + 1];
    uint32_t count = 0;
    int64_t exponent = 0;
    bool dot = false;
    bool any = false;
    bool lost = false; /* a non-zero digit beyond the buffer */
    for (; s.len; s = act_str_cut(s, 1)) {
        char c = s.ptr[0];
        if (c == '.' && !dot) {
            dot = true;
            continue;
        }
        if (c < '0' || c > '9')
            break;
        any = true;
        exponent -= dot;
        if (count == 0 && c == '0')
            continue;
        if (count < DIGITS_MAX) {
            digits[count++] = c;
        } else {
            lost |= c != '0';
            exponent++;
        }
    }
    if (!any)
        return ACT_EINVAL;
    if (s.len) {
        int e;
        if (s.ptr[0] != 'e' && s.ptr[0] != 'E')
            return ACT_EINVAL;
        s = act_str_cut(s, 1);
        if (!read_exponent(&s, &e))
            return ACT_EINVAL;
        exponent += e;
    }
    if (lost) { /* 767 digits decide any tie, so one more non-zero digit is all of them */
        digits[count++] = '1';
        exponent--;
    }
    while (!lost && count > 1 && digits[count - 1] == '0') {
        count--;
        exponent++;
    }
    if (exponent > EXPONENT_CLAMP * 10)
        exponent = EXPONENT_CLAMP * 10;
    if (exponent < -EXPONENT_CLAMP * 10)
        exponent = -EXPONENT_CLAMP * 10;
    return from_decimal(digits, count, (int)exponent, negative, ret);
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int parse_hex(act_str s, bool negative, double *ret)
{
    uint64_t mantissa = 0;
    int64_t exponent = 0;
    bool dot = false;
    bool any = false;
    bool sticky = false;
    for (; s.len; s = act_str_cut(s, 1)) {
        char c = s.ptr[0];
        if (c == '.' && !dot) {
            dot = true;
            continue;
        }
        int digit = hex_value(c);
        if (digit < 0)
            break;
        any = true;
        exponent -= dot ? 4 : 0;
        if (mantissa >> 60) {
            sticky |= digit != 0;
            exponent += 4;
        } else {
            mantissa = mantissa << 4 | (uint64_t)digit;
        }
    }
    int e;
    if (!any || s.len == 0 || (s.ptr[0] | 0x20) != 'p')
        return ACT_EINVAL;
    s = act_str_cut(s, 1);
    if (!read_exponent(&s, &e))
        return ACT_EINVAL;
    exponent += e;
    if (mantissa == 0) {
        *ret = negative ? -0.0 : 0.0;
        return ACT_OK;
    }
    int lead = __builtin_clzll(mantissa);
    exponent -= lead;
    if (exponent > EXPONENT_CLAMP)
        return ACT_ELIMIT;
    if (exponent < -EXPONENT_CLAMP)
        exponent = -EXPONENT_CLAMP;
    return assemble(mantissa << lead, (int)exponent, sticky, negative, ret);
}

int cel_num_parse_double(act_str s, double *ret)
{
    bool negative = s.len && s.ptr[0] == '-';
    if (s.len && (s.ptr[0] == '-' || s.ptr[0] == '+'))
        s = act_str_cut(s, 1);
    if (act_str_eq_nocase(s, ACT_STR("inf")) || act_str_eq_nocase(s, ACT_STR("infinity"))) {
        *ret = negative ? -HUGE_VAL : HUGE_VAL;
        return ACT_OK;
    }
    if (act_str_eq_nocase(s, ACT_STR("nan"))) {
        *ret = (double)NAN;
        return ACT_OK;
    }
    if (s.len > 2 && s.ptr[0] == '0' && (s.ptr[1] | 0x20) == 'x')
        return parse_hex(act_str_cut(s, 2), negative, ret);
    return parse_decimal(s, negative, ret);
}
