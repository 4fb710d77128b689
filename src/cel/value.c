/* Values: kinds, equality, order, hashes, lists and optionals. */
#include "cel/value.h"
#include "cel/cost.h"
#include "cel/eval.h"
#include "cel/num.h"
#include "cel/time.h"
#include "cel/utf8.h"

#include <math.h>

enum { EQUAL_DEPTH_MAX = 1000 }; /* JSON nests 128 deep, expressions 512 */

const char *cel_error_text(enum cel_error_kind kind)
{
    static const char *const texts[] = {
#define CEL_ERROR_TEXT(name, text) text,
        CEL_ERROR_KINDS(CEL_ERROR_TEXT)
#undef CEL_ERROR_TEXT
    };
    return (size_t)kind < ACT_COUNT(texts) ? texts[kind] : "unknown error";
}

cel_value cel_json(const act_json *node, bool json_int)
{
    uint8_t flags = json_int ? CEL_V_JSON | CEL_V_JSON_INT : CEL_V_JSON;
    switch ((enum act_json_type)node->type) {
    case ACT_JSON_NULL:
        return cel_null();
    case ACT_JSON_BOOL:
        return cel_bool(node->as.boolean);
    case ACT_JSON_INT:
        return json_int ? cel_int(node->as.i64) : cel_double((double)node->as.i64);
    case ACT_JSON_UINT:
        return cel_double((double)node->as.u64);
    case ACT_JSON_DOUBLE:
        return cel_double(node->as.f64);
    case ACT_JSON_STRING:
        return cel_string(node->as.string);
    case ACT_JSON_ARRAY:
        return (cel_value){ .kind = CEL_LIST, .flags = flags, .as.json = node };
    case ACT_JSON_OBJECT:
        return (cel_value){ .kind = CEL_MAP, .flags = flags, .as.json = node };
    }
    return cel_null();
}

act_str cel_value_type_name(cel_value v)
{
    switch ((enum cel_kind)v.kind) {
    case CEL_NULL:
        return ACT_STR("null_type");
    case CEL_BOOL:
        return ACT_STR("bool");
    case CEL_INT:
        return ACT_STR("int");
    case CEL_UINT:
        return ACT_STR("uint");
    case CEL_DOUBLE:
        return ACT_STR("double");
    case CEL_STRING:
        return ACT_STR("string");
    case CEL_BYTES:
        return ACT_STR("bytes");
    case CEL_LIST:
        return ACT_STR("list");
    case CEL_MAP:
        return ACT_STR("map");
    case CEL_TIMESTAMP:
        return ACT_STR("google.protobuf.Timestamp");
    case CEL_DURATION:
        return ACT_STR("google.protobuf.Duration");
    case CEL_TYPE:
        return ACT_STR("type");
    case CEL_OPTIONAL:
        return ACT_STR("optional_type");
    case CEL_OPAQUE:
        return act_str_cstr(v.as.opaque->type->name);
    case CEL_ERROR:
    case CEL_KIND_COUNT:
        break;
    }
    return ACT_STR("error");
}

/* ---- lists, optionals, strings --------------------------------------------------------
 */

cel_value cel_list_of(act_arena *a, const cel_value *items, uint32_t count)
{
    struct cel_list *list = act_arena_make(a, struct cel_list);
    if (!list)
        return cel_error(CEL_E_MEMORY_LIMIT, 0, NULL);
    *list = (struct cel_list){ count, items };
    return (cel_value){ .kind = CEL_LIST, .as.list = list };
}

uint32_t cel_list_count(cel_value list)
{
    if (!(list.flags & CEL_V_JSON))
        return list.as.list->count;
    size_t n;
    (void)act_json_items(list.as.json, &n); /* only the count is wanted */
    return (uint32_t)n;
}

cel_value cel_list_at(cel_value list, uint32_t i)
{
    if (!(list.flags & CEL_V_JSON))
        return list.as.list->items[i];
    size_t n;
    const act_json *items = act_json_items(list.as.json, &n);
    return cel_json(&items[i], list.flags & CEL_V_JSON_INT);
}

cel_value cel_optional_of(act_arena *a, cel_value v)
{
    cel_value *copy = act_arena_make(a, cel_value);
    if (!copy)
        return cel_error(CEL_E_MEMORY_LIMIT, 0, NULL);
    *copy = v;
    return cel_optional(copy);
}

uint32_t cel_string_size(cel_value s)
{
    return (uint32_t)cel_utf8_count(cel_value_str(s));
}

/* ---- equality -------------------------------------------------------------------------
 */

