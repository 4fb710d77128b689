/* The encoders library of cel-go: base64. */
#include "cel/base64.h"
#include "cel/lib_table.h"

static cel_value encode(cel_call *call, const cel_value *args)
{
    size_t size = cel_base64_encoded_size(args[0].len);
    char *out = cel_call_room(call, size);
    if (!out)
        return cel_call_memory(call);
    cel_base64_encode(cel_value_str(args[0]), out);
    return cel_string((act_str){ out, size });
}

static cel_value decode(cel_call *call, const cel_value *args)
{
    size_t n;
    char *out = cel_call_room(call, args[0].len);
    if (!out)
        return cel_call_memory(call);
    if (cel_base64_decode(cel_value_str(args[0]), out, &n))
        return cel_call_fail(call, CEL_E_INVALID_ARGUMENT, "illegal base64 data");
    return cel_bytes((act_str){ out, n });
}

static const cel_overload_def functions[] = {
    CEL_GLOBAL_GROWS("base64.encode", "base64_encode_bytes", "(bytes) -> string", 0, encode,
                     cel_cost_tenth, cel_grows_escaped),
    CEL_GLOBAL("base64.decode", "base64_decode_string", "(string) -> bytes", 0, decode,
               cel_cost_tenth),
};

const cel_library cel_lib_encoders = {
    .name = "encoders",
    .functions = functions,
    .function_count = ACT_COUNT(functions),
};
