// The C++ library has the fast, exact, locale-free conversions that C lacks.
#include "base/number.h"

#include <charconv>
#include <cmath>

static size_t put_text(const char *text, char *out)
{
    size_t n = strlen(text);
    memcpy(out, text, n);
    return n;
}

// "d.ddde+XX" at @out as plain digits; the exponent reaches beyond all of them.
static size_t spread(char *out, const char *end)
{
    const char *e = end - 4; // two digits are enough: plain form ends at 1e21
    int exponent = (end[-2] - '0') * 10 + (end[-1] - '0');
    char *to = out + (*out == '-') + 1;
    for (const char *from = to + 1; from < e; from++, exponent--)
        *to++ = *from;
    for (; exponent > 0; exponent--)
        *to++ = '0';
    return static_cast<size_t>(to - out);
}

size_t act_f64_format(double v, char out[ACT_F64_TEXT_MAX])
{
    if (std::isnan(v))
        return put_text("NaN", out);
    if (std::isinf(v))
        return put_text(v > 0 ? "+Inf" : "-Inf", out);
    const double exact = 9007199254740992.0; // above 2^53 the library's plain form has
                                             // every digit of the value, not the fewest
    double magnitude = std::fabs(v);
    bool plain = magnitude == 0 || (magnitude >= 1e-6 && magnitude < 1e21);
    bool direct = plain && magnitude < exact;
    char *end =
        std::to_chars(out, out + ACT_F64_TEXT_MAX, v,
                      direct ? std::chars_format::fixed : std::chars_format::scientific)
            .ptr;
    if (plain && !direct)
        return spread(out, end);
    size_t n = static_cast<size_t>(end - out);
    // C++ writes exponents with two digits at least: 1e-07 is 1e-7 to the others.
    if (!plain && n >= 4 && out[n - 2] == '0' && (out[n - 3] == '-' || out[n - 3] == '+')) {
        out[n - 2] = out[n - 1];
        n--;
    }
    return n;
}

// Tells a number beyond the largest double from one below the smallest, which from_chars
// does not: by the power of ten of the first digit that counts.
static bool is_huge(act_str text)
{
    const int64_t far = 1000000000; // beyond what digits of any text can make up for
    int64_t power = 0, exponent = 0;
    bool point = false, counts = false, negative = false;
    size_t i = 0;
    for (; i < text.len && text.ptr[i] != 'e' && text.ptr[i] != 'E'; i++) {
        char c = text.ptr[i];
        point = point || c == '.';
        counts = counts || (c >= '1' && c <= '9');
        if (c >= '0' && c <= '9')
            power += counts && !point ? 1 : !counts && point ? -1 : 0;
    }
    for (i++; i < text.len; i++) {
        negative = negative || text.ptr[i] == '-';
        if (text.ptr[i] >= '0' && text.ptr[i] <= '9' && exponent < far)
            exponent = exponent * 10 + (text.ptr[i] - '0');
    }
    return power + (negative ? -exponent : exponent) > 0;
}

int act_f64_parse(act_str text, double *ret)
{
    double value = 0;
    const char *end = text.ptr + text.len;
    auto got = std::from_chars(text.ptr, end, value);
    if (got.ec == std::errc::invalid_argument || got.ptr != end)
        return ACT_EPARSE;
    if (got.ec == std::errc::result_out_of_range) {
        if (is_huge(text))
            return ACT_ELIMIT;
        value = text.ptr[0] == '-' ? -0.0 : 0.0;
    }
    if (!std::isfinite(value))
        return ACT_EPARSE; // "inf" and "nan", which from_chars takes
    *ret = value;
    return ACT_OK;
}
