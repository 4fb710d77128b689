/* Upper bounds: their arithmetic, sizes of values, and sums over the elements of folds. */
/* Arithmetic of upper bounds: linear in what is not known, and saturating. */
#include "cel/bound.h"

#include <math.h>

enum { OPAQUE_BYTES_MAX = 4096 }; /* what a library's value is made of: a URL, at most */

static double saturated(double x)
{
    return x < CEL_BOUND_HUGE ? x : CEL_BOUND_HUGE;
}

cel_bound cel_bound_add(cel_bound a, cel_bound b)
{
    a.c = saturated(a.c + b.c);
    for (uint32_t i = 0; i < CEL_BOUND_UNKNOWNS; i++)
        a.k[i] = saturated(a.k[i] + b.k[i]);
    return a;
}

cel_bound cel_bound_scale(cel_bound a, double factor)
{
    a.c = saturated(a.c * factor);
    for (uint32_t i = 0; i < CEL_BOUND_UNKNOWNS; i++)
        a.k[i] = saturated(a.k[i] * factor);
    return a;
}

cel_bound cel_bound_either(cel_bound a, cel_bound b)
{
    a.c = fmax(a.c, b.c);
    for (uint32_t i = 0; i < CEL_BOUND_UNKNOWNS; i++)
        a.k[i] = fmax(a.k[i], b.k[i]);
    return a;
}

/* The unknowns of the innermost fold take all values, so their mean is what counts; an
 * outer one may be at its largest in every step that is looked at. */
static double typical(const cel_unknowns *u, uint32_t i)
{
    return i / 2 + 1 == u->folds ? u->mean[i] : u->most[i];
}

cel_bound cel_bound_mul(const cel_unknowns *u, cel_bound a, cel_bound b)
{
    cel_bound r = cel_bound_of(saturated(a.c * b.c));
    for (uint32_t i = 0; i < CEL_BOUND_UNKNOWNS; i++)
        r.k[i] = saturated(a.k[i] * b.c + a.c * b.k[i]);
    for (uint32_t i = 0; i < CEL_BOUND_UNKNOWNS; i++) {
        for (uint32_t j = 0; a.k[i] > 0 && j < CEL_BOUND_UNKNOWNS; j++) {
            /* x[i] * x[j] is at most x[i] * most[j], and at most most[i] * x[j]. */
            double k = saturated(a.k[i] * b.k[j]);
            bool keep_i = u->most[j] * typical(u, i) <= u->most[i] * typical(u, j);
            uint32_t kept = keep_i ? i : j;
            r.k[kept] = saturated(r.k[kept] + k * u->most[keep_i ? j : i]);
        }
    }
    return r;
}

static double at_typical(const cel_unknowns *u, cel_bound b)
{
    double sum = b.c;
    for (uint32_t i = 0; i < CEL_BOUND_UNKNOWNS; i++)
        sum = saturated(sum + b.k[i] * typical(u, i));
    return sum;
}

cel_bound cel_bound_closer(const cel_unknowns *u, cel_bound a, cel_bound b)
{
    return at_typical(u, a) <= at_typical(u, b) ? a : b;
}

double cel_bound_most(const cel_unknowns *u, cel_bound b)
{
    double sum = b.c;
    for (uint32_t i = 0; i < CEL_BOUND_UNKNOWNS; i++)
        sum = saturated(sum + b.k[i] * u->most[i]);
    return sum;
}

/* Charges are whole numbers, so what is behind the point is not needed. The rest is far
 * more than all operations lose by rounding. */
uint64_t cel_bound_units(const cel_unknowns *u, cel_bound b)
{
    double most = cel_bound_most(u, b);
    return most >= CEL_BOUND_HUGE ? UINT64_MAX : (uint64_t)(most * (1 + 1e-9) + 1e-6);
}

/* Sizes are whole numbers: one that is m above the constant part needs f(c + m), which is
 * at most f(c) + slope * m. The slope comes from points so close together that it is at
 * most by a quarter too steep. */
