#include "cel/url.h"

#include "base/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static int fresh_arena(void **state)
{
    act_arena *a;
    if (act_arena_new(1 << 16, 0, &a))
        return -1;
    *state = a;
    return 0;
}

static int drop_arena(void **state)
{
    act_arena_free(*state);
    return 0;
}

static cel_url parse(act_arena *a, const char *text)
{
    cel_url u;
    if (cel_url_parse(a, act_str_cstr(text), &u))
        fail_msg("%s does not parse", text);
    return u;
}

static void assert_str(act_str got, const char *want)
{
    if (!act_str_eq_cstr(got, want))
        fail_msg("got \"%.*s\", want \"%s\"", ACT_STR_ARG(got), want);
}

static void parts_of_a_url_are_told_apart(void **state)
{
    cel_url u = parse(*state, "HTTPS://user:p%40ss@Example.com:80/a/b?k=v#frag");
    assert_str(u.scheme, "https");
    assert_str(u.userinfo, "user:p%40ss");
    assert_str(u.host, "Example.com:80");
    assert_str(cel_url_hostname(&u), "Example.com");
    assert_str(cel_url_port(&u), "80");
    assert_str(u.path, "/a/b");
    assert_str(u.query, "k=v");
    assert_str(u.fragment, "frag");

    u = parse(*state, "https://[::1]:8080/p");
    assert_str(u.host, "[::1]:8080");
    assert_str(cel_url_hostname(&u), "::1");
    assert_str(cel_url_port(&u), "8080");

    u = parse(*state, "https://[fe80::1%25en0]/");
    assert_str(u.host, "[fe80::1%en0]");
    assert_str(cel_url_hostname(&u), "fe80::1%en0");
    assert_str(cel_url_port(&u), "");

    u = parse(*state, "https://[::ffff:10.0.0.1]/"); /* which ip() would not take */
    assert_str(cel_url_hostname(&u), "::ffff:10.0.0.1");

    u = parse(*state, "/path?x");
    assert_str(u.scheme, "");
    assert_str(u.host, "");
    assert_str(u.path, "/path");

    u = parse(*state, "mailto:a@b.c");
    assert_str(u.opaque, "a@b.c");
    assert_str(u.path, "");

    u = parse(*state, "//h.example:80/x#f"); /* a host needs no scheme */
    assert_str(u.scheme, "");
    assert_str(u.host, "h.example:80");
    assert_str(u.path, "/x");
    assert_str(u.fragment, "f");

    u = parse(*state, "///x"); /* nor is it there with one slash more */
    assert_str(u.host, "");
    assert_str(u.path, "///x");

    u = parse(*state, "*"); /* of OPTIONS */
    assert_str(u.path, "*");

    u = parse(*state, "https://host");
    assert_str(u.path, "");
}

static void paths_keep_or_get_the_escapes_they_need(void **state)
{
    static const struct {
        const char *text, *want;
    } cases[] = {
        { "https://h/with space", "/with%20space" },
        { "https://h/with%20space", "/with%20space" },
        { "https://h/a%2Fb", "/a%2Fb" },
        { "https://h/\xc3\xa9", "/%C3%A9" },
        { "https://h/(a)'!*[b]", "/(a)'!*[b]" },
        { "https://h/(a) b", "/%28a%29%20b" }, /* one bad byte re-encodes the whole */
        { "https://h/a:b@c;d,e=f+g$h&i", "/a:b@c;d,e=f+g$h&i" },
        { "https://h/\"<>", "/%22%3C%3E" },
    };
    for (size_t i = 0; i < ACT_COUNT(cases); i++)
        assert_str(parse(*state, cases[i].text).path, cases[i].want);
}

static void anything_but_uris_and_absolute_paths_is_refused(void **state)
{
    static const char *bad[] = {
        "",
        "relative",
        "./a",
        "../a",
        "a/b",
        "*x",
        "*#f",
        "//h:port/",
        "//[::1/",
        "?q",
        "#f",
        ":x",
        "://h",
        "1http://h/",
        "ht!tp://h/",
        "http://h:port/",
        "http://h:80a/",
        "http://[::1/",
        "http://[::1]x/",
        "http://[]/",
        "http://[h]/",
        "http://[10.0.0.1]/",
        "http://[1:2]/",
        "http://[::1%25]/",
        "http://[[::1]]/",
        "http://h/%zz",
        "http://h/%2",
        "http://%41/",
        "http://a b/",
        "http://a^b/",
        "http://us er@h/",
        "http://u%zz@h/",
        "http://h/\x01",
        "http://h/\x7f",
        "http://h\n",
        "http://[fe80::1%zone]/",
        "http://h#f",
        "https://h/#%zz",
    };
    for (size_t i = 0; i < ACT_COUNT(bad); i++) {
        cel_url u = { .query = ACT_STR("kept") };
        if (cel_url_parse(*state, act_str_cstr(bad[i]), &u) != ACT_EPARSE)
            fail_msg("%s parses", bad[i]);
        assert_str(u.query, "kept");
    }
}

