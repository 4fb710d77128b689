/* How far results of the libraries grow, and what bodies of functions charge. */
/* What calls do beyond the cost they announce: one small function a shape of growth. */
#include "cel/growth.h"

#include "cel/cost.h"
#include "cel/named_format.h"
#include "cel/num.h"
#include "cel/regex.h"

enum {
    NUMBER_BYTES = CEL_NUM_FIXED_MAX, /* of a number as format() shows it, at most */
    MESSAGE_BYTES = 512,              /* of one message about a named format, at most */
};

static double tenth(void *ctx, uint64_t n)
{
    (void)ctx;
    return (double)cel_cost_tenth_of(n);
}

static double quick(void *ctx, uint64_t n)
{
    (void)ctx;
    return (double)(n >> CEL_COST_QUICK_SHIFT);
}

static void charge(cel_growth *g, cel_bound units)
{
    g->charged = cel_bound_add(g->charged, units);
}

static void charge_tenth(cel_growth *g, cel_bound size)
{
    charge(g, cel_bound_apply(g->unknowns, tenth, NULL, size));
}

static cel_bound plus(cel_bound a, double c)
{
    return cel_bound_add(a, cel_bound_of(c));
}

static cel_bound times(const cel_growth *g, cel_bound a, cel_bound b)
{
    return cel_bound_mul(g->unknowns, a, b);
}

/* A string of at most @bytes, which the limits of the library cut short. */
static void string_result(cel_growth *g, cel_bound bytes)
{
    g->result = (cel_extent){ .bytes = cel_string_bound(g->unknowns, g->limits, bytes) };
}

/* A list of parts of args[0], as many as there are places in it. */
static void pieces_result(cel_growth *g)
{
    cel_bound most = cel_bound_of(g->limits->collection);
    cel_bound pieces = cel_bound_closer(g->unknowns, plus(g->args[0].bytes, 1), most);
    charge(g, plus(g->args[0].bytes, 1)); /* some are charged before there are too many */
    g->result = (cel_extent){ pieces, g->args[0].bytes, pieces };
}

cel_bound cel_string_bound(const cel_unknowns *u, const cel_limits *limits, cel_bound v)
{
    return cel_bound_closer(u, v, cel_bound_of(limits->string_bytes));
}

/* A value's own step, and a look for its key when maps have another order. */
static double compare_items(void *ctx, uint64_t n)
{
    (void)ctx;
    return (double)n + (double)n * (double)cel_cost_scan(n);
}

cel_bound cel_equality_work(const cel_unknowns *u, cel_extent v)
{
    return cel_bound_add(cel_bound_scale(v.bytes, 0.1),
                         cel_bound_apply(u, compare_items, NULL, v.items));
}

/* ---- times and patterns ---------------------------------------------------------------
 */

void cel_grows_zone(cel_growth *g)
{
    charge(g, cel_bound_of(CEL_COST_ZONE));
}

/* Compiling is charged by the size of the program, as cel_call_regex() does. */
static double pattern_size(const cel_growth *g)
{
    double size = 2.0 * g->limits->regex_program;
    cel_regex_limits limits = cel_limits_of_regex(g->limits);
    cel_regex *re = NULL;
    if (!g->constant[1] || g->constant[1]->kind != CEL_STRING)
        return size;
    if (cel_regex_compile(cel_value_str(*g->constant[1]), &limits, &re, NULL))
        return size;
    size = cel_regex_size(re);
    cel_regex_free(re);
    return size;
}

void cel_grows_pattern(cel_growth *g)
{
    charge(g, cel_bound_of(pattern_size(g) * CEL_COST_PATTERN));
}

void cel_grows_pattern_list(cel_growth *g)
{
    cel_grows_pattern(g);
    pieces_result(g);
}

/* Each place may get the replacement, in which each second byte may stand for the match. */
void cel_grows_pattern_replace(cel_growth *g)
{
    cel_bound text = g->args[0].bytes, replacement = plus(g->args[2].bytes, 1);
    cel_grows_pattern(g);
    string_result(
        g, cel_bound_add(text, times(g, plus(cel_bound_scale(text, 2), 1), replacement)));
    charge_tenth(g, g->result.bytes);
}

/* ---- texts ----------------------------------------------------------------------------
 */

void cel_grows_replace(cel_growth *g)
{
    cel_bound text = g->args[0].bytes;
    string_result(g, cel_bound_add(text, times(g, plus(text, 1), g->args[2].bytes)));
    charge_tenth(g, g->result.bytes);
}

void cel_grows_split(cel_growth *g)
{
    pieces_result(g);
}