cel_bound cel_bound_apply(const cel_unknowns *u, cel_bound_fn *f, void *ctx, cel_bound x)
{
    const double ratio = 1.25;
    double base = ceil(x.c);
    double most = ceil(cel_bound_most(u, x)) - base;
    if (base + most > UINT32_MAX) /* no value is that large */
        return cel_bound_of(CEL_BOUND_HUGE);
    double least = f(ctx, (uint64_t)base), slope = 0;
    for (double m = 1, next; m <= most; m = next + 1) {
        next = fmin(floor(m * ratio), most);
        slope = fmax(slope, (f(ctx, (uint64_t)(base + next)) - least) / m);
    }
    x.c = 0;
    x = cel_bound_scale(x, slope);
    x.c = saturated(least);
    return x;
}

/* ---- sizes of values ------------------------------------------------------------------
 */

cel_extent cel_extent_add(cel_extent a, cel_extent b)
{
    return (cel_extent){ cel_bound_add(a.count, b.count), cel_bound_add(a.bytes, b.bytes),
                         cel_bound_add(a.items, b.items) };
}

cel_extent cel_extent_either(cel_extent a, cel_extent b)
{
    return (cel_extent){ cel_bound_either(a.count, b.count),
                         cel_bound_either(a.bytes, b.bytes),
                         cel_bound_either(a.items, b.items) };
}

cel_extent cel_extent_part(cel_extent whole)
{
    whole.count = whole.items;
    return whole;
}

/* The recursion is as deep as the value, whose literal the parser bounds. */
cel_extent cel_extent_of(cel_value v)
{
    cel_extent e = { 0 };
    switch ((enum cel_kind)v.kind) {
    case CEL_STRING:
    case CEL_BYTES:
    case CEL_TYPE:
        e.bytes.c = v.len;
        break;
    case CEL_LIST:
        for (uint32_t i = 0; i < cel_list_count(v); i++)
            e = cel_extent_add(e, cel_extent_of(cel_list_at(v, i)));
        e.count.c = cel_list_count(v);
        e.items.c += e.count.c;
        break;
    case CEL_MAP:
        for (uint32_t i = 0; i < cel_map_count(v); i++) {
            cel_entry entry = cel_map_at(v, i);
            e = cel_extent_add(e, cel_extent_of(entry.key));
            e = cel_extent_add(e, cel_extent_of(entry.value));
        }
        e.count.c = cel_map_count(v);
        e.items.c += e.count.c;
        break;
    case CEL_OPAQUE:
        e.bytes.c = OPAQUE_BYTES_MAX;
        break;
    case CEL_OPTIONAL:
        if (!v.as.operand)
            break;
        e = cel_extent_of(*v.as.operand);
        e.items.c++;
        break;
    case CEL_NULL:
    case CEL_BOOL:
    case CEL_INT:
    case CEL_UINT:
    case CEL_DOUBLE:
    case CEL_TIMESTAMP:
    case CEL_DURATION:
    case CEL_ERROR:
    case CEL_KIND_COUNT:
        break;
    }
    return e;
}

/* ---- folds ----------------------------------------------------------------------------
 */

static cel_bound unknown(cel_unknowns *u, uint32_t i, double most, double count)
{
    cel_bound b = { 0 };
    u->most[i] = most;
    u->mean[i] = count > 1 ? most / count : most;
    b.k[i] = 1;
    return b;
}

void cel_fold_open(cel_unknowns *u, const cel_extent *range, cel_extent *retelement)
{
    double count = cel_bound_most(u, range->count);
    double bytes = cel_bound_most(u, range->bytes);
    double items = cel_bound_most(u, range->items);
    uint32_t fold = u->folds++;
    if (fold < CEL_BOUND_FOLDS) {
        retelement->bytes = unknown(u, 2 * fold, bytes, count);
        retelement->items = unknown(u, 2 * fold + 1, items, count);
    } else {
        retelement->bytes = cel_bound_of(bytes);
        retelement->items = cel_bound_of(items);
    }
    retelement->count = retelement->items;
}

void cel_fold_close(cel_unknowns *u)
{
    u->folds--;
}

cel_bound cel_fold_sum(const cel_unknowns *u, const cel_extent *range, cel_bound each)
{
    uint32_t fold = u->folds;
    cel_bound own = { 0 };
    if (fold < CEL_BOUND_FOLDS) {
        cel_bound bytes = cel_bound_scale(range->bytes, each.k[2 * fold]);
        cel_bound items = cel_bound_scale(range->items, each.k[2 * fold + 1]);
        own = cel_bound_add(bytes, items);
        each.k[2 * fold] = each.k[2 * fold + 1] = 0;
    }
    return cel_bound_add(own, cel_bound_mul(u, range->count, each));
}
