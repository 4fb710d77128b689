/* The semver library of Kubernetes. */
#include "cel/lib_order.h"
#include "cel/lib_table.h"

static int parse(const cel_call *call, const cel_value *args, cel_semver *ret)
{
    bool normalize = call->argc > 1 && args[1].as.boolean;
    act_str text = cel_value_str(args[0]);
    if (text.len > call->limits->semver_bytes)
        return ACT_ELIMIT;
    return cel_semver_parse(text, normalize, ret);
}

static cel_value semver(cel_call *call, const cel_value *args)
{
    cel_semver_value *v = act_arena_make(call->arena, cel_semver_value);
    if (!v)
        return cel_call_memory(call);
    int err = parse(call, args, &v->semver);
    if (err)
        return cel_call_fail(call, CEL_E_CONVERSION,
                             err == ACT_ELIMIT
                                 ? "semantic version is too long or its number too large"
                                 : "semantic version parse error during conversion from "
                                   "string: not of the form MAJOR.MINOR.PATCH");
    v->head.type = &cel_semver_type;
    return cel_opaque_value(&v->head);
}

static cel_value is_semver(cel_call *call, const cel_value *args)
{
    cel_semver v;
    return cel_bool(parse(call, args, &v) == ACT_OK);
}

#define ACCESSOR(name, part)                                                               \
    static cel_value name(cel_call *call, const cel_value *args)                           \
    {                                                                                      \
        if (!cel_is_opaque(args[0], &cel_semver_type))                                     \
            return cel_call_no_overload(call);                                             \
        return cel_int(((const cel_semver_value *)args[0].as.opaque)->semver.part);        \
    }
ACCESSOR(get_major, major)
ACCESSOR(get_minor, minor)
ACCESSOR(get_patch, patch)
#undef ACCESSOR

#define V "kubernetes.Semver"

static const cel_overload_def functions[] = {
    CEL_GLOBAL("semver", "string_to_semver", "(string) -> " V, 0, semver, cel_cost_tenth),
    CEL_GLOBAL("semver", "string_bool_to_semver", "(string, bool) -> " V, 1, semver,
               cel_cost_tenth),
    CEL_GLOBAL("isSemver", "is_semver_string", "(string) -> bool", 0, is_semver,
               cel_cost_tenth),
    CEL_GLOBAL("isSemver", "is_semver_string_bool", "(string, bool) -> bool", 1, is_semver,
               cel_cost_tenth),
    CEL_MEMBER("major", "semver_major", "(" V ") -> int", 0, get_major, NULL),
    CEL_MEMBER("minor", "semver_minor", "(" V ") -> int", 0, get_minor, NULL),
    CEL_MEMBER("patch", "semver_patch", "(" V ") -> int", 0, get_patch, NULL),
    CEL_MEMBER("isGreaterThan", "semver_is_greater_than", "(" V ", " V ") -> bool", 0,
               cel_is_greater_than, NULL),
    CEL_MEMBER("isLessThan", "semver_is_less_than", "(" V ", " V ") -> bool", 0,
               cel_is_less_than, NULL),
    CEL_MEMBER("compareTo", "semver_compare_to", "(" V ", " V ") -> int", 0, cel_compare_to,
               NULL),
};

static const cel_opaque_type *const types[] = { &cel_semver_type };

const cel_library cel_lib_semver = {
    .name = "semver",
    .newest = 1,
    .functions = functions,
    .function_count = ACT_COUNT(functions),
    .types = types,
    .type_count = ACT_COUNT(types),
};
