/* Request targets: whatever is accepted must encode and decode back to itself. */
#include "net/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok)
{
    if (!ok)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    act_arena *a;
    act_str path;
    act_str *segments;
    act_url_param *params;
    size_t n;
    if (act_arena_new(1 << 20, 0, &a))
        return 0;
    act_str query = act_str_split(act_str_from(data, size), '?', &path);
    if (act_url_segments(a, path, &segments, &n) == ACT_OK) {
        check(n <= ACT_URL_SEGMENTS_MAX);
        for (size_t i = 0; i < n; i++) {
            act_buf coded = ACT_BUF_INIT;
            act_str back = { 0 };
            act_url_encode(&coded, segments[i]);
            check(segments[i].len > 0);
            check(act_url_decode(a, act_buf_str(&coded), true, &back) == ACT_OK);
            check(act_str_eq(back, segments[i]));
            act_buf_done(&coded);
        }
    }
    if (act_url_query(a, query, &params, &n) == ACT_OK)
        check(n <= ACT_URL_PARAMS_MAX);
    act_arena_free(a);
    return 0;
}