void cel_grows_join(cel_growth *g)
{
    cel_bound bytes = g->args[0].bytes;
    if (g->argc > 1)
        bytes = cel_bound_add(bytes, times(g, g->args[0].count, g->args[1].bytes));
    string_result(g, bytes);
    charge_tenth(g, g->result.bytes);
}

/* Each value in the list is shown once: a number in so many digits, a byte as at most
 * three. A clause may ask for as many digits as the precision allows. */
void cel_grows_format(cel_growth *g)
{
    cel_bound shown = cel_bound_add(cel_bound_scale(g->args[1].bytes, 3),
                                    cel_bound_scale(g->args[1].items, NUMBER_BYTES));
    string_result(g, cel_bound_add(g->args[0].bytes, shown));
    charge(g, cel_bound_scale(g->args[1].items, 2)); /* values, and keys */
    charge(g, cel_bound_scale(g->args[1].count, g->limits->format_precision));
    charge_tenth(g, g->result.bytes);
}

void cel_grows_escaped(cel_growth *g)
{
    string_result(g, plus(cel_bound_scale(g->args[0].bytes, 2), 4));
}

void cel_grows_repaired(cel_growth *g)
{
    string_result(g, cel_bound_scale(g->args[0].bytes, 3));
}

/* The n-th pair is compared with those before it, for a tenth of a unit each. */
static double compare_pairs(void *ctx, uint64_t n)
{
    (void)ctx;
    return (double)n * (double)cel_cost_tenth_of(n);
}

void cel_grows_query(cel_growth *g)
{
    cel_bound url =
        cel_bound_closer(g->unknowns, g->args[0].bytes, cel_bound_of(g->limits->url_bytes));
    cel_bound pairs = plus(url, 1);
    charge(g, cel_bound_apply(g->unknowns, compare_pairs, NULL, pairs));
    g->result = (cel_extent){ pairs, cel_bound_scale(url, 3), cel_bound_scale(pairs, 3) };
}

void cel_grows_messages(cel_growth *g)
{
    g->result = (cel_extent){ .count.c = CEL_FORMAT_MESSAGES_MAX,
                              .bytes.c = CEL_FORMAT_MESSAGES_MAX * MESSAGE_BYTES,
                              .items.c = CEL_FORMAT_MESSAGES_MAX + 1 };
}

/* ---- lists ----------------------------------------------------------------------------
 */

void cel_grows_flatten(cel_growth *g)
{
    charge(g, g->args[0].items);
}

void cel_grows_distinct(cel_growth *g)
{
    cel_bound all = cel_equality_work(g->unknowns, g->args[0]);
    charge(g, times(g, g->args[0].count, all));
}

void cel_grows_range(cel_growth *g)
{
    double most = g->limits->collection;
    const cel_value *n = g->constant[0];
    if (n && n->kind == CEL_INT && n->as.i64 < g->limits->collection)
        most = n->as.i64 > 0 ? (double)n->as.i64 : 0;
    charge(g, cel_bound_of(most));
    g->result = (cel_extent){ .count.c = most, .items.c = most };
}

/* In each round of the sort, each item is the shorter one at most once. */
void cel_grows_sort(cel_growth *g)
{
    double count = cel_bound_most(g->unknowns, g->args[0].count), rounds = 0;
    for (double run = 1; run < count; run *= 2)
        rounds++;
    cel_bound keys = cel_bound_apply(g->unknowns, quick, NULL, g->args[g->argc - 1].bytes);
    charge(g, cel_bound_scale(keys, rounds));
    g->result = cel_extent_part(g->args[0]);
}

void cel_grows_order(cel_growth *g)
{
    charge(g, cel_bound_apply(g->unknowns, quick, NULL, g->args[0].bytes));
}

void cel_grows_find(cel_growth *g)
{
    const cel_extent *list = &g->args[0];
    cel_bound each = cel_equality_work(g->unknowns, g->args[1]);
    charge(g, cel_bound_closer(g->unknowns, cel_equality_work(g->unknowns, *list),
                               times(g, plus(list->count, 1), each)));
}

/* Twice: sets.equivalent() looks from both sides. */
void cel_grows_sets(cel_growth *g)
{
    const cel_extent *a = &g->args[0], *b = &g->args[1];
    cel_bound from_a = times(g, a->count, cel_equality_work(g->unknowns, *b));
    cel_bound from_b = times(g, b->count, cel_equality_work(g->unknowns, *a));
    charge(g, cel_bound_scale(cel_bound_closer(g->unknowns, from_a, from_b), 2));
}