static bool is_number(uint8_t kind)
{
    return kind == CEL_INT || kind == CEL_UINT || kind == CEL_DOUBLE;
}

/* Order of two numbers on one line. False when one is NaN. */
static bool compare_numbers(cel_value a, cel_value b, int *ret)
{
    if ((a.kind == CEL_DOUBLE && isnan(a.as.f64)) ||
        (b.kind == CEL_DOUBLE && isnan(b.as.f64)))
        return false;
    switch (a.kind * CEL_KIND_COUNT + b.kind) {
    case CEL_INT *CEL_KIND_COUNT + CEL_INT:
        *ret = (a.as.i64 > b.as.i64) - (a.as.i64 < b.as.i64);
        break;
    case CEL_INT *CEL_KIND_COUNT + CEL_UINT:
        *ret = cel_num_cmp_int_uint(a.as.i64, b.as.u64);
        break;
    case CEL_INT *CEL_KIND_COUNT + CEL_DOUBLE:
        *ret = cel_num_cmp_int_double(a.as.i64, b.as.f64);
        break;
    case CEL_UINT *CEL_KIND_COUNT + CEL_INT:
        *ret = -cel_num_cmp_int_uint(b.as.i64, a.as.u64);
        break;
    case CEL_UINT *CEL_KIND_COUNT + CEL_UINT:
        *ret = (a.as.u64 > b.as.u64) - (a.as.u64 < b.as.u64);
        break;
    case CEL_UINT *CEL_KIND_COUNT + CEL_DOUBLE:
        *ret = cel_num_cmp_uint_double(a.as.u64, b.as.f64);
        break;
    case CEL_DOUBLE *CEL_KIND_COUNT + CEL_INT:
        *ret = -cel_num_cmp_int_double(b.as.i64, a.as.f64);
        break;
    case CEL_DOUBLE *CEL_KIND_COUNT + CEL_UINT:
        *ret = -cel_num_cmp_uint_double(b.as.u64, a.as.f64);
        break;
    default:
        *ret = (a.as.f64 > b.as.f64) - (a.as.f64 < b.as.f64);
        break;
    }
    return true;
}

typedef struct {
    uint64_t work, most; /* done so far; where to give up */
    uint32_t depth;
} equality;

static bool equal(cel_value a, cel_value b, equality *e);

static bool equal_lists(cel_value a, cel_value b, equality *e)
{
    uint32_t n = cel_list_count(a);
    if (n != cel_list_count(b))
        return false;
    for (uint32_t i = 0; i < n; i++)
        if (!equal(cel_list_at(a, i), cel_list_at(b, i), e))
            return false;
    return true;
}

static bool equal_maps(cel_value a, cel_value b, equality *e)
{
    uint32_t n = cel_map_count(a);
    if (n != cel_map_count(b))
        return false;
    for (uint32_t i = 0; i < n; i++) {
        cel_entry mine = cel_map_at(a, i);
        cel_entry same_place = cel_map_at(b, i); /* the usual case: same order */
        cel_value found = same_place.value;
        bool ordered = mine.key.kind == CEL_STRING && same_place.key.kind == CEL_STRING &&
                       act_str_eq(cel_value_str(mine.key), cel_value_str(same_place.key));
        if (!ordered) {
            e->work += cel_cost_scan(n);
            if (!cel_map_find(b, mine.key, &found))
                return false;
        }
        if (!equal(mine.value, found, e))
            return false;
    }
    return true;
}

static bool equal_nested(cel_value a, cel_value b, equality *e)
{
    if (e->depth == EQUAL_DEPTH_MAX)
        return false;
    e->depth++;
    bool same;
    if (a.kind == CEL_LIST)
        same = equal_lists(a, b, e);
    else if (a.kind == CEL_MAP)
        same = equal_maps(a, b, e);
    else if (!a.as.operand || !b.as.operand)
        same = a.as.operand == b.as.operand;
    else
        same = equal(*a.as.operand, *b.as.operand, e);
    e->depth--;
    return same;
}

