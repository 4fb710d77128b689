/* Optional values: the library of cel-go, and the operators that meet optionals. */
#include "cel/lib_table.h"
#include "cel/time.h"

static cel_value optional_of(cel_call *call, const cel_value *args)
{
    return cel_optional_of(call->arena, args[0]);
}

static cel_value optional_none(cel_call *call, const cel_value *args)
{
    (void)call;
    (void)args;
    return cel_optional(NULL);
}

static bool is_zero(cel_value v)
{
    switch ((enum cel_kind)v.kind) {
    case CEL_NULL:
        return true;
    case CEL_BOOL:
        return !v.as.boolean;
    case CEL_INT:
    case CEL_UINT:
    case CEL_DURATION:
        return v.as.u64 == 0;
    case CEL_DOUBLE:
        return v.as.f64 == 0;
    case CEL_STRING:
    case CEL_BYTES:
        return v.len == 0;
    case CEL_LIST:
        return cel_list_count(v) == 0;
    case CEL_MAP:
        return cel_map_count(v) == 0;
    case CEL_TIMESTAMP: /* Go's zero time is the first instant of year 1 */
        return v.as.i64 == CEL_TIME_MIN_S && v.len == 0;
    case CEL_OPTIONAL:
        return v.as.operand == NULL;
    case CEL_TYPE:
    case CEL_OPAQUE:
    case CEL_ERROR:
    case CEL_KIND_COUNT:
        break;
    }
    return false;
}

static cel_value of_non_zero(cel_call *call, const cel_value *args)
{
    return is_zero(args[0]) ? cel_optional(NULL) : cel_optional_of(call->arena, args[0]);
}

static cel_value has_value(cel_call *call, const cel_value *args)
{
    (void)call;
    return cel_bool(args[0].as.operand != NULL);
}

static cel_value value(cel_call *call, const cel_value *args)
{
    if (!args[0].as.operand)
        return cel_call_fail(call, CEL_E_INVALID_ARGUMENT, "optional.none() dereference");
    return *args[0].as.operand;
}

static cel_value item_at_end(cel_call *call, cel_value list, bool last)
{
    uint32_t count = cel_list_count(list);
    if (count == 0)
        return cel_optional(NULL);
    return cel_optional_of(call->arena, cel_list_at(list, last ? count - 1 : 0));
}

static cel_value first(cel_call *call, const cel_value *args)
{
    return item_at_end(call, args[0], false);
}

static cel_value last(cel_call *call, const cel_value *args)
{
    return item_at_end(call, args[0], true);
}

/* The values of a list of optionals, without the nones. */
static cel_value unwrap(cel_call *call, const cel_value *args)
{
    uint32_t count = cel_list_count(args[0]), kept = 0;
    cel_value *items = cel_call_items(call, count);
    if (!items)
        return cel_call_memory(call);
    for (uint32_t i = 0; i < count; i++) {
        cel_value item = cel_list_at(args[0], i);
        if (item.kind != CEL_OPTIONAL)
            return cel_call_no_overload(call);
        if (item.as.operand)
            items[kept++] = *item.as.operand;
    }
    return cel_list_of(call->arena, items, kept);
}

/* Planned on their own: the right side of or() and orValue() runs only when it is needed,
 * and the index operators share their code with those of lists and maps. */
#define SPECIAL(n, i, s, member)                                                           \
    {                                                                                      \
        .name = (n), .id = (i), .signature = (s), .flags = CEL_FN_SPECIAL | (member)       \
    }

static const cel_overload_def functions[] = {
    CEL_GLOBAL("optional.of", "optional_of", "(T) -> optional_type(T)", 0, optional_of,
               NULL),
    CEL_GLOBAL("optional.none", "optional_none", "() -> optional_type(T)", 0, optional_none,
               NULL),
    CEL_GLOBAL("optional.ofNonZeroValue", "optional_ofNonZeroValue",
               "(T) -> optional_type(T)", 0, of_non_zero, NULL),
    CEL_MEMBER("hasValue", "optional_hasValue", "(optional_type(T)) -> bool", 0, has_value,
               NULL),
    CEL_MEMBER("value", "optional_value", "(optional_type(T)) -> T", 0, value, NULL),
    SPECIAL("or", "optional_or_optional",
            "(optional_type(T), optional_type(T)) -> optional_type(T)", CEL_FN_MEMBER),
    SPECIAL("orValue", "optional_orValue_value", "(optional_type(T), T) -> T",
            CEL_FN_MEMBER),
    SPECIAL("_[_]", "optional_list_index_int",
            "(optional_type(list(T)), int) -> optional_type(T)", 0),
    SPECIAL("_[_]", "optional_map_index_value",
            "(optional_type(map(K, V)), K) -> optional_type(V)", 0),
    SPECIAL("_[?_]", "list_optindex_optional_int", "(list(T), int) -> optional_type(T)", 0),
    SPECIAL("_[?_]", "optional_list_optindex_optional_int",
            "(optional_type(list(T)), int) -> optional_type(T)", 0),
    SPECIAL("_[?_]", "map_optindex_optional_value", "(map(K, V), K) -> optional_type(V)",
            0),
    SPECIAL("_[?_]", "optional_map_optindex_optional_value",
            "(optional_type(map(K, V)), K) -> optional_type(V)", 0),
    CEL_MEMBER("first", "list_first", "(list(T)) -> optional_type(T)", 2, first, NULL),
    CEL_MEMBER("last", "list_last", "(list(T)) -> optional_type(T)", 2, last, NULL),
    CEL_GLOBAL("optional.unwrap", "optional_unwrap", "(list(optional_type(T))) -> list(T)",
               2, unwrap, cel_cost_copy),
    CEL_MEMBER("unwrapOpt", "optional_unwrapOpt", "(list(optional_type(T))) -> list(T)", 2,
               unwrap, cel_cost_copy),
};

const cel_library cel_lib_optional = {
    .name = "optional",
    .newest = 2,
    .functions = functions,
    .function_count = ACT_COUNT(functions),
    .macros = cel_macros_optional,
    .macro_count = CEL_MACROS_OPTIONAL,
};
