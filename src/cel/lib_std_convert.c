/* Conversions of the standard library. */
#include "cel/lib_std.h"
#include "cel/num.h"
#include "cel/time.h"

static cel_value cannot(cel_call *call, cel_value v, const char *to)
{
    act_str from = cel_value_type_name(v);
    return cel_call_failf(call, CEL_E_CONVERSION,
                          "type conversion error from '%.*s' to '%s'", ACT_STR_ARG(from),
                          to);
}

static cel_value out_of_range(cel_call *call, const char *text)
{
    return cel_call_fail(call, CEL_E_OVERFLOW, text);
}

cel_value cel_std_identity(cel_call *call, const cel_value *args)
{
    (void)call;
    return args[0];
}

cel_value cel_std_type(cel_call *call, const cel_value *args)
{
    (void)call;
    return cel_type_value(cel_value_type_name(args[0]));
}

/* Exactly the texts of Go's strconv.ParseBool. */
cel_value cel_std_to_bool(cel_call *call, const cel_value *args)
{
    static const char *const yes[] = { "1", "t", "T", "true", "TRUE", "True" };
    static const char *const no[] = { "0", "f", "F", "false", "FALSE", "False" };
    act_str s = cel_value_str(args[0]);
    for (size_t i = 0; i < ACT_COUNT(yes); i++) {
        if (act_str_eq_cstr(s, yes[i]))
            return cel_bool(true);
        if (act_str_eq_cstr(s, no[i]))
            return cel_bool(false);
    }
    return cannot(call, args[0], "bool");
}

cel_value cel_std_to_int(cel_call *call, const cel_value *args)
{
    cel_value v = args[0];
    int64_t i;
    int err;
    switch (v.kind) {
    case CEL_UINT:
        if (v.as.u64 > INT64_MAX)
            return out_of_range(call, NULL);
        return cel_int((int64_t)v.as.u64);
    case CEL_DOUBLE:
        if (cel_num_double_to_int(v.as.f64, &i))
            return out_of_range(call, NULL);
        return cel_int(i);
    case CEL_STRING:
        err = cel_num_parse_int(cel_value_str(v), &i);
        if (err == ACT_ELIMIT)
            return out_of_range(call, NULL);
        return err ? cannot(call, v, "int") : cel_int(i);
    default: /* timestamp: seconds; duration: nanoseconds */
        return cel_int(v.as.i64);
    }
}

cel_value cel_std_to_uint(cel_call *call, const cel_value *args)
{
    static const char text[] = "unsigned integer overflow";
    cel_value v = args[0];
    uint64_t u;
    int err;
    switch (v.kind) {
    case CEL_INT:
        return v.as.i64 < 0 ? out_of_range(call, text) : cel_uint((uint64_t)v.as.i64);
    case CEL_DOUBLE:
        return cel_num_double_to_uint(v.as.f64, &u) ? out_of_range(call, text)
                                                    : cel_uint(u);
    default:
        err = cel_num_parse_uint(cel_value_str(v), &u);
        if (err == ACT_ELIMIT)
            return out_of_range(call, text);
        return err ? cannot(call, v, "uint") : cel_uint(u);
    }
}

cel_value cel_std_to_double(cel_call *call, const cel_value *args)
{
    cel_value v = args[0];
    double d;
    switch (v.kind) {
    case CEL_INT:
        return cel_double((double)v.as.i64);
    case CEL_UINT:
        return cel_double((double)v.as.u64);
    default:
        if (cel_num_parse_double(cel_value_str(v), &d))
            return cannot(call, v, "double");
        return cel_double(d);
    }
}

cel_value cel_std_to_string(cel_call *call, const cel_value *args)
{
    char text[CEL_NUM_MAX];
    cel_value v = args[0];
    switch (v.kind) {
    case CEL_BOOL:
        return cel_string(v.as.boolean ? ACT_STR("true") : ACT_STR("false"));
    case CEL_INT:
        return cel_call_string(call, text, cel_num_print_int(v.as.i64, text));
    case CEL_UINT:
        return cel_call_string(call, text, cel_num_print_uint(v.as.u64, text));
    case CEL_DOUBLE:
        return cel_call_string(call, text, cel_num_print_double(v.as.f64, text));
    case CEL_TIMESTAMP:
        return cel_call_string(call, text,
                               cel_time_print((cel_time){ v.as.i64, v.len }, text));
    case CEL_DURATION:
        return cel_call_string(call, text, cel_duration_print(v.as.i64, text));
    default: /* bytes */
        if (!act_str_is_utf8(cel_value_str(v)))
            return cel_call_fail(call, CEL_E_CONVERSION,
                                 "invalid UTF-8 in bytes, cannot convert to string");
        return cel_string(cel_value_str(v));
    }
}

cel_value cel_std_to_bytes(cel_call *call, const cel_value *args)
{
    (void)call;
    return cel_bytes(cel_value_str(args[0]));
}

cel_value cel_std_to_timestamp(cel_call *call, const cel_value *args)
{
    cel_value v = args[0];
    if (v.kind == CEL_INT) {
        if (!cel_time_in_range(v.as.i64))
            return out_of_range(call, "timestamp out of range");
        return cel_timestamp(v.as.i64, 0);
    }
    if (v.len > call->limits->timestamp_bytes)
        return out_of_range(call, "timestamp text is too long");
    cel_time t;
    int err = cel_time_parse(cel_value_str(v), &t);
    if (err == ACT_ELIMIT)
        return out_of_range(call, "timestamp out of range");
    return err ? cannot(call, v, "timestamp") : cel_timestamp(t.seconds, t.nanos);
}

cel_value cel_std_to_duration(cel_call *call, const cel_value *args)
{
    int64_t ns;
    if (args[0].len > call->limits->duration_bytes)
        return out_of_range(call, "duration text is too long");
    int err = cel_duration_parse(cel_value_str(args[0]), &ns);
    if (err == ACT_ELIMIT)
        return out_of_range(call, "duration out of range");
    return err ? cannot(call, args[0], "duration") : cel_duration(ns);
}
