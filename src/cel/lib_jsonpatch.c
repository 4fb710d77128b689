/* The jsonpatch library of Kubernetes: keys of JSON pointers (RFC 6901). */
#include "cel/lib_table.h"
#include "cel/lib_text.h"

static cel_value escape_key(cel_call *call, const cel_value *args)
{
    act_str s = cel_value_str(args[0]);
    cel_text t = CEL_TEXT_ON(call);
    for (size_t i = 0; i < s.len && !t.full; i++) {
        if (s.ptr[i] == '~')
            cel_text_add(&t, ACT_STR("~0"));
        else if (s.ptr[i] == '/')
            cel_text_add(&t, ACT_STR("~1"));
        else
            cel_text_add_byte(&t, s.ptr[i]);
    }
    return cel_text_value(&t);
}

static const cel_overload_def functions[] = {
    CEL_GLOBAL_GROWS("jsonpatch.escapeKey", "string_jsonpatch_escape_key_string",
                     "(string) -> string", 0, escape_key, cel_cost_tenth,
                     cel_grows_escaped),
};

const cel_library cel_lib_jsonpatch = {
    .name = "jsonpatch",
    .functions = functions,
    .function_count = ACT_COUNT(functions),
};
