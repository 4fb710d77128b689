/* The dispatch of rules: what each asks of the verb or reason, and a table by the texts. */
#include "core/rule_dispatch.h"

#include "cel/ast.h"

enum { TEXTS_MAX = 16 }; /* that one rule may ask for; one with more is asked always */

/* The texts without which an expression is not true; @any: nothing is known. */
typedef struct {
    bool any;
    uint32_t n;
    act_str texts[TEXTS_MAX];
} condition;

typedef struct {
    act_str text;
    act_rule_bits rules;
} entry;

struct act_rule_dispatch {
    act_rule_bits all, others; /* others: for texts that no rule asks for */
    size_t n;
    entry *entries;
};

static act_rule_bits with(act_rule_bits bits, size_t i)
{
    bits.words[i / 64] |= UINT64_C(1) << (i % 64);
    return bits;
}

act_str act_rule_dispatch_key(enum act_rule_kind kind)
{
    return kind == ACT_RULE_AUDIT ? ACT_STR("verb") : ACT_STR("reason");
}

/* ---- what a rule asks for ------------------------------------------------------------ */

static bool holds(const condition *c, act_str text)
{
    for (uint32_t i = 0; i < c->n; i++)
        if (act_str_eq(c->texts[i], text))
            return true;
    return false;
}

static void add_text(condition *c, act_str text)
{
    if (c->any || holds(c, text))
        return;
    if (c->n == TEXTS_MAX)
        c->any = true;
    else
        c->texts[c->n++] = text;
}

/* audit.verb, audit['verb'] */
static bool is_key(const cel_node *n, act_str key)
{
    const cel_node *record = NULL;
    if (n->kind == CEL_NODE_SELECT && !n->as.select.test_only &&
        act_str_eq(n->as.select.field, key))
        record = n->as.select.operand;
    else if (cel_node_is_call(n, "_[_]", 2) && n->as.call.args[1]->kind == CEL_NODE_CONST &&
             n->as.call.args[1]->as.constant.kind == CEL_STRING &&
             act_str_eq(cel_value_str(n->as.call.args[1]->as.constant), key))
        record = n->as.call.args[0];
    return record && record->kind == CEL_NODE_IDENT &&
           record->as.ident.ref == CEL_REF_VAR &&
           record->as.ident.index == ACT_RULE_VAR_RECORD;
}

/* A constant that is no text equals no text: nothing to add. */
static bool add_constant(condition *c, const cel_node *n)
{
    if (n->kind != CEL_NODE_CONST)
        return false;
    if (n->as.constant.kind == CEL_STRING)
        add_text(c, cel_value_str(n->as.constant));
    return true;
}

static condition of_equality(const cel_node *n, act_str key)
{
    const cel_node *a = n->as.call.args[0], *b = n->as.call.args[1];
    condition c = { 0 };
    c.any = !(is_key(a, key) && add_constant(&c, b)) &&
            !(is_key(b, key) && add_constant(&c, a));
    return c;
}

static condition of_membership(const cel_node *n, act_str key)
{
    const cel_node *list = n->as.call.args[1];
    condition c = { .any = !is_key(n->as.call.args[0], key) ||
                           list->kind != CEL_NODE_LIST || list->as.list.optional };
    for (uint32_t i = 0; !c.any && i < list->as.list.count; i++)
        if (!add_constant(&c, list->as.list.items[i]))
            c.any = true;
    return c;
}

/* Depth is that of the tree, which the parser bounds. */
static condition condition_of(const cel_node *n, act_str key);

static condition of_and(const cel_node *n, act_str key)
{
    condition a = condition_of(n->as.call.args[0], key);
    condition b = condition_of(n->as.call.args[1], key);
    if (a.any || b.any)
        return a.any ? b : a;
    condition both = { 0 };
    for (uint32_t i = 0; i < a.n; i++)
        if (holds(&b, a.texts[i]))
            add_text(&both, a.texts[i]);
    return both;
}

