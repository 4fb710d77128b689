/* Doubles to decimal text: shortest digits, and exact digits rounded half to even. */
#include "cel/num.h"
#include "cel/num_big.h"

#include <math.h>

enum { SHORTEST_MAX = 17 };

/* A finite positive double as mantissa * 2^exponent. */
typedef struct {
    uint64_t mantissa;
    int exponent;
    bool lower_is_closer; /* a power of two: the gap below is half of that above */
} binary;

static binary take_apart(double v)
{
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    uint64_t fraction = bits & ((UINT64_C(1) << 52) - 1);
    int biased = (int)(bits >> 52 & 0x7ff);
    if (biased == 0)
        return (binary){ fraction, -1074, false };
    return (binary){ fraction | UINT64_C(1) << 52, biased - 1075,
                     fraction == 0 && biased > 1 };
}

/* Digits of v and X with v = d.ddd * 10^X. */
typedef struct {
    char digit[SHORTEST_MAX + 1];
    uint32_t count;
    int exponent;
} decimal;

static void decimal_from_u64(decimal *d, uint64_t v, int places)
{
    char text[CEL_NUM_MAX];
    size_t n = cel_num_print_uint(v, text);
    d->exponent = (int)n - 1 - places;
    while (n > 1 && text[n - 1] == '0')
        n--;
    assert(n <= SHORTEST_MAX);
    memcpy(d->digit, text, n);
    d->count = (uint32_t)n;
}

/* Few decimals, the usual case: r / 10^p with r below 10^15 is one correctly rounded
 * division, and at that size at most one r of each p lies within the rounding interval. */
static bool shortest_quick(double v, decimal *d)
{
    double scale = 1;
    for (int p = 0; p <= 8; p++, scale *= 10) {
        double scaled = v * scale;
        if (scaled >= 1e15)
            return false;
        uint64_t r = (uint64_t)(scaled + 0.5);
        if (r && (double)r / scale == v) {
            decimal_from_u64(d, r, p);
            return true;
        }
    }
    return false;
}

/* Steele and White's free-format algorithm with exact integers. Invariant: the rest of the
 * value is r/s, and low/s, high/s are the distances to the neighbours' midpoints. */
static void shortest_exact(double v, decimal *d)
{
    binary b = take_apart(v);
    bool even = (b.mantissa & 1) == 0; /* the midpoints themselves read back as v */
    cel_big r, s, low, high;
    cel_big_set(&r, b.mantissa);
    cel_big_set(&s, 1);
    cel_big_set(&low, 1);
    cel_big_shl(&r, b.lower_is_closer ? 2 : 1);
    cel_big_shl(&s, b.lower_is_closer ? 2 : 1);
    if (b.exponent > 0) {
        cel_big_shl(&r, (uint32_t)b.exponent);
        cel_big_shl(&low, (uint32_t)b.exponent);
    } else {
        cel_big_shl(&s, (uint32_t)-b.exponent);
    }
    high = low;
    if (b.lower_is_closer)
        cel_big_shl(&high, 1);

    int k = (int)ceil(log10(v) - 1e-10);
    if (k >= 0) {
        cel_big_mul_pow10(&s, (uint32_t)k);
    } else {
        cel_big_mul_pow10(&r, (uint32_t)-k);
        cel_big_mul_pow10(&low, (uint32_t)-k);
        cel_big_mul_pow10(&high, (uint32_t)-k);
    }
    int at_top = cel_big_cmp_sum(&r, &high, &s);
    if (at_top > 0 || (at_top == 0 && even)) {
        k++; /* the estimate was one short */
    } else {
        cel_big_mul_add(&r, 10, 0);
        cel_big_mul_add(&low, 10, 0);
        cel_big_mul_add(&high, 10, 0);
    }
    d->exponent = k - 1;
    d->count = 0;
    for (;;) {
        uint32_t digit = cel_big_div_digit(&r, &s);
        int below = cel_big_cmp(&r, &low);
        int above = cel_big_cmp_sum(&r, &high, &s);
        bool stop_low = below < 0 || (below == 0 && even);
        bool stop_high = above > 0 || (above == 0 && even);
        if (stop_low || stop_high) {
            bool up = stop_high;
            if (stop_low && stop_high)
                up = cel_big_cmp_sum(&r, &r, &s) >= 0;
            d->digit[d->count++] = (char)('0' + digit + up);
            break;
        }
        assert(d->count < SHORTEST_MAX);
        d->digit[d->count++] = (char)('0' + digit);
        cel_big_mul_add(&r, 10, 0);
        cel_big_mul_add(&low, 10, 0);
        cel_big_mul_add(&high, 10, 0);
    }
}

static void shortest(double v, decimal *d)
{
    if (!shortest_quick(v, d))
        shortest_exact(v, d);
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