static bool equal(cel_value a, cel_value b, equality *e)
{
    if (++e->work > e->most)
        return false;
    if (a.kind != b.kind || a.kind == CEL_DOUBLE) {
        int order;
        return is_number(a.kind) && is_number(b.kind) && compare_numbers(a, b, &order) &&
               order == 0;
    }
    switch ((enum cel_kind)a.kind) {
    case CEL_NULL:
        return true;
    case CEL_BOOL:
        return a.as.boolean == b.as.boolean;
    case CEL_INT:
    case CEL_UINT:
    case CEL_DURATION:
        return a.as.u64 == b.as.u64;
    case CEL_TIMESTAMP:
        return a.as.i64 == b.as.i64 && a.len == b.len;
    case CEL_STRING:
    case CEL_BYTES:
    case CEL_TYPE:
        if (a.len != b.len)
            return false;
        e->work += a.len / 10;
        return a.len == 0 || memcmp(a.as.bytes, b.as.bytes, a.len) == 0;
    case CEL_LIST:
    case CEL_MAP:
    case CEL_OPTIONAL:
        return equal_nested(a, b, e);
    case CEL_OPAQUE:
        return a.as.opaque->type == b.as.opaque->type &&
               a.as.opaque->type->equal(a.as.opaque, b.as.opaque);
    case CEL_DOUBLE:
    case CEL_ERROR:
    case CEL_KIND_COUNT:
        break;
    }
    return false;
}

bool cel_value_equal(cel_value a, cel_value b)
{
    equality e = { .most = UINT64_MAX };
    return equal(a, b, &e);
}

bool cel_value_equal_work(cel_value a, cel_value b, uint64_t most, uint64_t *work)
{
    equality e = { .work = *work, .most = most < UINT64_MAX ? most + 1 : most };
    bool same = equal(a, b, &e);
    *work = e.work - 1; /* the first step is the operation's own */
    return same;
}

/* ---- order and hash -------------------------------------------------------------------
 */

enum cel_error_kind cel_value_compare(cel_value a, cel_value b, int *ret)
{
    if (is_number(a.kind) && is_number(b.kind))
        return compare_numbers(a, b, ret) ? CEL_E_NONE : CEL_E_INVALID_ARGUMENT;
    if (a.kind != b.kind)
        return CEL_E_NO_OVERLOAD;
    switch ((enum cel_kind)a.kind) {
    case CEL_BOOL:
        *ret = (int)a.as.boolean - (int)b.as.boolean;
        return CEL_E_NONE;
    case CEL_STRING:
    case CEL_BYTES:
        *ret = act_str_cmp(cel_value_str(a), cel_value_str(b));
        return CEL_E_NONE;
    case CEL_TIMESTAMP:
        *ret = cel_time_cmp((cel_time){ a.as.i64, a.len }, (cel_time){ b.as.i64, b.len });
        return CEL_E_NONE;
    case CEL_DURATION:
        *ret = (a.as.i64 > b.as.i64) - (a.as.i64 < b.as.i64);
        return CEL_E_NONE;
    case CEL_NULL:
    case CEL_INT:
    case CEL_UINT:
    case CEL_DOUBLE:
    case CEL_LIST:
    case CEL_MAP:
    case CEL_TYPE:
    case CEL_OPTIONAL:
    case CEL_OPAQUE:
    case CEL_ERROR:
    case CEL_KIND_COUNT:
        break;
    }
    return CEL_E_NO_OVERLOAD;
}

static uint64_t mix(uint64_t h)
{
    h ^= h >> 32;
    h *= UINT64_C(0xd6e8feb86659fd93);
    h ^= h >> 32;
    h *= UINT64_C(0xd6e8feb86659fd93);
    return h ^ h >> 32;
}

/* Equal numbers of all kinds agree on their double, so that is what is hashed. */
static uint64_t hash_number(double d)
{
    uint64_t bits;
    d += 0.0; /* -0.0 becomes 0.0 */
    memcpy(&bits, &d, sizeof bits);
    return mix(bits);
}

uint64_t cel_value_hash(cel_value v)
{
    switch ((enum cel_kind)v.kind) {
    case CEL_NULL:
        return 1;
    case CEL_BOOL:
        return mix(2 + (uint64_t)v.as.boolean);
    case CEL_INT:
        return hash_number((double)v.as.i64);
    case CEL_UINT:
        return hash_number((double)v.as.u64);
    case CEL_DOUBLE:
        return hash_number(v.as.f64);
    case CEL_STRING:
    case CEL_BYTES:
        return act_str_hash(cel_value_str(v));
    case CEL_TIMESTAMP:
        return mix(v.as.u64 ^ (uint64_t)v.len << 40);
    case CEL_DURATION:
        return mix(v.as.u64 + 7);
    case CEL_LIST:
    case CEL_MAP:
    case CEL_TYPE:
    case CEL_OPTIONAL:
    case CEL_OPAQUE:
    case CEL_ERROR:
    case CEL_KIND_COUNT:
        break;
    }
    return 0;
}
