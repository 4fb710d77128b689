/* Selectors: any text is read or refused, and what is read can be matched: each requirement
 * against its opposite, and all together as each alone. */
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

static bool holds_for_echo(const act_requirement *r)
{
    act_selector one = { .items = r, .n = 1 };
    return act_selector_matches(&one, echo, NULL);
}

/* The same key and values with the opposite operator; false: it has none. */
static bool opposite_of(const act_requirement *r, act_requirement *ret)
{
    static const enum act_selector_op pairs[][2] = {
        { ACT_SEL_EQ, ACT_SEL_NE },
        { ACT_SEL_IN, ACT_SEL_NOTIN },
        { ACT_SEL_EXISTS, ACT_SEL_NOT_EXISTS },
    };
    *ret = *r;
    for (size_t i = 0; i < ACT_COUNT(pairs); i++) {
        if (r->op == pairs[i][0] || r->op == pairs[i][1]) {
            ret->op = pairs[i][r->op == pairs[i][0]];
            return true;
        }
    }
    return false;
}

static void check(const act_selector *s)
{
    bool all = true;
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
        act_requirement other;
        bool holds = holds_for_echo(r);
        require(!opposite_of(r, &other) || holds_for_echo(&other) == !holds);
        all = all && holds;
    }
    require(act_selector_matches(s, echo, NULL) == all);
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
