/* Quantities: suffixes read, exact sums, comparison by value. */
#include "cel/quantity.h"

#include <math.h>

/* Every value is an integer count of billionths (Kubernetes keeps nothing finer), so sums
 * and comparisons are exact integer work and no scale has to be aligned. */
enum {
    LIMB_BITS = 32,
    NANO_DIGITS = 9,
    GIGA = 1000000000, /* 10^9, the largest power of ten in one limb */
};
static_assert(CEL_QUANTITY_LIMBS <= UINT8_MAX, "cel_quantity.count is 8 bits wide");
/* 256 digits with exponent 64 are below 10^(320 + 9) < 2^1096. */
static_assert(CEL_QUANTITY_LIMBS * LIMB_BITS > 1096, "limits of the text must fit");

static void trim_limbs(cel_quantity *q)
{
    while (q->count && q->limb[q->count - 1] == 0)
        q->count--;
    if (q->count == 0)
        q->negative = false;
}

/* q = q * factor + addend */
static int mul_add(cel_quantity *q, uint32_t factor, uint32_t addend)
{
    uint64_t carry = addend;
    for (size_t i = 0; i < q->count; i++) {
        carry += (uint64_t)q->limb[i] * factor;
        q->limb[i] = (uint32_t)carry;
        carry >>= LIMB_BITS;
    }
    if (carry) {
        if (q->count == CEL_QUANTITY_LIMBS)
            return ACT_ELIMIT;
        q->limb[q->count++] = (uint32_t)carry;
    }
    return ACT_OK;
}

/* Divide @count limbs in place by @divisor; the remainder is returned. */
static uint32_t div_limbs(uint32_t *limb, size_t count, uint32_t divisor)
{
    uint64_t rest = 0;
    for (size_t i = count; i-- > 0;) {
        rest = rest << LIMB_BITS | limb[i];
        limb[i] = (uint32_t)(rest / divisor);
        rest %= divisor;
    }
    return (uint32_t)rest;
}

static uint32_t power_of_ten(unsigned n)
{
    uint32_t power = 1;
    while (n-- > 0)
        power *= 10;
    return power;
}

static int compare_magnitudes(const cel_quantity *a, const cel_quantity *b)
{
    if (a->count != b->count)
        return a->count < b->count ? -1 : 1;
    for (size_t i = a->count; i-- > 0;)
        if (a->limb[i] != b->limb[i])
            return a->limb[i] < b->limb[i] ? -1 : 1;
    return 0;
}

static int add_magnitudes(const cel_quantity *a, const cel_quantity *b, cel_quantity *sum)
{
    uint64_t carry = 0;
    size_t count = a->count > b->count ? a->count : b->count;
    for (size_t i = 0; i < count; i++) {
        carry +=
            (uint64_t)(i < a->count ? a->limb[i] : 0) + (i < b->count ? b->limb[i] : 0);
        sum->limb[i] = (uint32_t)carry;
        carry >>= LIMB_BITS;
    }
    if (carry) {
        if (count == CEL_QUANTITY_LIMBS)
            return ACT_ELIMIT;
        sum->limb[count++] = (uint32_t)carry;
    }
    sum->count = (uint8_t)count;
    return ACT_OK;
}

/* The magnitude of @large is not below that of @small. */
static void sub_magnitudes(const cel_quantity *large, const cel_quantity *small,
                           cel_quantity *difference)
{
    uint64_t borrow = 0;
    for (size_t i = 0; i < large->count; i++) {
        uint64_t take = borrow + (i < small->count ? small->limb[i] : 0);
        borrow = large->limb[i] < take;
        difference->limb[i] = (uint32_t)(large->limb[i] - take);
    }
    difference->count = large->count;
    trim_limbs(difference);
}

/* What stands behind the digits: times 2^binary times 10^decimal. */
typedef struct {
    unsigned binary;
    int decimal;
} scale;

static int parse_exponent(act_str digits, uint32_t max, scale *ret)
{
    bool minus = digits.len && digits.ptr[0] == '-';
    if (digits.len && (digits.ptr[0] == '-' || digits.ptr[0] == '+'))
        digits = act_str_cut(digits, 1);
    if (digits.len == 0)
        return ACT_EPARSE;
    uint32_t value = 0;
    for (size_t i = 0; i < digits.len; i++) {
        if (digits.ptr[i] < '0' || digits.ptr[i] > '9')
            return ACT_EPARSE;
        value = value * 10 + (uint32_t)(digits.ptr[i] - '0');
        if (value > max || value > CEL_QUANTITY_EXPONENT_MAX)
            return ACT_ELIMIT;
    }
    *ret = (scale){ .decimal = minus ? -(int)value : (int)value };
    return ACT_OK;
}

