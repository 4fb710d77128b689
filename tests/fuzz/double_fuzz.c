/* Doubles and their texts: every double survives its shortest text, every text reads as the
 * C library reads it, and rounded forms are those of the C library. */
#include "cel/num.h"
#include "fuzz/support/fuzz.h"

#include <math.h>

static bool same(double a, double b)
{
    return memcmp(&a, &b, sizeof a) == 0 || (isnan(a) && isnan(b));
}

static void check_text(act_str text)
{
    double ours, theirs;
    char copy[512], *end;
    if (text.len >= sizeof copy || memchr(text.ptr, 0, text.len))
        return;
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = 0;
    theirs = strtod(copy, &end);
    int err = cel_num_parse_double(text, &ours);
    bool whole = text.len && end == copy + text.len && !memchr(" \t\n\v\f\r", copy[0], 6);
    if (err == 0) /* what we take is a part of what strtod takes */
        fuzz_require(whole && same(ours, theirs), "reads like strtod()");
    if (err == ACT_ELIMIT)
        fuzz_require(whole && isinf(theirs), "overflows like strtod()");
}

static void check_back(double d, const char *text, size_t n)
{
    double back;
    fuzz_require(cel_num_parse_double(act_str_from(text, n), &back) == 0,
                 "printed text reads");
    fuzz_require(same(d, back), "prints enough digits");
}

/* No shorter text reads back the same. */
static void check_shortest(double d, const char *text, size_t n)
{
    char other[64];
    size_t digits = 0;
    for (size_t i = 0; i < n && text[i] != 'e'; i++)
        if (text[i] >= '0' && text[i] <= '9' && (digits || text[i] != '0'))
            digits++;
    for (int precision = 0; precision + 1 < (int)digits && precision < 17; precision++) {
        (void)snprintf(other, sizeof other, "%.*e", precision, d);
        fuzz_require(!same(strtod(other, NULL), d) || strpbrk(text, "123456789") == NULL ||
                         text[n - 1] == '0',
                     "no digit too many");
    }
}

static void check_rounded(double d, unsigned precision)
{
    char ours[CEL_NUM_FIXED_MAX], theirs[CEL_NUM_FIXED_MAX + 8];
    size_t n = cel_num_print_fixed(d, precision, ours);
    int want = snprintf(theirs, sizeof theirs, "%.*f", (int)precision, d);
    fuzz_require(want == (int)n && memcmp(ours, theirs, n) == 0, "fixed like printf()");
    n = cel_num_print_exponent(d, precision, ours);
    want = snprintf(theirs, sizeof theirs, "%.*e", (int)precision, d);
    fuzz_require(want == (int)n && memcmp(ours, theirs, n) == 0, "exponent like printf()");
}

static void check_double(double d, unsigned precision)
{
    char text[CEL_NUM_FIXED_MAX] = { 0 };
    size_t n = cel_num_print_double(d, text);
    fuzz_require(n <= CEL_NUM_MAX, "fits");
    check_back(d, text, n);
    if (isfinite(d) && d != 0)
        check_shortest(d, text, n);
    n = cel_num_print_plain(d, text);
    check_back(d, text, n);
    if (isfinite(d))
        check_rounded(d, precision % (CEL_NUM_PRECISION + 1));
}

static void check_integers(double d, int64_t i)
{
    int64_t whole;
    uint64_t natural;
    if (cel_num_double_to_int(d, &whole) == 0)
        fuzz_require((double)whole == trunc(d), "toward zero");
    if (cel_num_double_to_uint(d, &natural) == 0)
        fuzz_require((double)natural == trunc(d), "toward zero");
    char text[CEL_NUM_MAX];
    size_t n = cel_num_print_int(i, text);
    fuzz_require(cel_num_parse_int(act_str_from(text, n), &whole) == 0 && whole == i,
                 "int");
    n = cel_num_print_uint((uint64_t)i, text);
    fuzz_require(cel_num_parse_uint(act_str_from(text, n), &natural) == 0 &&
                     natural == (uint64_t)i,
                 "uint");
    if (!isnan(d)) {
        long double x = (long double)i, y = d;
        int order = cel_num_cmp_int_double(i, d);
        if (fabs(d) < 0x1p53) /* beyond, the int is rounded first */
            fuzz_require((order > 0) - (order < 0) == (x > y) - (x < y), "order");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_input in = { data, size, 0 };
    check_text(act_str_from(data, size));
    unsigned precision = fuzz_byte(&in);
    while (!fuzz_ended(&in)) {
        uint64_t bits = fuzz_u64(&in);
        double d;
        memcpy(&d, &bits, sizeof d);
        check_double(d, precision);
        check_integers(d, (int64_t)bits);
    }
    return 0;
}
