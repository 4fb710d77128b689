/* Times: RFC 3339 and duration text, civil dates, arithmetic that keeps in range. */
#include "cel/time.h"
#include "cel/num.h"

static const int64_t NS_PER_S = INT64_C(1000000000);

/* Howard Hinnant's algorithms: years start in March, so the leap day is the last. */
int64_t cel_days_from_civil(int64_t year, unsigned month, unsigned day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    unsigned yoe = (unsigned)(year - era * 400);
    unsigned doy = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    unsigned doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return era * 146097 + (int64_t)doe - 719468;
}

bool cel_is_leap_year(int64_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

cel_civil cel_civil_at(int64_t seconds)
{
    int64_t days = seconds / 86400;
    int64_t rest = seconds % 86400;
    if (rest < 0) {
        rest += 86400;
        days--;
    }
    int64_t z = days + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    unsigned doe = (unsigned)(z - era * 146097);
    unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    unsigned mp = (5 * doy + 2) / 153;
    unsigned month = mp < 10 ? mp + 3 : mp - 9;
    int64_t year = (int64_t)yoe + era * 400 + (month <= 2);
    int64_t weekday = (days + 4) % 7;
    return (cel_civil){
        .year = (int32_t)year,
        .month = (uint8_t)month,
        .day = (uint8_t)(doy - (153 * mp + 2) / 5 + 1),
        .hour = (uint8_t)(rest / 3600),
        .minute = (uint8_t)(rest / 60 % 60),
        .second = (uint8_t)(rest % 60),
        .weekday = (uint8_t)(weekday < 0 ? weekday + 7 : weekday),
        .year_day = (uint16_t)(days - cel_days_from_civil(year, 1, 1)),
    };
}

/* Exactly @width digits at the front of @s, which moves on. */
static bool take_digits(act_str *s, size_t width, unsigned *ret)
{
    unsigned v = 0;
    if (s->len < width)
        return false;
    for (size_t i = 0; i < width; i++) {
        unsigned digit = (unsigned)(unsigned char)s->ptr[i] - '0';
        if (digit > 9)
            return false;
        v = v * 10 + digit;
    }
    *s = act_str_cut(*s, width);
    *ret = v;
    return true;
}

static bool take_byte(act_str *s, char c)
{
    if (s->len == 0 || s->ptr[0] != c)
        return false;
    *s = act_str_cut(*s, 1);
    return true;
}

static bool take_fraction(act_str *s, uint32_t *ret_nanos)
{
    uint32_t nanos = 0;
    uint32_t unit = 100000000;
    size_t n = 0;
    for (; n < s->len && s->ptr[n] >= '0' && s->ptr[n] <= '9'; n++) {
        nanos += unit * (uint32_t)(s->ptr[n] - '0');
        unit /= 10;
    }
    *s = act_str_cut(*s, n);
    *ret_nanos = nanos;
    return n > 0;
}

static bool take_offset(act_str *s, int64_t *ret_seconds)
{
    if (take_byte(s, 'Z')) {
        *ret_seconds = 0;
        return true;
    }
    bool west = s->len && s->ptr[0] == '-';
    unsigned hour, minute;
    if (!take_byte(s, west ? '-' : '+') || !take_digits(s, 2, &hour) ||
        !take_byte(s, ':') || !take_digits(s, 2, &minute) || hour > 23 || minute > 59)
        return false;
    int64_t offset = (int64_t)hour * 3600 + (int64_t)minute * 60;
    *ret_seconds = west ? -offset : offset;
    return true;
}

static unsigned days_in_month(unsigned year, unsigned month)
{
    static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    return days[month - 1] + (unsigned)(month == 2 && cel_is_leap_year(year));
}

int cel_time_parse(act_str s, cel_time *ret)
{
    if (s.len > CEL_TIME_TEXT_MAX)
        return ACT_ELIMIT;
    unsigned year, month, day, hour, minute, second;
    uint32_t nanos = 0;
    int64_t offset;
    if (!take_digits(&s, 4, &year) || !take_byte(&s, '-') || !take_digits(&s, 2, &month) ||
        !take_byte(&s, '-') || !take_digits(&s, 2, &day) || !take_byte(&s, 'T') ||
        !take_digits(&s, 2, &hour) || !take_byte(&s, ':') || !take_digits(&s, 2, &minute) ||
        !take_byte(&s, ':') || !take_digits(&s, 2, &second))
        return ACT_EPARSE;
    if (take_byte(&s, '.') && !take_fraction(&s, &nanos))
        return ACT_EPARSE;
    if (!take_offset(&s, &offset) || s.len)
        return ACT_EPARSE;
    if (month < 1 || month > 12 || day < 1 || day > days_in_month(year, month) ||
        hour > 23 || minute > 59 || second > 59)
        return ACT_EPARSE;
    int64_t seconds = cel_days_from_civil(year, month, day) * 86400 + (int64_t)hour * 3600 +
                      (int64_t)minute * 60 + second - offset;
    if (!cel_time_in_range(seconds))
        return ACT_ELIMIT;
    *ret = (cel_time){ seconds, nanos };
    return ACT_OK;
}

static char *put_digits(char *out, unsigned v, unsigned width)
{
    for (unsigned i = width; i-- > 0; v /= 10)
        out[i] = (char)('0' + v % 10);
    return out + width;
}

/* ".5" for 500,000,000; nothing for 0. */
static char *put_fraction(char *out, uint32_t nanos)
{
    if (nanos == 0)
        return out;
    *out++ = '.';
    out = put_digits(out, nanos, 9);
    while (out[-1] == '0')
        out--;
    return out;
}

size_t cel_time_print(cel_time t, char out[CEL_TIME_PRINT_MAX])
{
    cel_civil c = cel_civil_at(t.seconds);
    char *p = put_digits(out, (unsigned)c.year, 4);
    *p++ = '-';
    p = put_digits(p, c.month, 2);
    *p++ = '-';
    p = put_digits(p, c.day, 2);
    *p++ = 'T';
    p = put_digits(p, c.hour, 2);
    *p++ = ':';
    p = put_digits(p, c.minute, 2);
    *p++ = ':';
    p = put_digits(p, c.second, 2);
    p = put_fraction(p, t.nanos);
    *p++ = 'Z';
    return (size_t)(p - out);
}

/* Longer names first, so that "ms" is not read as minutes. */
static const struct {
    const char *name;
    int64_t ns;
} units[] = {
    { "ns", 1 },           { "us", 1000 },
    { "\xc2\xb5s", 1000 }, { "\xce\xbcs", 1000 }, /* micro sign, Greek mu */
    { "ms", 1000000 },     { "s", 1000000000 },
    { "m", 60000000000 },  { "h", 3600000000000 },
};

static int64_t take_unit(act_str *s)
{
    for (size_t i = 0; i < ACT_COUNT(units); i++) {
        act_str name = act_str_cstr(units[i].name);
        if (act_str_starts(*s, name)) {
            *s = act_str_cut(*s, name.len);
            return units[i].ns;
        }
    }
    return 0;
}

/* floor(@unit * @fraction / @scale) for a fraction below the scale, which is at most 10^18:
 * bit by bit of the unit, so that nothing is lost and nothing needs more than 64 bits. */
static uint64_t part_of(uint64_t unit, uint64_t fraction, uint64_t scale)
{
    uint64_t whole = 0, rest = 0;
    for (uint64_t bit = UINT64_C(1) << 63; bit; bit >>= 1) {
        whole *= 2;
        rest *= 2;
        if (unit & bit)
            rest += fraction;
        whole += rest / scale;
        rest %= scale;
    }
    return whole;
}

/* One `number unit`; the amount is added to *sum. */
static int take_term(act_str *s, uint64_t *sum)
{
    uint64_t whole = 0;
    uint64_t fraction = 0;
    uint64_t scale = 1;
    bool any = false;
    bool overflow = false;
    size_t i = 0;
    for (; i < s->len && s->ptr[i] >= '0' && s->ptr[i] <= '9'; i++, any = true) {
        overflow |= act_mul_overflows(whole, UINT64_C(10), &whole);
        overflow |= act_add_overflows(whole, (uint64_t)(s->ptr[i] - '0'), &whole);
    }
    if (i < s->len && s->ptr[i] == '.') {
        for (i++; i < s->len && s->ptr[i] >= '0' && s->ptr[i] <= '9'; i++, any = true) {
            if (scale < UINT64_C(1000000000000000000)) {
                fraction = fraction * 10 + (uint64_t)(s->ptr[i] - '0');
                scale *= 10;
            }
        }
    }
    *s = act_str_cut(*s, i);
    int64_t unit = any ? take_unit(s) : 0;
    if (unit == 0)
        return ACT_EPARSE;
    overflow |= act_mul_overflows(whole, (uint64_t)unit, &whole);
    overflow |= act_add_overflows(*sum, whole, sum);
    overflow |= act_add_overflows(*sum, part_of((uint64_t)unit, fraction, scale), sum);
    return overflow ? ACT_ELIMIT : ACT_OK;
}

int cel_duration_parse(act_str s, int64_t *ret_ns)
{
    if (s.len > CEL_DURATION_TEXT_MAX)
        return ACT_ELIMIT;
    bool negative = s.len && s.ptr[0] == '-';
    if (negative || (s.len && s.ptr[0] == '+'))
        s = act_str_cut(s, 1);
    uint64_t sum = 0;
    if (act_str_eq(s, ACT_STR("0"))) {
        *ret_ns = 0;
        return ACT_OK;
    }
    if (s.len == 0)
        return ACT_EPARSE;
    int limit = ACT_OK; /* a syntax error later in the text wins over the range */
    while (s.len) {
        int err = take_term(&s, &sum);
        if (err == ACT_EPARSE)
            return err;
        if (err)
            limit = err;
    }
    if (limit || sum > (uint64_t)INT64_MAX + negative)
        return ACT_ELIMIT;
    *ret_ns = negative ? (int64_t)(0 - sum) : (int64_t)sum;
    return ACT_OK;
}

size_t cel_duration_print(int64_t ns, char out[CEL_TIME_PRINT_MAX])
{
    char *p = out;
    uint64_t magnitude = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;
    if (ns < 0)
        *p++ = '-';
    p += cel_num_print_uint(magnitude / (uint64_t)NS_PER_S, p);
    p = put_fraction(p, (uint32_t)(magnitude % (uint64_t)NS_PER_S));
    *p++ = 's';
    return (size_t)(p - out);
}

/* seconds and nanos (any sign, within +-2 s) to a timestamp in range. */
static int normalise(int64_t seconds, int64_t nanos, cel_time *ret)
{
    if (nanos < 0) {
        nanos += NS_PER_S;
        seconds--;
    } else if (nanos >= NS_PER_S) {
        nanos -= NS_PER_S;
        seconds++;
    }
    if (!cel_time_in_range(seconds))
        return ACT_ELIMIT;
    *ret = (cel_time){ seconds, (uint32_t)nanos };
    return ACT_OK;
}

int cel_time_add(cel_time t, int64_t ns, cel_time *ret)
{
    return normalise(t.seconds + ns / NS_PER_S, (int64_t)t.nanos + ns % NS_PER_S, ret);
}

int cel_time_sub(cel_time t, int64_t ns, cel_time *ret)
{
    return normalise(t.seconds - ns / NS_PER_S, (int64_t)t.nanos - ns % NS_PER_S, ret);
}

int cel_time_diff(cel_time a, cel_time b, int64_t *ret_ns)
{
    int64_t seconds = a.seconds - b.seconds;
    int64_t nanos = (int64_t)a.nanos - (int64_t)b.nanos;
    int64_t ns;
    /* Of one sign, so that no step leaves the range when the sum is in it. */
    if (seconds > 0 && nanos < 0) {
        seconds--;
        nanos += NS_PER_S;
    } else if (seconds < 0 && nanos > 0) {
        seconds++;
        nanos -= NS_PER_S;
    }
    if (act_mul_overflows(seconds, NS_PER_S, &ns) || act_add_overflows(ns, nanos, &ns))
        return ACT_ELIMIT;
    *ret_ns = ns;
    return ACT_OK;
}
