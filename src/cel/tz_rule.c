/* POSIX TZ rules: read from a footer, and the offset at a time. */
#include "cel/tz_rule.h"
#include "cel/time.h"

static bool take(act_str *s, char c)
{
    if (s->len == 0 || s->ptr[0] != c)
        return false;
    *s = act_str_cut(*s, 1);
    return true;
}

static bool take_number(act_str *s, unsigned max, unsigned *ret)
{
    unsigned v = 0;
    size_t n = 0;
    for (; n < s->len && n < 4 && s->ptr[n] >= '0' && s->ptr[n] <= '9'; n++)
        v = v * 10 + (unsigned)(s->ptr[n] - '0');
    if (n == 0 || v > max)
        return false;
    *s = act_str_cut(*s, n);
    *ret = v;
    return true;
}

/* Three or more letters, or anything between < and >. */
static bool take_name(act_str *s)
{
    size_t n = 0;
    if (take(s, '<')) {
        while (n < s->len && s->ptr[n] != '>')
            n++;
        *s = act_str_cut(*s, n);
        return n > 0 && take(s, '>');
    }
    while (n < s->len && ((s->ptr[n] | 0x20) >= 'a' && (s->ptr[n] | 0x20) <= 'z'))
        n++;
    *s = act_str_cut(*s, n);
    return n >= 3;
}

/* [+-]h[h][:mm[:ss]] */
static bool take_time(act_str *s, int32_t *ret)
{
    bool negative = take(s, '-');
    if (!negative)
        (void)take(s, '+'); /* the sign is optional */
    unsigned h, m = 0, sec = 0;
    if (!take_number(s, 167, &h))
        return false;
    if (take(s, ':')) {
        if (!take_number(s, 59, &m))
            return false;
        if (take(s, ':') && !take_number(s, 59, &sec))
            return false;
    }
    int32_t v = (int32_t)(h * 3600 + m * 60 + sec);
    *ret = negative ? -v : v;
    return true;
}

static bool take_day(act_str *s, cel_tz_day *ret)
{
    cel_tz_day d = { .kind = 'D', .seconds = 7200 };
    unsigned a, b, c;
    if (take(s, 'M')) {
        if (!take_number(s, 12, &a) || !take(s, '.') || !take_number(s, 5, &b) ||
            !take(s, '.') || !take_number(s, 6, &c) || a == 0 || b == 0)
            return false;
        d.kind = 'M';
        d.month = (uint8_t)a;
        d.week = (uint8_t)b;
        d.day = (uint16_t)c;
    } else {
        if (take(s, 'J'))
            d.kind = 'J';
        if (!take_number(s, 365, &a) || (d.kind == 'J' && a == 0))
            return false;
        d.day = (uint16_t)a;
    }
    if (take(s, '/') && !take_time(s, &d.seconds))
        return false;
    *ret = d;
    return true;
}

int cel_tz_rule_parse(act_str s, cel_tz_rule *ret)
{
    cel_tz_rule r = { 0 };
    int32_t west;
    if (!take_name(&s) || !take_time(&s, &west))
        return ACT_EPARSE;
    r.standard = -west; /* POSIX counts west of Greenwich */
    if (s.len == 0) {
        *ret = r;
        return ACT_OK;
    }
    r.has_summer = true;
    r.summer = r.standard + 3600;
    if (!take_name(&s))
        return ACT_EPARSE;
    if (s.len && s.ptr[0] != ',') {
        if (!take_time(&s, &west))
            return ACT_EPARSE;
        r.summer = -west;
    }
    if (!take(&s, ',') || !take_day(&s, &r.begin) || !take(&s, ',') ||
        !take_day(&s, &r.end) || s.len)
        return ACT_EPARSE;
    *ret = r;
    return ACT_OK;
}

/* Local seconds since 1970 of the change in @year. */
static int64_t change_in(const cel_tz_day *d, int64_t year)
{
    int64_t day;
    if (d->kind == 'M') {
        int64_t first = cel_days_from_civil(year, d->month, 1);
        int64_t weekday = ((first + 4) % 7 + 7) % 7;
        day = first + (d->day - weekday + 7) % 7 + 7 * (d->week - 1);
        int64_t next = d->month == 12 ? cel_days_from_civil(year + 1, 1, 1)
                                      : cel_days_from_civil(year, d->month + 1u, 1);
        while (day >= next)
            day -= 7; /* week 5 means the last one */
    } else {
        day = cel_days_from_civil(year, 1, 1) + d->day;
        if (d->kind == 'J') /* day 60 is always 1 March */
            day -= !(cel_is_leap_year(year) && d->day >= 60);
    }
    return day * 86400 + d->seconds;
}

int32_t cel_tz_rule_offset(const cel_tz_rule *r, int64_t unix_seconds)
{
    if (!r->has_summer)
        return r->standard;
    int64_t year = cel_civil_at(unix_seconds + r->standard).year;
    int64_t begin = change_in(&r->begin, year) - r->standard;
    int64_t end = change_in(&r->end, year) - r->summer;
    bool summer = begin < end ? unix_seconds >= begin && unix_seconds < end
                              : unix_seconds >= begin || unix_seconds < end;
    return summer ? r->summer : r->standard;
}
