#include "cel/ip.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static cel_ip ip(const char *text)
{
    cel_ip v;
    if (cel_ip_parse(act_str_cstr(text), &v))
        fail_msg("%s does not parse", text);
    return v;
}

static cel_cidr cidr(const char *text)
{
    cel_cidr v;
    if (cel_cidr_parse(act_str_cstr(text), &v))
        fail_msg("%s does not parse", text);
    return v;
}

static void addresses_print_in_canonical_form(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want;
    } cases[] = {
        { "0.0.0.0", "0.0.0.0" },
        { "255.255.255.255", "255.255.255.255" },
        { "::", "::" },
        { "::1", "::1" },
        { "1::", "1::" },
        { "2001:DB8::1", "2001:db8::1" },
        { "2001:db8:0:0:0:0:0:1", "2001:db8::1" },
        { "2001:0db8:0000:0001::0001", "2001:db8:0:1::1" },
        { "2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1" }, /* one zero group stays */
        { "1:0:0:2:0:0:0:3", "1:0:0:2::3" },                /* the longer run */
        { "1:0:0:2:3:0:0:4", "1::2:3:0:0:4" },              /* the first of equals */
        { "1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0" },
        { "::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8" },
        { "64:ff9b::1.2.3.4", "64:ff9b::102:304" },
        { "1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304" },
        { "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255",
          "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
    };
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        cel_ip v = ip(cases[i].text);
        char out[CEL_IP_PRINT_MAX];
        size_t n = cel_ip_print(&v, out);
        assert_true(n < sizeof out);
        assert_string_equal(out, cases[i].want);
    }
}

static void malformed_addresses_are_refused(void **state)
{
    (void)state;
    static const char *bad[] = {
        "",
        "1.2.3",
        "1.2.3.4.5",
        "256.0.0.1",
        "01.2.3.4",
        "1.2.3.",
        ".1.2.3",
        "1..2.3",
        "1.2.3.4 ",
        "1.2.3.-4",
        "1.2.3.4/8",
        ":",
        ":::",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        "::1::",
        "1:2:3:4:5:6:7:8::",
        "12345::",
        "g::",
        "fe80::1%eth0",
        "::ffff:1.2.3.4",
        "::ffff:c0a8:1",
        "::ffff:0:0",
        "1:2:3:4:5:6:7:1.2.3.4",
        "1.2.3.4::",
        "::1.2.3",
        "::01.2.3.4",
        "1:",
        ":1",
        "1:2:3:4:5:6:7:8:",
        "::1.2.3.4:5",
        "1:2:3:4:5:6:7:8::1",
    };
    for (size_t i = 0; i < ACT_COUNT(bad); i++) {
        cel_ip v = { .family = 9 };
        if (cel_ip_parse(act_str_cstr(bad[i]), &v) != ACT_EPARSE)
            fail_msg("%s parses", bad[i]);
        assert_int_equal(v.family, 9);
    }
}

static void kinds_of_addresses_are_told_apart(void **state)
{
    (void)state;
    enum { UNSPECIFIED = 1, LOOPBACK = 2, LL_MULTICAST = 4, LL_UNICAST = 8, GLOBAL = 16 };
    static const struct {
        const char *text;
        int kinds;
    } cases[] = {
        { "0.0.0.0", UNSPECIFIED },
        { "::", UNSPECIFIED },
        { "127.255.0.1", LOOPBACK },
        { "::1", LOOPBACK },
        { "128.0.0.1", GLOBAL },
        { "::2", GLOBAL },
        { "224.0.0.255", LL_MULTICAST },
        { "224.0.1.0", 0 },
        { "239.1.1.1", 0 },
        { "ff02::1", LL_MULTICAST },
        { "ff12::1", LL_MULTICAST },
        { "ff05::1", 0 },
        { "169.254.1.1", LL_UNICAST },
        { "fe80::1", LL_UNICAST },
        { "febf::1", LL_UNICAST },
        { "fec0::1", GLOBAL },
        { "255.255.255.255", 0 },
        { "192.168.0.1", GLOBAL },
        { "2001:db8::abcd", GLOBAL },
    };
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        cel_ip v = ip(cases[i].text);
        int got = (cel_ip_is_unspecified(&v) ? UNSPECIFIED : 0) |
                  (cel_ip_is_loopback(&v) ? LOOPBACK : 0) |
                  (cel_ip_is_link_local_multicast(&v) ? LL_MULTICAST : 0) |
                  (cel_ip_is_link_local_unicast(&v) ? LL_UNICAST : 0) |
                  (cel_ip_is_global_unicast(&v) ? GLOBAL : 0);
        if (got != cases[i].kinds)
            fail_msg("%s: kinds %d, want %d", cases[i].text, got, cases[i].kinds);
    }
}