/* What isURL() and the format uri ask is less than what a URL is. */
static void checking_takes_a_host_without_scheme_for_a_path(void **state)
{
    assert_int_equal(cel_url_check(*state, ACT_STR("https://h/p?q#f")), ACT_OK);
    assert_int_equal(cel_url_check(*state, ACT_STR("//h:port/")), ACT_OK);
    assert_int_equal(cel_url_check(*state, ACT_STR("https://h/?q#%zz")), ACT_OK);
    assert_int_equal(cel_url_check(*state, ACT_STR("https://h:port/")), ACT_EPARSE);
    assert_int_equal(cel_url_check(*state, ACT_STR("//h/%zz")), ACT_EPARSE);
    assert_int_equal(cel_url_check(*state, ACT_STR("")), ACT_EPARSE);
}

static void queries_give_pairs_and_drop_broken_ones(void **state)
{
    cel_url u = parse(*state, "https://h/?k1=a&k2=b&k1=c+d%26&bad;x=1&bad=%zz&&flag&=v");
    static const char *want[][2] = {
        { "k1", "a" }, { "k2", "b" }, { "k1", "c d&" }, { "flag", "" }, { "", "v" }
    };
    act_str key, value;
    size_t n = 0;
    int err;
    while (cel_url_next_pair(*state, &u.query, &key, &value, &err)) {
        assert_true(n < ACT_COUNT(want));
        assert_str(key, want[n][0]);
        assert_str(value, want[n][1]);
        n++;
    }
    assert_int_equal(err, ACT_OK);
    assert_int_equal(n, ACT_COUNT(want));
}

static void equality_and_text_round_trip(void **state)
{
    static const char *good[] = { "https://u:p@h.example:80/a%2Fb?q=1&r#f",
                                  "/a b?x",
                                  "x:y?z",
                                  "http://[fe80::1%25e%6e0]:1/",
                                  "x:////y",
                                  "HTTP://h",
                                  "http://\xc3\xa9.example/\xc3\xa9",
                                  "http://@h/",
                                  "x:/p",
                                  "x://h:?#'",
                                  "x://[fe80::1%25\xc2\xb5]/",
                                  "//h/x",
                                  "//@/x",
                                  "//",
                                  "//?q",
                                  "///x",
                                  "////x",
                                  "/x",
                                  "*" };
    for (size_t i = 0; i < ACT_COUNT(good); i++) {
        cel_url u = parse(*state, good[i]), again;
        act_buf out = ACT_BUF_INIT;
        cel_url_write(&u, &out);
        assert_int_equal(act_buf_err(&out), 0);
        assert_int_equal(cel_url_parse(*state, act_buf_str(&out), &again), ACT_OK);
        if (!cel_url_equal(&u, &again))
            fail_msg("%s became %.*s", good[i], ACT_STR_ARG(act_buf_str(&out)));
        act_buf_done(&out);
    }
    cel_url a = parse(*state, "HTTPS://h/p"), b = parse(*state, "https://h/p"),
            c = parse(*state, "https://h/q"), d = parse(*state, "https://h/p?");
    assert_true(cel_url_equal(&a, &b));
    assert_false(cel_url_equal(&a, &c));
    assert_false(cel_url_equal(&b, &d)); /* by their text, as Go compares them */
}

static void long_text_reaches_the_limit(void **state)
{
    static char text[CEL_URL_TEXT_MAX + 1];
    memset(text, 'a', sizeof text);
    text[0] = '/';
    cel_url u;
    assert_int_equal(cel_url_parse(*state, (act_str){ text, sizeof text }, &u), ACT_ELIMIT);
    assert_int_equal(cel_url_parse(*state, (act_str){ text, sizeof text - 1 }, &u), ACT_OK);
}

static void lack_of_memory_is_reported(void **state)
{
    (void)state;
    act_str text = ACT_STR("HTTP://[fe80::1%25e%6e0]:1/a b?x=%20#f");
    for (size_t n = 0;; n++) {
        act_arena *a;
        assert_int_equal(act_arena_new(1 << 16, 16, &a), ACT_OK);
        cel_url u;
        act_fail_after(n);
        int err = cel_url_parse(a, text, &u);
        act_fail_after(SIZE_MAX);
        act_arena_free(a);
        if (err == ACT_OK) {
            assert_true(n > 0);
            break;
        }
        assert_int_equal(err, ACT_ENOMEM);
    }
}

int main(void)
{
#define WITH_ARENA(f) cmocka_unit_test_setup_teardown(f, fresh_arena, drop_arena)
    const struct CMUnitTest tests[] = {
        WITH_ARENA(parts_of_a_url_are_told_apart),
        WITH_ARENA(paths_keep_or_get_the_escapes_they_need),
        WITH_ARENA(anything_but_uris_and_absolute_paths_is_refused),
        WITH_ARENA(checking_takes_a_host_without_scheme_for_a_path),
        WITH_ARENA(queries_give_pairs_and_drop_broken_ones),
        WITH_ARENA(equality_and_text_round_trip),
        WITH_ARENA(long_text_reaches_the_limit),
        cmocka_unit_test(lack_of_memory_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
