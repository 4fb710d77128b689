/* Zones: from files made here, so that the system's zone package is not needed, and from
 * the system's where it is installed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "cel/time.h"
#include "cel/tz.h"
#include "cel/tz_rule.h"

#include <time.h>
#include <unistd.h>

static int64_t at(const char *text)
{
    cel_time t;
    assert_int_equal(cel_time_parse(act_str_cstr(text), &t), 0);
    return t.seconds;
}

static void be(act_buf *b, uint64_t v, int bytes)
{
    for (int i = bytes - 1; i >= 0; i--)
        act_buf_add_byte(b, (char)(v >> (8 * i)));
}

/* A version 2 file: +1 h until 1980, +2 h (summer) until 1990, +1 h, then @rule. */
static act_buf make_file(const char *rule)
{
    act_buf b = ACT_BUF_INIT;
    for (int version = 0; version < 2; version++) {
        act_buf_add(&b, ACT_STR("TZif2"));
        for (int i = 0; i < 15; i++)
            act_buf_add_byte(&b, 0);
        uint32_t times = version ? 2 : 0;
        uint32_t counts[] = { 0, 0, 0, times, 2, 8 };
        for (int i = 0; i < 6; i++)
            be(&b, counts[i], 4);
        if (version) {
            be(&b, (uint64_t)at("1980-01-01T00:00:00Z"), 8);
            be(&b, (uint64_t)at("1990-01-01T00:00:00Z"), 8);
            be(&b, 1, 1);
            be(&b, 0, 1);
        }
        be(&b, 3600, 4);
        be(&b, 0, 2);
        be(&b, 7200, 4);
        be(&b, 0x0104, 2);
        act_buf_add(&b, act_str_from("AAA\0BBB", 8));
    }
    act_buf_printf(&b, "\n%s\n", rule);
    return b;
}

static void transitions_and_footer_decide(void **state)
{
    (void)state;
    act_buf file = make_file("CET-1CEST,M3.5.0,M10.5.0/3");
    cel_zone *z;
    assert_int_equal(cel_zone_parse(act_buf_str(&file), &z), 0);
    assert_int_equal(cel_zone_offset(z, at("1950-01-01T00:00:00Z")), 3600);
    assert_int_equal(cel_zone_offset(z, at("1980-01-01T00:00:00Z")), 7200);
    assert_int_equal(cel_zone_offset(z, at("1989-12-31T23:59:59Z")), 7200);
    assert_int_equal(cel_zone_offset(z, at("2024-03-31T00:59:59Z")), 3600);
    assert_int_equal(cel_zone_offset(z, at("2024-03-31T01:00:00Z")), 7200);
    assert_int_equal(cel_zone_offset(z, at("2024-10-27T00:59:59Z")), 7200);
    assert_int_equal(cel_zone_offset(z, at("2024-10-27T01:00:00Z")), 3600);
    assert_int_equal(cel_zone_offset(z, at("9999-07-01T00:00:00Z")), 7200);
    cel_zone_free(z);
    act_buf_done(&file);
}

static void rules_of_both_hemispheres_work(void **state)
{
    (void)state;
    cel_tz_rule r;
    assert_int_equal(cel_tz_rule_parse(ACT_STR("AEST-10AEDT,M10.1.0,M4.1.0/3"), &r), 0);
    assert_int_equal(cel_tz_rule_offset(&r, at("2024-01-15T00:00:00Z")), 39600);
    assert_int_equal(cel_tz_rule_offset(&r, at("2024-07-15T00:00:00Z")), 36000);
    assert_int_equal(cel_tz_rule_parse(ACT_STR("NST3:30NDT,M3.2.0,M11.1.0"), &r), 0);
    assert_int_equal(cel_tz_rule_offset(&r, at("2024-01-15T00:00:00Z")), -12600);
    assert_int_equal(cel_tz_rule_offset(&r, at("2024-07-15T00:00:00Z")), -9000);
    assert_int_equal(cel_tz_rule_parse(ACT_STR("<+0545>-5:45"), &r), 0);
    assert_int_equal(cel_tz_rule_offset(&r, 0), 20700);
    assert_int_equal(cel_tz_rule_parse(ACT_STR("XXX0YYY,J60/0,300/-1:30:15"), &r), 0);
    assert_int_equal(cel_tz_rule_offset(&r, at("2024-03-01T00:00:00Z")), 3600);
    assert_int_equal(cel_tz_rule_offset(&r, at("2024-02-29T23:59:59Z")), 0);
    static const char *const bad[] = { "",
                                       "X",
                                       "CET",
                                       "CET-1CEST",
                                       "CET-1CEST,M13.1.0,M10.1.0",
                                       "CET-1CEST,M3.5.0",
                                       "CET-1CEST,M3.5.0,M10.5.0/3x",
                                       "<CET-1",
                                       "CET-1CEST,J0,J2",
                                       "CET-200" };
    for (size_t i = 0; i < ACT_COUNT(bad); i++)
        if (cel_tz_rule_parse(act_str_cstr(bad[i]), &r) != ACT_EPARSE)
            fail_msg("%s was read", bad[i]);
}

