/* The standard library: its table, and the functions on strings and containers. */
#include "cel/cost.h"
#include "cel/eval.h"
#include "cel/growth.h"
#include "cel/lib_std.h"

static cel_value size(cel_call *call, const cel_value *args)
{
    (void)call;
    switch (args[0].kind) {
    case CEL_STRING:
        return cel_int(cel_string_size(args[0]));
    case CEL_LIST:
        return cel_int(cel_list_count(args[0]));
    case CEL_MAP:
        return cel_int(cel_map_count(args[0]));
    default:
        return cel_int(args[0].len);
    }
}

static cel_value contains(cel_call *call, const cel_value *args)
{
    (void)call;
    return cel_bool(act_str_find(cel_value_str(args[0]), cel_value_str(args[1])) !=
                    SIZE_MAX);
}

static cel_value starts_with(cel_call *call, const cel_value *args)
{
    (void)call;
    return cel_bool(act_str_starts(cel_value_str(args[0]), cel_value_str(args[1])));
}

static cel_value ends_with(cel_call *call, const cel_value *args)
{
    (void)call;
    return cel_bool(act_str_ends(cel_value_str(args[0]), cel_value_str(args[1])));
}

static cel_value matches(cel_call *call, const cel_value *args)
{
    const cel_regex *re;
    cel_value error;
    if (cel_call_regex(call, cel_value_str(args[1]), &re, &error))
        return error;
    return cel_bool(cel_regex_matches(re, cel_value_str(args[0])));
}

static void validate_pattern(cel_validation *v, const cel_node *call)
{
    cel_validate_pattern(v, call->as.call.args[call->as.call.argc - 1]);
}

/* ---- the table ------------------------------------------------------------------------
 */

/* clang-format off */
/* Operators have ops of their own (plan_special.c); here are their types. */
#define OPERATOR(name_, id_, signature_)                                                   \
    { .name = name_, .id = id_, .signature = signature_, .flags = CEL_FN_SPECIAL }
#define RELATION(name_, id_)                                                               \
    OPERATOR(name_, id_ "_bool", "(bool, bool) -> bool"),                                  \
    OPERATOR(name_, id_ "_int64", "(int, int) -> bool"),                                   \
    OPERATOR(name_, id_ "_uint64", "(uint, uint) -> bool"),                                \
    OPERATOR(name_, id_ "_double", "(double, double) -> bool"),                            \
    OPERATOR(name_, id_ "_string", "(string, string) -> bool"),                            \
    OPERATOR(name_, id_ "_bytes", "(bytes, bytes) -> bool"),                               \
    OPERATOR(name_, id_ "_timestamp", "(timestamp, timestamp) -> bool"),                   \
    OPERATOR(name_, id_ "_duration", "(duration, duration) -> bool"),                      \
    CROSS(name_, id_ "_int64_uint64", "(int, uint) -> bool"),                              \
    CROSS(name_, id_ "_int64_double", "(int, double) -> bool"),                            \
    CROSS(name_, id_ "_uint64_int64", "(uint, int) -> bool"),                              \
    CROSS(name_, id_ "_uint64_double", "(uint, double) -> bool"),                          \
    CROSS(name_, id_ "_double_int64", "(double, int) -> bool"),                            \
    CROSS(name_, id_ "_double_uint64", "(double, uint) -> bool")
#define CROSS(name_, id_, signature_)                                                      \
    { .name = name_, .id = id_, .signature = signature_,                                   \
      .flags = CEL_FN_SPECIAL | CEL_FN_CROSS }
#define GLOBAL(name_, id_, signature_, fn_, cost_)                                         \
    { .name = name_, .id = id_, .signature = signature_, .fn = fn_, .cost = cost_ }
#define LITERAL(name_, id_, signature_, fn_, cost_)                                        \
    { .name = name_, .id = id_, .signature = signature_, .flags = CEL_FN_LITERAL,          \
      .fn = fn_, .cost = cost_ }
#define MEMBER(name_, id_, signature_, fn_, cost_)                                         \
    { .name = name_, .id = id_, .signature = signature_, .flags = CEL_FN_MEMBER,           \
      .fn = fn_, .cost = cost_ }
#define GETTER(name_, id_, fn_)                                                            \
    MEMBER(name_, id_, "(timestamp) -> int", fn_, NULL),                                   \
    { .name = name_, .id = id_ "_with_tz", .signature = "(timestamp, string) -> int",      \
      .flags = CEL_FN_MEMBER, .fn = fn_, .growth = cel_grows_zone }

