/* Selectors: any text is read or refused, and what is read can be matched. */
#include "core/selector.h"

#include <stdlib.h>

static void require(bool holds)
{
    if (!holds)
        abort();
}

/* Every key has the value that is its own name. */
static bool echo(void *ctx, act_str key, act_str *ret)
{
    (void)ctx;
    *ret = key;
    return true;
}

static bool nothing(void *ctx, act_str key, act_str *ret)
{
    (void)ctx;
    (void)key;
    (void)ret;
    return false;
}

static void check(const act_selector *s)
{
    require(s->n <= ACT_SELECTOR_ITEMS_MAX);
    for (size_t i = 0; i < s->n; i++) {
        const act_requirement *r = &s->items[i];
        bool set = r->op == ACT_SEL_IN || r->op == ACT_SEL_NOTIN;
        bool bare = r->op == ACT_SEL_EXISTS || r->op == ACT_SEL_NOT_EXISTS;
        require(r->key.len > 0);
        require(set ? r->n >= 1 : r->n == (bare ? 0 : 1));
        act_selector one = { .items = r, .n = 1 };
        bool negative =
            r->op == ACT_SEL_NE || r->op == ACT_SEL_NOTIN || r->op == ACT_SEL_NOT_EXISTS;
        require(act_selector_matches(&one, nothing, NULL) == negative);
    }
    (void)act_selector_matches(s, echo, NULL); /* only that it returns */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ACT_AUTO(act_arena) a = NULL;
    if (act_arena_new(4 << 20, 0, &a))
        return 0;
    act_str in = act_str_from(data, size);
    act_selector s;
    if (act_selector_parse_fields(a, in, &s, NULL) == ACT_OK)
        check(&s);
    if (act_selector_parse_labels(a, in, &s, NULL) == ACT_OK)
        check(&s);
    return 0;
}