static condition of_or(const cel_node *n, act_str key)
{
    condition either = condition_of(n->as.call.args[0], key);
    condition b = condition_of(n->as.call.args[1], key);
    either.any = either.any || b.any;
    for (uint32_t i = 0; i < b.n; i++)
        add_text(&either, b.texts[i]);
    return either;
}

static condition condition_of(const cel_node *n, act_str key)
{
    if (cel_node_is_call(n, "_&&_", 2))
        return of_and(n, key);
    if (cel_node_is_call(n, "_||_", 2))
        return of_or(n, key);
    if (cel_node_is_call(n, "_==_", 2))
        return of_equality(n, key);
    if (cel_node_is_call(n, "@in", 2))
        return of_membership(n, key);
    return (condition){ .any = true };
}

/* ---- the table ----------------------------------------------------------------------- */

/* Place of @text among the entries, which are in order; of the first beyond it if it is not
 * there. */
static size_t place(const act_rule_dispatch *d, act_str text)
{
    size_t low = 0;
    for (size_t high = d->n; low < high;) {
        size_t middle = low + (high - low) / 2;
        if (act_str_cmp(d->entries[middle].text, text) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_at(const act_rule_dispatch *d, size_t i, act_str text)
{
    return i < d->n && act_str_eq(d->entries[i].text, text);
}

/* Rules before this one, which ask for anything, are in a new entry from the start. */
static int insert(act_rule_dispatch *d, act_arena *a, size_t at, act_str text)
{
    entry *more = act_arena_make_n(a, entry, d->n + 1);
    if (!more)
        return ACT_ENOMEM;
    int err = act_arena_str(a, text, &more[at].text);
    if (err)
        return err;
    more[at].rules = d->others;
    for (size_t i = 0; i < d->n; i++)
        more[i < at ? i : i + 1] = d->entries[i];
    d->entries = more;
    d->n++;
    return ACT_OK;
}

static int add_rule(act_rule_dispatch *d, act_arena *a, size_t rule, const condition *c)
{
    d->all = with(d->all, rule);
    if (c->any) {
        d->others = with(d->others, rule);
        for (size_t i = 0; i < d->n; i++)
            d->entries[i].rules = with(d->entries[i].rules, rule);
        return ACT_OK;
    }
    for (uint32_t i = 0; i < c->n; i++) {
        size_t at = place(d, c->texts[i]);
        int err = is_at(d, at, c->texts[i]) ? ACT_OK : insert(d, a, at, c->texts[i]);
        if (err)
            return err;
        d->entries[at].rules = with(d->entries[at].rules, rule);
    }
    return ACT_OK;
}

int act_rule_dispatch_new(const act_rule_env *env, enum act_rule_kind kind,
                          const act_str *sources, size_t n, act_arena *a,
                          const act_rule_dispatch **ret)
{
    assert(n <= ACT_DISPATCH_RULES_MAX);
    act_rule_dispatch *d = act_arena_make(a, act_rule_dispatch);
    if (!d)
        return ACT_ENOMEM;
    *d = (act_rule_dispatch){ 0 };
    for (size_t i = 0; i < n; i++) {
        ACT_AUTO(cel_program) p = NULL;
        int err = cel_compile(act_rule_env_cel(env, kind), sources[i],
                              CEL_COMPILE_CHECK_ONLY, NULL, NULL, &p);
        if (err)
            return err;
        condition c = condition_of(cel_program_ast(p), act_rule_dispatch_key(kind));
        err = add_rule(d, a, i, &c);
        if (err)
            return err;
    }
    *ret = d;
    return ACT_OK;
}

act_rule_bits act_rule_dispatch_find(const act_rule_dispatch *d, act_str text)
{
    if (!text.ptr)
        return d->all;
    size_t at = place(d, text);
    return is_at(d, at, text) ? d->entries[at].rules : d->others;
}