static const cel_overload_def functions[] = {
    OPERATOR("_&&_", "logical_and", "(bool, bool) -> bool"),
    OPERATOR("_||_", "logical_or", "(bool, bool) -> bool"),
    OPERATOR("!_", "logical_not", "(bool) -> bool"),
    OPERATOR("_?_:_", "conditional", "(bool, T, T) -> T"),
    OPERATOR("_==_", "equals", "(T, T) -> bool"),
    OPERATOR("_!=_", "not_equals", "(T, T) -> bool"),
    RELATION("_<_", "less"),
    RELATION("_<=_", "less_equals"),
    RELATION("_>_", "greater"),
    RELATION("_>=_", "greater_equals"),
    OPERATOR("@in", "in_list", "(T, list(T)) -> bool"),
    OPERATOR("@in", "in_map", "(K, map(K, V)) -> bool"),
    OPERATOR("_[_]", "index_list", "(list(T), int) -> T"),
    OPERATOR("_[_]", "index_map", "(map(K, V), K) -> V"),

    OPERATOR("_+_", "add_int64", "(int, int) -> int"),
    OPERATOR("_+_", "add_uint64", "(uint, uint) -> uint"),
    OPERATOR("_+_", "add_double", "(double, double) -> double"),
    OPERATOR("_+_", "add_string", "(string, string) -> string"),
    OPERATOR("_+_", "add_bytes", "(bytes, bytes) -> bytes"),
    OPERATOR("_+_", "add_list", "(list(T), list(T)) -> list(T)"),
    OPERATOR("_+_", "add_timestamp_duration", "(timestamp, duration) -> timestamp"),
    OPERATOR("_+_", "add_duration_timestamp", "(duration, timestamp) -> timestamp"),
    OPERATOR("_+_", "add_duration_duration", "(duration, duration) -> duration"),
    OPERATOR("_-_", "subtract_int64", "(int, int) -> int"),
    OPERATOR("_-_", "subtract_uint64", "(uint, uint) -> uint"),
    OPERATOR("_-_", "subtract_double", "(double, double) -> double"),
    OPERATOR("_-_", "subtract_timestamp_timestamp", "(timestamp, timestamp) -> duration"),
    OPERATOR("_-_", "subtract_timestamp_duration", "(timestamp, duration) -> timestamp"),
    OPERATOR("_-_", "subtract_duration_duration", "(duration, duration) -> duration"),
    OPERATOR("_*_", "multiply_int64", "(int, int) -> int"),
    OPERATOR("_*_", "multiply_uint64", "(uint, uint) -> uint"),
    OPERATOR("_*_", "multiply_double", "(double, double) -> double"),
    OPERATOR("_/_", "divide_int64", "(int, int) -> int"),
    OPERATOR("_/_", "divide_uint64", "(uint, uint) -> uint"),
    OPERATOR("_/_", "divide_double", "(double, double) -> double"),
    OPERATOR("_%_", "modulo_int64", "(int, int) -> int"),
    OPERATOR("_%_", "modulo_uint64", "(uint, uint) -> uint"),
    OPERATOR("-_", "negate_int64", "(int) -> int"),
    OPERATOR("-_", "negate_double", "(double) -> double"),

    GLOBAL("size", "size_string", "(string) -> int", size, cel_cost_count),
    GLOBAL("size", "size_bytes", "(bytes) -> int", size, NULL),
    GLOBAL("size", "size_list", "(list(T)) -> int", size, NULL),
    GLOBAL("size", "size_map", "(map(K, V)) -> int", size, NULL),
    MEMBER("size", "string_size", "(string) -> int", size, cel_cost_count),
    MEMBER("size", "bytes_size", "(bytes) -> int", size, NULL),
    MEMBER("size", "list_size", "(list(T)) -> int", size, NULL),
    MEMBER("size", "map_size", "(map(K, V)) -> int", size, NULL),

    MEMBER("contains", "contains_string", "(string, string) -> bool", contains,
           cel_cost_contains),
    MEMBER("startsWith", "starts_with_string", "(string, string) -> bool", starts_with,
           cel_cost_tenth),
    MEMBER("endsWith", "ends_with_string", "(string, string) -> bool", ends_with,
           cel_cost_tenth),
    { .name = "matches", .id = "matches", .signature = "(string, string) -> bool",
      .fn = matches, .cost = cel_cost_regex, .validate = validate_pattern,
      .growth = cel_grows_pattern },
    { .name = "matches", .id = "matches_string", .signature = "(string, string) -> bool",
      .flags = CEL_FN_MEMBER, .fn = matches, .cost = cel_cost_regex,
      .validate = validate_pattern, .growth = cel_grows_pattern },

    GLOBAL("bool", "bool_to_bool", "(bool) -> bool", cel_std_identity, NULL),
    GLOBAL("bool", "string_to_bool", "(string) -> bool", cel_std_to_bool, NULL),
    GLOBAL("int", "int64_to_int64", "(int) -> int", cel_std_identity, NULL),
    GLOBAL("int", "uint64_to_int64", "(uint) -> int", cel_std_to_int, NULL),
    GLOBAL("int", "double_to_int64", "(double) -> int", cel_std_to_int, NULL),
    GLOBAL("int", "string_to_int64", "(string) -> int", cel_std_to_int, cel_cost_tenth),
    GLOBAL("int", "timestamp_to_int64", "(timestamp) -> int", cel_std_to_int, NULL),
    { .name = "int", .id = "duration_to_int64", .signature = "(duration) -> int",
      .flags = CEL_FN_OPTION, .fn = cel_std_to_int },
    GLOBAL("uint", "uint64_to_uint64", "(uint) -> uint", cel_std_identity, NULL),
    GLOBAL("uint", "int64_to_uint64", "(int) -> uint", cel_std_to_uint, NULL),
    GLOBAL("uint", "double_to_uint64", "(double) -> uint", cel_std_to_uint, NULL),
    GLOBAL("uint", "string_to_uint64", "(string) -> uint", cel_std_to_uint, cel_cost_tenth),
    GLOBAL("double", "double_to_double", "(double) -> double", cel_std_identity, NULL),
    GLOBAL("double", "int64_to_double", "(int) -> double", cel_std_to_double, NULL),
    GLOBAL("double", "uint64_to_double", "(uint) -> double", cel_std_to_double, NULL),
    GLOBAL("double", "string_to_double", "(string) -> double", cel_std_to_double,
           cel_cost_tenth),
    GLOBAL("string", "string_to_string", "(string) -> string", cel_std_identity, NULL),
    GLOBAL("string", "bool_to_string", "(bool) -> string", cel_std_to_string, NULL),
    GLOBAL("string", "int64_to_string", "(int) -> string", cel_std_to_string, NULL),
    GLOBAL("string", "uint64_to_string", "(uint) -> string", cel_std_to_string, NULL),
    GLOBAL("string", "double_to_string", "(double) -> string", cel_std_to_string, NULL),
    GLOBAL("string", "bytes_to_string", "(bytes) -> string", cel_std_to_string,
           cel_cost_tenth),
    GLOBAL("string", "timestamp_to_string", "(timestamp) -> string", cel_std_to_string,
           NULL),
    GLOBAL("string", "duration_to_string", "(duration) -> string", cel_std_to_string, NULL),
    GLOBAL("bytes", "bytes_to_bytes", "(bytes) -> bytes", cel_std_identity, NULL),
    GLOBAL("bytes", "string_to_bytes", "(string) -> bytes", cel_std_to_bytes,
           cel_cost_tenth),
    GLOBAL("timestamp", "timestamp_to_timestamp", "(timestamp) -> timestamp",
           cel_std_identity, NULL),
    LITERAL("timestamp", "string_to_timestamp", "(string) -> timestamp",
            cel_std_to_timestamp, NULL),
    GLOBAL("timestamp", "int64_to_timestamp", "(int) -> timestamp", cel_std_to_timestamp,
           NULL),
    GLOBAL("duration", "duration_to_duration", "(duration) -> duration", cel_std_identity,
           NULL),
    LITERAL("duration", "string_to_duration", "(string) -> duration", cel_std_to_duration,
            NULL),
    GLOBAL("dyn", "to_dyn", "(T) -> dyn", cel_std_identity, NULL),
    GLOBAL("type", "type", "(T) -> type(T)", cel_std_type, NULL),

    GETTER("getFullYear", "timestamp_to_year", cel_std_full_year),
    GETTER("getMonth", "timestamp_to_month", cel_std_month),
    GETTER("getDate", "timestamp_to_day_of_month_1_based", cel_std_date),
    GETTER("getDayOfMonth", "timestamp_to_day_of_month", cel_std_day_of_month),
    GETTER("getDayOfWeek", "timestamp_to_day_of_week", cel_std_day_of_week),
    GETTER("getDayOfYear", "timestamp_to_day_of_year", cel_std_day_of_year),
    GETTER("getHours", "timestamp_to_hours", cel_std_hours),
    GETTER("getMinutes", "timestamp_to_minutes", cel_std_minutes),
    GETTER("getSeconds", "timestamp_to_seconds", cel_std_seconds),
    GETTER("getMilliseconds", "timestamp_to_milliseconds", cel_std_milliseconds),
    MEMBER("getHours", "duration_to_hours", "(duration) -> int", cel_std_duration_hours,
           NULL),
    MEMBER("getMinutes", "duration_to_minutes", "(duration) -> int",
           cel_std_duration_minutes, NULL),
    MEMBER("getSeconds", "duration_to_seconds", "(duration) -> int",
           cel_std_duration_seconds, NULL),
    MEMBER("getMilliseconds", "duration_to_milliseconds", "(duration) -> int",
           cel_std_duration_milliseconds, NULL),
};
/* clang-format on */

const cel_library cel_lib_std = {
    .name = "std",
    .functions = functions,
    .function_count = ACT_COUNT(functions),
    .macros = cel_macros_std,
    .macro_count = CEL_MACROS_STD,
};
