#include "base/clock.h"

#include <time.h>

static int64_t read_clock(clockid_t id)
{
    struct timespec now;
    if (clock_gettime(id, &now) != 0)
        return 0; /* cannot happen for the two ids below */
    return (int64_t)now.tv_sec * ACT_NS_PER_S + now.tv_nsec;
}

static int64_t system_wall_ns(void *ctx)
{
    (void)ctx;
    return read_clock(CLOCK_REALTIME);
}

static int64_t system_mono_ns(void *ctx)
{
    (void)ctx;
    return read_clock(CLOCK_MONOTONIC);
}

act_clock act_clock_system(void)
{
    return (act_clock){ .wall_ns = system_wall_ns, .mono_ns = system_mono_ns };
}

/* Days since 1970-01-01 in the proleptic Gregorian calendar and back. Years are counted
 * from March, so that the leap day is the last of its year; 400 years are one era of
 * 146,097 days, and day 719,468 of era 0 is 1970-01-01. */
enum { DAYS_PER_ERA = 146097, DAYS_TO_1970 = 719468 };

static int64_t days_from_date(int year, int month, int day)
{
    int from_march = (month + 9) % 12;
    int64_t y = month <= 2 ? year - 1 : year; /* year >= 0, so y >= -1 */
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t of_era = y - era * 400;
    int64_t of_year = (153 * from_march + 2) / 5 + day - 1;
    return era * DAYS_PER_ERA + of_era * 365 + of_era / 4 - of_era / 100 + of_year -
           DAYS_TO_1970;
}

static void date_from_days(int64_t days, int *year, int *month, int *day)
{
    int64_t z = days + DAYS_TO_1970; /* int64 nanoseconds reach back to 1677: z > 0 */
    int64_t era = z / DAYS_PER_ERA;
    int64_t doe = z % DAYS_PER_ERA;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t from_march = (5 * doy + 2) / 153;
    *day = (int)(doy - (153 * from_march + 2) / 5 + 1);
    *month = (int)(from_march < 10 ? from_march + 3 : from_march - 9);
    *year = (int)(yoe + era * 400 + (*month <= 2));
}

static char *put_digits(char *to, int64_t value, int width)
{
    for (int i = width - 1; i >= 0; i--, value /= 10)
        to[i] = (char)('0' + value % 10);
    return to + width;
}

size_t act_rfc3339_format(int64_t wall_ns, unsigned digits, char out[ACT_RFC3339_MAX])
{
    int64_t seconds = wall_ns / ACT_NS_PER_S;
    int64_t fraction = wall_ns % ACT_NS_PER_S;
    if (fraction < 0) {
        seconds--;
        fraction += ACT_NS_PER_S;
    }
    int64_t days = seconds / 86400, of_day = seconds % 86400;
    if (of_day < 0) {
        days--;
        of_day += 86400;
    }
    int year, month, day;
    date_from_days(days, &year, &month, &day);

    char *to = put_digits(out, year, 4);
    *to++ = '-';
    to = put_digits(to, month, 2);
    *to++ = '-';
    to = put_digits(to, day, 2);
    *to++ = 'T';
    to = put_digits(to, of_day / 3600, 2);
    *to++ = ':';
    to = put_digits(to, of_day / 60 % 60, 2);
    *to++ = ':';
    to = put_digits(to, of_day % 60, 2);
    if (digits > 0) {
        char nine[9];
        (void)put_digits(nine, fraction, 9);
        size_t n = digits < 9 ? digits : 9;
        *to++ = '.';
        memcpy(to, nine, n);
        to += n;
    }
    *to++ = 'Z';
    *to = '\0';
    return (size_t)(to - out);
}

/* Reads exactly @width digits at @at, or returns -1. */
static int digits_at(act_str s, size_t at, size_t width)
{
    int value = 0;
    if (at > s.len || s.len - at < width)
        return -1;
    for (size_t i = at; i < at + width; i++) {
        if (s.ptr[i] < '0' || s.ptr[i] > '9')
            return -1;
        value = value * 10 + (s.ptr[i] - '0');
    }
    return value;
}

static int days_in_month(int year, int month)
{
    static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

/* "Z" or an offset from UTC at @at, which must end the text. */
static bool parse_zone(act_str s, size_t at, int *ret_seconds)
{
    if (at + 1 == s.len && s.ptr[at] == 'Z') {
        *ret_seconds = 0;
        return true;
    }
    if (at + 6 != s.len || (s.ptr[at] != '+' && s.ptr[at] != '-') || s.ptr[at + 3] != ':')
        return false;
    int hours = digits_at(s, at + 1, 2), minutes = digits_at(s, at + 4, 2);
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59)
        return false;
    *ret_seconds = (hours * 60 + minutes) * 60 * (s.ptr[at] == '-' ? -1 : 1);
    return true;
}

/* ".f{1,}" at *@at, moved behind it; digits beyond nanoseconds are cut. */
static bool parse_fraction(act_str s, size_t *at, int64_t *ret_ns)
{
    int64_t ns = 0, unit = ACT_NS_PER_S / 10;
    size_t i = *at + 1;
    for (; i < s.len && s.ptr[i] >= '0' && s.ptr[i] <= '9'; i++, unit /= 10)
        ns += (s.ptr[i] - '0') * unit;
    if (i == *at + 1)
        return false;
    *at = i;
    *ret_ns = ns;
    return true;
}

int act_rfc3339_parse(act_str text, int64_t *ret_wall_ns)
{
    const char *p = text.ptr;
    if (text.len < sizeof "2006-01-02T15:04:05Z" - 1 || p[4] != '-' || p[7] != '-' ||
        p[10] != 'T' || p[13] != ':' || p[16] != ':')
        return ACT_EPARSE;
    int year = digits_at(text, 0, 4), month = digits_at(text, 5, 2),
        day = digits_at(text, 8, 2), hour = digits_at(text, 11, 2),
        minute = digits_at(text, 14, 2), second = digits_at(text, 17, 2);
    if (year < 0 || month < 1 || month > 12 || day < 1 ||
        day > days_in_month(year, month) || hour < 0 || hour > 23 || minute < 0 ||
        minute > 59 || second < 0 || second > 59)
        return ACT_EPARSE;

    size_t at = 19;
    int64_t fraction = 0;
    int zone;
    if (p[at] == '.' && !parse_fraction(text, &at, &fraction))
        return ACT_EPARSE;
    if (!parse_zone(text, at, &zone))
        return ACT_EPARSE;

    int64_t seconds = days_from_date(year, month, day) * 86400 + hour * 3600 + minute * 60 +
                      second - zone;
    /* Before 1970 the product alone may be just out of range where the sum is not: count
     * the last second down from zero instead of up. */
    if (seconds < 0 && fraction > 0) {
        seconds++;
        fraction -= ACT_NS_PER_S;
    }
    int64_t ns;
    if (act_mul_overflows(seconds, ACT_NS_PER_S, &ns) ||
        act_add_overflows(ns, fraction, &ns))
        return ACT_ELIMIT;
    *ret_wall_ns = ns;
    return ACT_OK;
}