static void damaged_files_are_told(void **state)
{
    (void)state;
    act_buf file = make_file("CET-1");
    cel_zone *z;
    for (size_t n = 0; n < file.len; n++) { /* cut anywhere: an error, or a shorter rule */
        char *copy = malloc(n + 1);
        memcpy(copy, file.ptr, n);
        int err = cel_zone_parse(act_str_from(copy, n), &z);
        if (!err)
            cel_zone_free(z);
        else
            assert_int_equal(err, ACT_ECORRUPT);
        free(copy);
    }
    for (size_t n = 0; n < file.len; n++) { /* any byte wrong: no crash */
        char was = file.ptr[n];
        file.ptr[n] = (char)0xff;
        if (cel_zone_parse(act_buf_str(&file), &z) == 0) {
            (void)cel_zone_offset(z, 0);
            (void)cel_zone_offset(z, CEL_TIME_MAX_S);
            cel_zone_free(z);
        }
        file.ptr[n] = was;
    }
    act_fail_after(0);
    assert_int_equal(cel_zone_parse(act_buf_str(&file), &z), ACT_ENOMEM);
    act_fail_after(SIZE_MAX);
    act_buf_done(&file);
}

static void names_stay_in_their_folder(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",    "/etc/passwd",          "../etc/passwd", "Europe/../x",
        "a b", "Europe/Ber\xc3\xbcin", "a\nb"
    };
    cel_zone *z;
    for (size_t i = 0; i < ACT_COUNT(bad); i++)
        assert_int_equal(cel_zone_load("/tmp", act_str_cstr(bad[i]), &z), ACT_EINVAL);
    assert_int_equal(cel_zone_load("/tmp", ACT_STR("No/Such_Zone"), &z), ACT_ENOTFOUND);
}

static void offsets_are_read(void **state)
{
    (void)state;
    int32_t s = 7;
    assert_int_equal(cel_zone_fixed(ACT_STR("+02:30"), &s), 0);
    assert_int_equal(s, 9000);
    assert_int_equal(cel_zone_fixed(ACT_STR("-00:30"), &s), 0);
    assert_int_equal(s, -1800);
    assert_int_equal(cel_zone_fixed(ACT_STR("23:59"), &s), 0);
    assert_int_equal(s, 86340);
    static const char *const bad[] = { "",      "2:30", "+2:30", "24:00",
                                       "02:60", "0230", "02:3a", "+-2:30" };
    for (size_t i = 0; i < ACT_COUNT(bad); i++)
        assert_int_equal(cel_zone_fixed(act_str_cstr(bad[i]), &s), ACT_EPARSE);
}

/* Write CEL_ZONES_MAX + 8 zone files and read all of them twice through one cache. */
static void full_cache_lets_the_oldest_go(void **state)
{
    (void)state;
    char dir[] = "/tmp/act_tz_XXXXXX";
    assert_non_null(mkdtemp(dir));
    act_buf file = make_file("CET-1");
    char path[128];
    for (int i = 0; i < CEL_ZONES_MAX + 8; i++) {
        snprintf(path, sizeof path, "%s/Z%d", dir, i);
        FILE *f = fopen(path, "w");
        assert_non_null(f);
        fwrite(file.ptr, 1, file.len, f);
        fclose(f);
    }
    cel_zones *zs;
    const cel_zone *z;
    assert_int_equal(cel_zones_new(dir, CEL_ZONES_MAX, &zs), 0);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < CEL_ZONES_MAX + 8; i++) {
            snprintf(path, sizeof path, "Z%d", i);
            assert_int_equal(cel_zones_get(zs, act_str_cstr(path), &z), 0);
            assert_int_equal(cel_zone_offset(z, at("2024-01-01T00:00:00Z")), 3600);
        }
    }
    cel_zones_free(zs);
    for (int i = 0; i < CEL_ZONES_MAX + 8; i++) {
        snprintf(path, sizeof path, "%s/Z%d", dir, i);
        unlink(path);
    }
    rmdir(dir);
    act_buf_done(&file);
}

static void system_zones_agree_with_libc(void **state)
{
    (void)state;
    static const char *const names[] = { "Europe/Berlin",    "Australia/Sydney",
                                         "America/St_Johns", "Asia/Kathmandu",
                                         "America/New_York", "UTC" };
    for (size_t i = 0; i < ACT_COUNT(names); i++) {
        cel_zone *z;
        if (cel_zone_load(CEL_ZONE_DIR, act_str_cstr(names[i]), &z)) {
            print_message("%s is not installed, skipped\n", names[i]);
            continue;
        }
        setenv("TZ", names[i], 1);
        tzset();
        for (int64_t s = at("1900-01-01T00:00:00Z"); s < at("2200-01-01T00:00:00Z");
             s += 86400 * 11 + 3601) {
            time_t t = s;
            struct tm tm;
            localtime_r(&t, &tm);
            if (cel_zone_offset(z, s) != tm.tm_gmtoff)
                fail_msg("%s at %lld: %d, libc has %ld", names[i], (long long)s,
                         cel_zone_offset(z, s), tm.tm_gmtoff);
        }
        cel_zone_free(z);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(transitions_and_footer_decide),
        cmocka_unit_test(rules_of_both_hemispheres_work),
        cmocka_unit_test(damaged_files_are_told),
        cmocka_unit_test(names_stay_in_their_folder),
        cmocka_unit_test(offsets_are_read),
        cmocka_unit_test(full_cache_lets_the_oldest_go),
        cmocka_unit_test(system_zones_agree_with_libc),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
