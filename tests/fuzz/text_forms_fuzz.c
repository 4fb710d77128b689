/* Values with a text form (timestamps, durations, quantities, versions, URLs, addresses):
 * what reads prints as text that reads as the same value, and prints the same again. */
#include "cel/ip.h"
#include "cel/quantity.h"
#include "cel/semver.h"
#include "cel/time.h"
#include "cel/url.h"
#include "fuzz/support/fuzz.h"

static void check_time(act_str text)
{
    cel_time t, back;
    char out[CEL_TIME_PRINT_MAX];
    if (cel_time_parse(text, &t))
        return;
    size_t n = cel_time_print(t, out);
    fuzz_require(n <= sizeof out && cel_time_in_range(t.seconds), "time in range");
    fuzz_require(cel_time_parse(act_str_from(out, n), &back) == 0, "printed time reads");
    fuzz_require(cel_time_cmp(t, back) == 0, "same time");
    cel_civil c = cel_civil_at(t.seconds);
    int64_t days = cel_days_from_civil(c.year, c.month, c.day);
    fuzz_require(days * 86400 + c.hour * 3600 + c.minute * 60 + c.second == t.seconds,
                 "calendar fields");
}

static void check_duration(act_str text)
{
    int64_t ns, back;
    char out[CEL_TIME_PRINT_MAX];
    if (cel_duration_parse(text, &ns))
        return;
    size_t n = cel_duration_print(ns, out);
    fuzz_require(n <= sizeof out, "duration fits");
    fuzz_require(cel_duration_parse(act_str_from(out, n), &back) == 0, "duration reads");
    fuzz_require(ns == back, "same duration");
}

static void check_quantity(act_str text)
{
    cel_quantity q, back, zero;
    char out[CEL_QUANTITY_PRINT_MAX];
    int64_t whole;
    if (cel_quantity_parse(text, CEL_QUANTITY_EXPONENT_MAX, &q))
        return;
    size_t n = cel_quantity_print(&q, out);
    fuzz_require(n <= sizeof out, "quantity fits");
    if (n <= CEL_QUANTITY_TEXT_MAX) {
        fuzz_require(
            cel_quantity_parse(act_str_from(out, n), CEL_QUANTITY_EXPONENT_MAX, &back) == 0,
            "quantity reads");
        fuzz_require(cel_quantity_cmp(&q, &back) == 0, "same quantity");
    }
    if (cel_quantity_sub(&q, &q, &zero) == 0)
        fuzz_require(cel_quantity_sign(&zero) == 0, "q - q is 0");
    if (cel_quantity_to_int(&q, &whole) == 0) {
        back = cel_quantity_from_int(whole);
        fuzz_require(cel_quantity_cmp(&q, &back) == 0, "same whole number");
    }
}

static void check_semver(act_str text, bool normalize)
{
    cel_semver v, back;
    char out[CEL_SEMVER_PRINT_MAX];
    if (cel_semver_parse(text, normalize, &v)) {
        fuzz_require(normalize || cel_semver_parse(text, false, &v) != 0,
                     "strict is stable");
        return;
    }
    size_t n = cel_semver_print(&v, out);
    fuzz_require(n <= sizeof out, "version fits");
    if (n > CEL_SEMVER_TEXT_MAX)
        return;
    fuzz_require(cel_semver_parse(act_str_from(out, n), false, &back) == 0,
                 "version reads");
    fuzz_require(cel_semver_cmp(&v, &back) == 0 && act_str_eq(v.build, back.build),
                 "same version");
    fuzz_require(normalize || act_str_eq(text, act_str_from(out, n)), "strict text stays");
}

static void check_url(act_str text)
{
    ACT_AUTO(act_arena) a = NULL;
    act_buf out = ACT_BUF_INIT;
    cel_url u, back;
    fuzz_require(act_arena_new(1 << 20, 0, &a) == 0, "arena");
    if (cel_url_parse(a, text, &u))
        return;
    cel_url_write(&u, &out);
    if (out.len <= CEL_URL_TEXT_MAX) {
        bool same =
            cel_url_parse(a, act_buf_str(&out), &back) == 0 && cel_url_equal(&u, &back);
        if (!same)
            (void)fprintf(stderr, "%.*s\n%.*s\n", ACT_STR_ARG(text),
                          ACT_STR_ARG(act_buf_str(&out)));
        fuzz_require(same, "same URL");
    }
    act_str query = u.query, key, value;
    int err = 0;
    for (size_t n = 0; cel_url_next_pair(a, &query, &key, &value, &err); n++)
        fuzz_require(n <= text.len, "queries end");
    act_buf_done(&out);
}

static void check_ip(act_str text)
{
    cel_ip ip, back;
    char out[CEL_IP_PRINT_MAX];
    if (cel_ip_parse(text, &ip))
        return;
    size_t n = cel_ip_print(&ip, out);
    fuzz_require(n <= sizeof out, "address fits");
    fuzz_require(cel_ip_parse(act_str_from(out, n), &back) == 0, "address reads");
    fuzz_require(cel_ip_equal(&ip, &back), "same address");
}

static void check_cidr(act_str text)
{
    cel_cidr c, back;
    char out[CEL_IP_PRINT_MAX];
    if (cel_cidr_parse(text, &c))
        return;
    size_t n = cel_cidr_print(&c, out);
    fuzz_require(n <= sizeof out, "range fits");
    fuzz_require(cel_cidr_parse(act_str_from(out, n), &back) == 0, "range reads");
    fuzz_require(cel_ip_equal(&c.ip, &back.ip) && c.prefix == back.prefix, "same range");
    cel_cidr masked = cel_cidr_masked(&c);
    fuzz_require(cel_cidr_is_mask(&masked), "a masked range has no host bits");
    fuzz_require(cel_cidr_contains_ip(&masked, &c.ip) && cel_cidr_contains(&masked, &c),
                 "a range contains its address");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    act_str text = act_str_from(data, size);
    if (!act_str_is_utf8(text))
        return 0; /* no string of CEL */
    check_time(text);
    check_duration(text);
    check_quantity(text);
    check_semver(text, false);
    check_semver(text, true);
    check_url(text);
    check_ip(text);
    check_cidr(text);
    return 0;
}
