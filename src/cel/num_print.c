/* Doubles to decimal text: shortest digits, and exact digits rounded half to even. */
#include "cel/num.h"
#include "cel/num_big.h"

#include "base/number.h"

#include <math.h>

enum { SHORTEST_MAX = 17 };

/* A finite positive double as mantissa * 2^exponent. */
typedef struct {
    uint64_t mantissa;
    int exponent;
} binary;

static binary take_apart(double v)
{
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    uint64_t fraction = bits & ((UINT64_C(1) << 52) - 1);
    int biased = (int)(bits >> 52 & 0x7ff);
    if (biased == 0)
        return (binary){ fraction, -1074 };
    return (binary){ fraction | UINT64_C(1) << 52, biased - 1075 };
}

/* Digits of v and X with v = d.ddd * 10^X. */
typedef struct {
    char digit[SHORTEST_MAX + 1];
    uint32_t count;
    int exponent;
} decimal;

/* Take apart what the shortest printer of base wrote: "0.00012", "123.5", "1e+300". */
static void shortest(double v, decimal *d)
{
    char text[ACT_F64_TEXT_MAX];
    size_t n = act_f64_format(v, text);
    int before_dot = 0; /* digits before the dot, less the zeros that lead behind it */
    bool dot = false;
    d->count = 0;
    size_t i = 0;
    for (; i < n && text[i] != 'e'; i++) {
        if (text[i] == '.') {
            dot = true;
            continue;
        }
        if (d->count == 0 && text[i] == '0') {
            before_dot -= dot;
            continue;
        }
        before_dot += !dot;
        if (d->count < SHORTEST_MAX)
            d->digit[d->count++] = text[i]; /* beyond 17, only zeros of 1e20 and the like */
    }
    int64_t exponent = 0;
    if (i < n && cel_num_parse_int(act_str_from(text + i + 1, n - i - 1), &exponent))
        assert(!"the exponent of a double is a number");
    while (d->count > 1 && d->digit[d->count - 1] == '0')
        d->count--;
    d->exponent = before_dot - 1 + (int)exponent;
}

static size_t put_exponent(char *out, int exponent)
{
    size_t n = 0;
    out[n++] = 'e';
    out[n++] = exponent < 0 ? '-' : '+';
    unsigned magnitude = (unsigned)(exponent < 0 ? -exponent : exponent);
    if (magnitude < 10)
        out[n++] = '0';
    return n + cel_num_print_uint(magnitude, out + n);
}

/* Digits around the dot without an exponent: "0.00123", "1230", "12.3". */
static size_t put_plain(char *out, const decimal *d)
{
    size_t n = 0;
    if (d->exponent < 0) {
        out[n++] = '0';
        out[n++] = '.';
        for (int i = -1; i > d->exponent; i--)
            out[n++] = '0';
        memcpy(out + n, d->digit, d->count);
        return n + d->count;
    }
    uint32_t whole = (uint32_t)d->exponent + 1;
    for (uint32_t i = 0; i < whole || i < d->count; i++) {
        if (i == whole)
            out[n++] = '.';
        out[n++] = i < d->count ? d->digit[i] : '0';
    }
    return n;
}

static size_t put_text(char *out, const char *text)
{
    size_t n = strlen(text);
    memcpy(out, text, n);
    return n;
}

size_t cel_num_print_double(double v, char out[CEL_NUM_MAX])
{
    if (isnan(v))
        return put_text(out, "NaN");
    if (isinf(v))
        return put_text(out, v < 0 ? "-Inf" : "+Inf");
    size_t n = 0;
    if (signbit(v)) {
        out[n++] = '-';
        v = -v;
    }
    if (v == 0) {
        out[n++] = '0';
        return n;
    }
    decimal d;
    shortest(v, &d);
    if (d.exponent >= -4 && d.exponent <= 5)
        return n + put_plain(out + n, &d);
    out[n++] = d.digit[0];
    if (d.count > 1) {
        out[n++] = '.';
        memcpy(out + n, d.digit + 1, d.count - 1);
        n += d.count - 1;
    }
    return n + put_exponent(out + n, d.exponent);
}

/* What the three long forms share: NaN and infinities, and the sign. True when done. */
static bool put_special(double v, char *out, size_t *n)
{
    if (isnan(v))
        *n = put_text(out, "NaN");
    else if (isinf(v))
        *n = put_text(out, v < 0 ? "-Infinity" : "Infinity");
    else
        return false;
    return true;
}