static int parse_suffix(act_str suffix, uint32_t max_exponent, scale *ret)
{
    static const struct {
        char text[3];
        scale scale;
    } known[] = {
        { "", { 0 } },       { "n", { 0, -9 } },  { "u", { 0, -6 } },  { "m", { 0, -3 } },
        { "k", { 0, 3 } },   { "M", { 0, 6 } },   { "G", { 0, 9 } },   { "T", { 0, 12 } },
        { "P", { 0, 15 } },  { "E", { 0, 18 } },  { "Ki", { 10, 0 } }, { "Mi", { 20, 0 } },
        { "Gi", { 30, 0 } }, { "Ti", { 40, 0 } }, { "Pi", { 50, 0 } }, { "Ei", { 60, 0 } },
    };
    for (size_t i = 0; i < ACT_COUNT(known); i++) {
        if (act_str_eq_cstr(suffix, known[i].text)) {
            *ret = known[i].scale;
            return ACT_OK;
        }
    }
    if (suffix.ptr[0] == 'e' || suffix.ptr[0] == 'E')
        return parse_exponent(act_str_cut(suffix, 1), max_exponent, ret);
    return ACT_EPARSE;
}

static int multiply_by_ten_to(cel_quantity *q, unsigned power)
{
    int err = ACT_OK;
    for (; power > NANO_DIGITS && !err; power -= NANO_DIGITS)
        err = mul_add(q, GIGA, 0);
    return err ? err : mul_add(q, power_of_ten(power), 0);
}

/* Rounds away from zero. */
static int divide_by_ten_to(cel_quantity *q, unsigned power)
{
    uint32_t rest = 0;
    while (power > 0 && q->count) {
        unsigned step = power < NANO_DIGITS ? power : NANO_DIGITS;
        rest |= div_limbs(q->limb, q->count, power_of_ten(step));
        trim_limbs(q);
        power -= step;
    }
    return rest ? mul_add(q, 1, 1) : ACT_OK;
}

int cel_quantity_parse(act_str text, uint32_t max_exponent, cel_quantity *ret)
{
    if (text.len > CEL_QUANTITY_TEXT_MAX)
        return ACT_ELIMIT;
    bool negative = text.len && text.ptr[0] == '-';
    if (text.len && (text.ptr[0] == '-' || text.ptr[0] == '+'))
        text = act_str_cut(text, 1);

    cel_quantity q = { 0 };
    size_t digits = 0, at = 0;
    int fraction = 0;
    bool point = false;
    for (; at < text.len; at++) {
        char c = text.ptr[at];
        if (c == '.' && !point) {
            point = true;
            continue;
        }
        if (c < '0' || c > '9')
            break;
        digits++;
        fraction += point;
        int err = mul_add(&q, 10, (uint32_t)(c - '0'));
        if (err)
            return err;
    }
    if (digits == 0)
        return ACT_EPARSE;
    scale s = { 0 };
    int err = parse_suffix(act_str_cut(text, at), max_exponent, &s);
    if (!err && s.binary)
        err = mul_add(&q, 1u << (s.binary / 2), 0);
    if (!err && s.binary)
        err = mul_add(&q, 1u << (s.binary / 2), 0);
    int power = NANO_DIGITS + s.decimal - fraction;
    if (!err)
        err = power >= 0 ? multiply_by_ten_to(&q, (unsigned)power)
                         : divide_by_ten_to(&q, (unsigned)-power);
    if (err)
        return err;
    q.negative = negative;
    trim_limbs(&q);
    *ret = q;
    return ACT_OK;
}

cel_quantity cel_quantity_from_int(int64_t value)
{
    uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    cel_quantity q = {
        .count = 2,
        .limb = { (uint32_t)magnitude, (uint32_t)(magnitude >> LIMB_BITS) },
    };
    int err = mul_add(&q, GIGA, 0);
    assert(!err && "64 bits times 10^9 fit");
    (void)err; /* unused without asserts */
    q.negative = value < 0;
    trim_limbs(&q);
    return q;
}

int cel_quantity_sign(const cel_quantity *q)
{
    return q->negative ? -1 : q->count != 0;
}

