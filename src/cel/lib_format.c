/* The format library of Kubernetes: named formats as values. */
#include "cel/lib_table.h"
#include "cel/named_format.h"

typedef struct {
    cel_opaque head;
    enum cel_named_format format;
} format_value;

static enum cel_named_format format_of(const cel_opaque *v)
{
    return ((const format_value *)v)->format;
}

static bool format_equal(const cel_opaque *a, const cel_opaque *b)
{
    return format_of(a) == format_of(b);
}

static int format_write(const cel_opaque *v, act_buf *out)
{
    act_buf_add(out, act_str_cstr(cel_named_format_name(format_of(v))));
    return act_buf_err(out);
}

static const cel_opaque_type format_type = {
    .name = "kubernetes.NamedFormat",
    .equal = format_equal,
    .write_text = format_write,
};

static const format_value formats[] = {
#define FORMAT_VALUE(name, text) { { &format_type }, CEL_FORMAT_##name },
    CEL_NAMED_FORMATS(FORMAT_VALUE)
#undef FORMAT_VALUE
};
static_assert(ACT_COUNT(formats) == CEL_FORMAT_COUNT, "one value a format");

static cel_value named(cel_call *call, const cel_value *args)
{
    enum cel_named_format f;
    if (!cel_named_format_find(cel_value_str(args[0]), &f))
        return cel_optional(NULL);
    return cel_optional_of(call->arena, cel_opaque_value(&formats[f].head));
}

#define FORMAT_CONSTANT(name, text)                                                        \
    static cel_value format_##text(cel_call *call, const cel_value *args)                  \
    {                                                                                      \
        (void)call;                                                                        \
        (void)args;                                                                        \
        return cel_opaque_value(&formats[CEL_FORMAT_##name].head);                         \
    }
CEL_NAMED_FORMATS(FORMAT_CONSTANT)
#undef FORMAT_CONSTANT

static cel_value validate(cel_call *call, const cel_value *args)
{
    const char *message[CEL_FORMAT_MESSAGES_MAX];
    size_t count = 0;
    if (!cel_is_opaque(args[0], &format_type))
        return cel_call_no_overload(call);
    if (cel_named_format_validate(format_of(args[0].as.opaque), call->arena,
                                  cel_value_str(args[1]), message, &count))
        return cel_call_memory(call);
    if (count == 0)
        return cel_optional(NULL);
    cel_value *items = cel_call_items(call, count);
    if (!items)
        return cel_call_memory(call);
    for (size_t i = 0; i < count; i++)
        items[i] = cel_string(act_str_cstr(message[i]));
    cel_value list = cel_list_of(call->arena, items, (uint32_t)count);
    return cel_is_error(list) ? list : cel_optional_of(call->arena, list);
}

/* Every regular expression among the formats is bounded by a length, so one pass is fair.
 */
static uint64_t validate_cost(const cel_value *args, uint32_t argc)
{
    return argc > 1 ? cel_cost_tenth_of(cel_cost_size(args[1])) : 1;
}

#define FORMAT_ROW(name, text)                                                             \
    CEL_GLOBAL("format." #text, "format_" #text, "() -> kubernetes.NamedFormat", 0,        \
               format_##text, NULL),

static const cel_overload_def functions[] = {
    CEL_GLOBAL("format.named", "format_named",
               "(string) -> optional_type(kubernetes.NamedFormat)", 0, named, NULL),
    CEL_MEMBER_GROWS("validate", "format_validate",
                     "(kubernetes.NamedFormat, string) -> optional_type(list(string))", 0,
                     validate, validate_cost, cel_grows_messages),
    CEL_NAMED_FORMATS(FORMAT_ROW)
};

static const cel_opaque_type *const types[] = { &format_type };

const cel_library cel_lib_format = {
    .name = "format",
    .functions = functions,
    .function_count = ACT_COUNT(functions),
    .types = types,
    .type_count = ACT_COUNT(types),
};