size_t cel_num_print_plain(double v, char out[CEL_NUM_FIXED_MAX])
{
    size_t n = 0;
    if (put_special(v, out, &n))
        return n;
    if (signbit(v))
        out[n++] = '-';
    if (v == 0) {
        out[n++] = '0';
        return n;
    }
    decimal d;
    shortest(fabs(v), &d);
    return n + put_plain(out + n, &d);
}

/* round(v * 10^power), ties to even; v positive and finite. */
static void scaled_integer(double v, int power, cel_big *ret)
{
    binary b = take_apart(v);
    cel_big den;
    cel_big_set(ret, b.mantissa);
    cel_big_set(&den, 1);
    if (power >= 0)
        cel_big_mul_pow10(ret, (uint32_t)power);
    else
        cel_big_mul_pow10(&den, (uint32_t)-power);
    if (b.exponent >= 0)
        cel_big_shl(ret, (uint32_t)b.exponent);
    else
        cel_big_shl(&den, (uint32_t)-b.exponent);

    /* Long division bit by bit: the quotient is short, and format is its only user. */
    cel_big rest = *ret;
    cel_big_set(ret, 0);
    int bits = (int)cel_big_bits(&rest) - (int)cel_big_bits(&den);
    cel_big step = den;
    if (bits > 0)
        cel_big_shl(&step, (uint32_t)bits);
    for (int i = bits; i >= 0; i--) {
        cel_big_shl(ret, 1);
        if (cel_big_cmp(&rest, &step) >= 0) {
            cel_big_sub(&rest, &step);
            if (ret->count)
                ret->word[0] |= 1;
            else
                cel_big_set(ret, 1);
        }
        cel_big_shl(&rest, 1); /* instead of halving step */
    }
    if (bits > 0) /* rest was doubled bits + 1 times, step is den << bits */
        cel_big_shl(&den, (uint32_t)bits);
    /* rest / (2 * den) is the fraction, so rest against den is fraction against a half. */
    if (bits < 0) {
        cel_big_shl(&rest, 1);
    }
    int against_half = cel_big_cmp(&rest, &den);
    bool odd = ret->count && (ret->word[0] & 1);
    if (against_half > 0 || (against_half == 0 && odd)) {
        if (ret->count)
            cel_big_mul_add(ret, 1, 1);
        else
            cel_big_set(ret, 1);
    }
}

/* Decimal digits of b, most significant first; at least one. Destroys b. */
static size_t big_digits(cel_big *b, char out[CEL_NUM_FIXED_MAX])
{
    size_t n = 0;
    do {
        out[n++] = (char)('0' + cel_big_div_small(b, 10));
    } while (b->count);
    for (size_t i = 0; i < n / 2; i++) {
        char c = out[i];
        out[i] = out[n - 1 - i];
        out[n - 1 - i] = c;
    }
    return n;
}

size_t cel_num_print_fixed(double v, unsigned precision, char out[CEL_NUM_FIXED_MAX])
{
    assert(precision <= CEL_NUM_PRECISION);
    size_t n = 0;
    if (put_special(v, out, &n))
        return n;
    if (signbit(v))
        out[n++] = '-';
    cel_big scaled;
    cel_big_set(&scaled, 0);
    if (v != 0)
        scaled_integer(fabs(v), (int)precision, &scaled);
    char digits[CEL_NUM_FIXED_MAX];
    size_t count = big_digits(&scaled, digits);
    for (size_t i = count; i <= precision; i++) { /* 0.00123: zeros up to the dot */
        out[n++] = '0';
        if (i == count)
            out[n++] = '.';
    }
    for (size_t i = 0; i < count; i++) {
        if (precision && i == count - precision && count > precision)
            out[n++] = '.';
        out[n++] = digits[i];
    }
    return n;
}

size_t cel_num_print_exponent(double v, unsigned precision, char out[CEL_NUM_FIXED_MAX])
{
    assert(precision <= CEL_NUM_PRECISION);
    size_t n = 0;
    if (put_special(v, out, &n))
        return n;
    if (signbit(v))
        out[n++] = '-';
    v = fabs(v);
    char digits[CEL_NUM_FIXED_MAX];
    int exponent = 0;
    memset(digits, '0', precision + 1);
    if (v != 0) {
        exponent = (int)floor(log10(v));
        for (;;) { /* the estimate, and rounding up to the next power, may be one off */
            cel_big scaled;
            scaled_integer(v, (int)precision - exponent, &scaled);
            size_t count = big_digits(&scaled, digits);
            if (count == precision + 1)
                break;
            exponent += count > precision + 1 ? 1 : -1;
        }
    }
    out[n++] = digits[0];
    if (precision)
        out[n++] = '.';
    memcpy(out + n, digits + 1, precision);
    return n + precision + put_exponent(out + n + precision, exponent);
}