static void ranges_contain_addresses_and_ranges_of_their_family(void **state)
{
    (void)state;
    static const struct {
        const char *outer, *inner;
        bool want;
    } cases[] = {
        { "192.168.0.0/24", "192.168.0.0/25", true },
        { "192.168.0.0/24", "192.168.0.0/24", true },
        { "192.168.0.9/24", "192.168.0.77/32", true }, /* host bits do not matter */
        { "192.168.0.0/24", "192.168.0.0/23", false },
        { "192.168.0.0/24", "192.168.1.0/25", false },
        { "10.0.0.0/7", "11.255.255.255/32", true },
        { "10.0.0.0/7", "12.0.0.0/32", false },
        { "0.0.0.0/0", "255.0.0.0/8", true },
        { "0.0.0.0/0", "::/0", false },
        { "::/0", "0.0.0.0/0", false },
        { "2001:db8::/32", "2001:db8:ffff::/48", true },
        { "2001:db8::/33", "2001:db8:8000::/48", false },
        { "::1/128", "::1/128", true },
    };
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        cel_cidr a = cidr(cases[i].outer), b = cidr(cases[i].inner);
        if (cel_cidr_contains(&a, &b) != cases[i].want)
            fail_msg("%s in %s", cases[i].inner, cases[i].outer);
    }
    cel_cidr c = cidr("192.168.0.0/24");
    cel_ip in = ip("192.168.0.255"), out = ip("192.168.1.0"), other = ip("::1");
    assert_true(cel_cidr_contains_ip(&c, &in));
    assert_false(cel_cidr_contains_ip(&c, &out));
    assert_false(cel_cidr_contains_ip(&c, &other));
}

static void masking_clears_host_bits(void **state)
{
    (void)state;
    char out[CEL_IP_PRINT_MAX];
    cel_cidr c = cidr("192.168.77.255/22");
    assert_false(cel_cidr_is_mask(&c));
    c = cel_cidr_masked(&c);
    assert_true(cel_cidr_is_mask(&c));
    (void)cel_cidr_print(&c, out); /* the text is what counts here */
    assert_string_equal(out, "192.168.76.0/22");
    c = cidr("2001:db8:ffff::1/33");
    c = cel_cidr_masked(&c);
    (void)cel_cidr_print(&c, out);
    assert_string_equal(out, "2001:db8:8000::/33");
    c = cidr("1.2.3.4/0");
    c = cel_cidr_masked(&c);
    assert_true(cel_ip_is_unspecified(&c.ip));
}

static void malformed_ranges_are_refused(void **state)
{
    (void)state;
    static const char *bad[] = {
        "",           "1.2.3.4",     "1.2.3.4/",     "1.2.3.4/33",        "::/129",
        "1.2.3.4/08", "1.2.3.4/+8",  "1.2.3.4/8/8",  "::1%eth/64",        "/8",
        "1.2.3.4/ 8", "1.2.3.4/256", "1.2.3.4/1000", "::ffff:1.2.3.4/24", "1.2.3.256/8"
    };
    for (size_t i = 0; i < ACT_COUNT(bad); i++) {
        cel_cidr v = { .prefix = 99 };
        if (cel_cidr_parse(act_str_cstr(bad[i]), &v) != ACT_EPARSE)
            fail_msg("%s parses", bad[i]);
        assert_int_equal(v.prefix, 99);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_print_in_canonical_form),
        cmocka_unit_test(malformed_addresses_are_refused),
        cmocka_unit_test(kinds_of_addresses_are_told_apart),
        cmocka_unit_test(ranges_contain_addresses_and_ranges_of_their_family),
        cmocka_unit_test(masking_clears_host_bits),
        cmocka_unit_test(malformed_ranges_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