int cel_quantity_cmp(const cel_quantity *a, const cel_quantity *b)
{
    if (a->negative != b->negative)
        return a->negative ? -1 : 1;
    return a->negative ? compare_magnitudes(b, a) : compare_magnitudes(a, b);
}

int cel_quantity_add(const cel_quantity *a, const cel_quantity *b, cel_quantity *ret)
{
    cel_quantity sum = { 0 };
    if (a->negative == b->negative) {
        sum.negative = a->negative;
        int err = add_magnitudes(a, b, &sum);
        if (err)
            return err;
    } else if (compare_magnitudes(a, b) >= 0) {
        sum.negative = a->negative;
        sub_magnitudes(a, b, &sum);
    } else {
        sum.negative = b->negative;
        sub_magnitudes(b, a, &sum);
    }
    *ret = sum;
    return ACT_OK;
}

int cel_quantity_sub(const cel_quantity *a, const cel_quantity *b, cel_quantity *ret)
{
    cel_quantity minus_b = *b;
    minus_b.negative = !b->negative && b->count;
    return cel_quantity_add(a, &minus_b, ret);
}

int cel_quantity_to_int(const cel_quantity *q, int64_t *ret)
{
    cel_quantity whole = *q;
    if (div_limbs(whole.limb, whole.count, GIGA) != 0)
        return ACT_EINVAL;
    trim_limbs(&whole);
    if (whole.count > 2)
        return ACT_EINVAL;
    uint64_t magnitude = whole.limb[0] | (uint64_t)whole.limb[1] << LIMB_BITS;
    if (whole.count == 0)
        magnitude = 0;
    else if (whole.count == 1)
        magnitude = whole.limb[0];
    uint64_t most = (uint64_t)INT64_MAX + q->negative;
    if (magnitude > most)
        return ACT_EINVAL;
    *ret = q->negative ? (int64_t)(0 - magnitude) : (int64_t)magnitude;
    return ACT_OK;
}

double cel_quantity_to_double(const cel_quantity *q)
{
    if (q->count == 0)
        return 0;
    /* Three zero limbs below leave a quotient of at least 66 bits after the division. */
    enum { PAD = 3 };
    uint32_t limb[CEL_QUANTITY_LIMBS + PAD] = { 0 };
    memcpy(limb + PAD, q->limb, q->count * sizeof *limb);
    size_t count = (size_t)q->count + PAD;
    bool sticky = div_limbs(limb, count, GIGA) != 0;
    while (limb[count - 1] == 0)
        count--;
    int shift = __builtin_clz(limb[count - 1]);
    uint64_t top = (uint64_t)limb[count - 1] << LIMB_BITS | limb[count - 2];
    uint64_t next = limb[count - 3];
    if (shift) {
        top = top << shift | next >> (LIMB_BITS - shift);
        next = next << shift & UINT32_MAX;
    }
    sticky |= next != 0;
    for (size_t i = 0; i + 3 < count; i++)
        sticky |= limb[i] != 0;
    /* 64 significant bits with the rest folded into the last: one correct rounding. */
    int exponent = (int)(count - 2) * LIMB_BITS - PAD * LIMB_BITS - shift;
    double magnitude = ldexp((double)(top | sticky), exponent);
    return q->negative ? -magnitude : magnitude;
}

size_t cel_quantity_print(const cel_quantity *q, char out[CEL_QUANTITY_PRINT_MAX])
{
    char digits[CEL_QUANTITY_PRINT_MAX]; /* least significant first */
    size_t n = 0;
    cel_quantity rest = *q;
    while (rest.count) {
        uint32_t part = div_limbs(rest.limb, rest.count, GIGA);
        trim_limbs(&rest);
        for (int i = 0; i < NANO_DIGITS; i++, part /= 10)
            digits[n++] = (char)('0' + part % 10);
    }
    while (n > NANO_DIGITS + 1 && digits[n - 1] == '0')
        n--;
    while (n < NANO_DIGITS + 1)
        digits[n++] = '0';
    size_t last = 0;
    while (last < NANO_DIGITS && digits[last] == '0')
        last++;
    size_t len = 0;
    if (q->negative)
        out[len++] = '-';
    for (size_t i = n; i-- > last;) {
        if (i == NANO_DIGITS - 1)
            out[len++] = '.';
        out[len++] = digits[i];
    }
    return len;
}
