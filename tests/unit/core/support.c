#include "support.h"

#include "base/alloc.h"

#include <stdio.h>

act_arena *test_arena(void)
{
    act_arena *a = NULL;
    assert_int_equal(act_arena_new(64 << 20, 0, &a), ACT_OK);
    return a;
}

const act_json *test_json(act_arena *a, const char *text)
{
    ACT_AUTO(act_json_parser) p = NULL;
    act_str copy;
    const act_json *root = NULL;
    act_err e = ACT_ERR_INIT;
    assert_int_equal(act_json_parser_new((act_json_limits){ 0 }, &p), ACT_OK);
    assert_int_equal(act_arena_str(a, act_str_cstr(text), &copy), ACT_OK);
    if (act_json_parse(p, a, copy, 0, &root, &e) != ACT_OK)
        fail_msg("%s: %s", e.text, text);
    return root;
}

act_str test_read(const char *name)
{
    char path[512];
    int n = snprintf(path, sizeof path, "%s/%s", ACT_TEST_DATA, name);
    assert_in_range(n, 1, sizeof path - 1);
    FILE *f = fopen(path, "rb");
    if (!f)
        fail_msg("%s does not open", path);
    act_buf b = ACT_BUF_INIT;
    size_t got = 0;
    do {
        b.len += got;
        char *to = act_buf_reserve(&b, 65536);
        assert_non_null(to);
        got = fread(to, 1, 65536, f);
    } while (got > 0);
    (void)fclose(f);        /* only read from */
    return act_buf_str(&b); /* the buffer's memory is the string's now */
}
