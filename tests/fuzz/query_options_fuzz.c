/* Query strings of API requests: read, or refused with a sentence or with problems. */
#include "kube/options.h"

#include <stdlib.h>

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void read_list(act_arena *a, const act_url_param *params, size_t n)
{
    act_problems problems = act_problems_in(a);
    act_list_query q = { 0 };
    act_err e = ACT_ERR_INIT;
    int r = act_list_query_read(params, n, &problems, &q, &e);
    require(r == 0 || (r == ACT_EPARSE && e.text[0]) ||
            (r == ACT_EINVAL && problems.count > 0));
    if (r)
        return;
    require(q.limit >= 0 && q.rv >= 0 && problems.count == 0);
    require(q.match == ACT_RV_MATCH_UNSET || q.continue_token.len == 0);
}

static void read_write(act_arena *a, const act_url_param *params, size_t n, bool patch)
{
    act_problems problems = act_problems_in(a);
    act_write_query q = { 0 };
    int r = act_write_query_read(params, n, patch, &problems, &q);
    require(r == 0 || problems.count > 0);
    require(r || patch || !q.force);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ACT_AUTO(act_arena) a = NULL;
    act_url_param *params = NULL;
    size_t n = 0;
    if (size > 1 << 14 || act_arena_new(16 << 20, 0, &a) ||
        act_url_query(a, act_str_from(data, size), &params, &n))
        return 0;
    read_list(a, params, n);
    read_write(a, params, n, false);
    read_write(a, params, n, true);
    return 0;
}
