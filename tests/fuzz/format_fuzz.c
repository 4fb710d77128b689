/* string.format(): any format with any arguments gives text or an error; for scalars it is
 * what the C library's printf() makes of the same clauses. */
#include "cel/num.h"
#include "cel/value.h"
#include "fuzz/support/fuzz.h"

#include <math.h>

enum { ARGS_MAX = 8 };

typedef struct {
    cel_env *env;
    cel_program *program;
    cel_ctx *ctx;
    act_arena *arena;
} place;

static place *open_place(void)
{
    static place p; /* one for all inputs; never closed */
    if (p.ctx)
        return &p;
    fuzz_require(cel_env_new(NULL, &p.env) == 0, "environment");
    fuzz_require(cel_env_policy_libs(p.env) == 0, "libraries");
    fuzz_require(cel_env_var(p.env, "f", "string", NULL, NULL) == 0, "variable");
    fuzz_require(cel_env_var(p.env, "l", "list(dyn)", NULL, NULL) == 0, "variable");
    fuzz_require(cel_compile(p.env, ACT_STR("f.format(l)"), 0, NULL, NULL, &p.program) == 0,
                 "program");
    fuzz_require(cel_ctx_new(p.env, &p.ctx) == 0, "context");
    fuzz_require(act_arena_new(16 << 20, 0, &p.arena) == 0, "arena");
    return &p;
}

static cel_value draw(fuzz_input *in, act_arena *a, unsigned depth)
{
    static const char *const texts[] = { "", "a", "\u00e9\u4e16", "%s", "longer text" };
    uint64_t bits;
    double d;
    switch (fuzz_byte(in) % (depth ? 11 : 9)) {
    case 0:
        return cel_null();
    case 1:
        return cel_bool(fuzz_byte(in) & 1);
    case 2:
        return cel_int((int8_t)fuzz_byte(in));
    case 3:
        return cel_int((int64_t)fuzz_u64(in));
    case 4:
        return cel_uint(fuzz_u64(in));
    case 5:
        bits = fuzz_u64(in);
        memcpy(&d, &bits, sizeof d);
        return cel_double(d);
    case 6:
        return cel_string(act_str_cstr(texts[fuzz_byte(in) % ACT_COUNT(texts)]));
    case 7:
        return cel_bytes(act_str_cstr(texts[fuzz_byte(in) % ACT_COUNT(texts)]));
    case 8:
        return fuzz_byte(in) & 1
                   ? cel_duration((int64_t)fuzz_u64(in))
                   : cel_timestamp((int64_t)fuzz_byte(in) * 100000000, 5000000);
    default: {
        uint32_t n = fuzz_below(in, 4);
        cel_value *items = act_arena_make_n(a, cel_value, n);
        fuzz_require(items != NULL, "memory");
        for (uint32_t i = 0; i < n; i++)
            items[i] = draw(in, a, depth - 1);
        return cel_list_of(a, items, n);
    }
    }
}

static bool is_integer(cel_value v)
{
    return v.kind == CEL_INT || v.kind == CEL_UINT;
}

static void add_binary(act_buf *out, cel_value v)
{
    bool negative = v.kind == CEL_INT && v.as.i64 < 0;
    uint64_t m = negative ? 0 - v.as.u64 : v.as.u64;
    if (v.kind == CEL_BOOL)
        m = v.as.boolean;
    int bit = 63;
    while (bit > 0 && !(m >> bit & 1))
        bit--;
    act_buf_add(out, negative ? ACT_STR("-") : ACT_STR(""));
    for (; bit >= 0; bit--)
        act_buf_add_byte(out, m >> bit & 1 ? '1' : '0');
}

/* The clause as printf() has it. False: not a case for printf(). */
static bool reference(act_buf *out, char verb, int precision, cel_value v)
{
    bool negative = v.kind == CEL_INT && v.as.i64 < 0;
    unsigned long long magnitude = negative ? 0 - v.as.u64 : v.as.u64;
    const char *sign = negative ? "-" : "";
    double d = v.kind == CEL_DOUBLE ? v.as.f64
               : v.kind == CEL_INT  ? (double)v.as.i64
                                    : (double)v.as.u64;
    bool number = is_integer(v) || v.kind == CEL_DOUBLE;
    if (number && !isfinite(d) && v.kind == CEL_DOUBLE)
        return false;
    if (verb == 'b' && (is_integer(v) || v.kind == CEL_BOOL))
        add_binary(out, v);
    else if ((verb == 'd' || verb == 's') && is_integer(v))
        act_buf_printf(out, "%s%llu", sign, magnitude);
    else if (verb == 'o' && is_integer(v))
        act_buf_printf(out, "%s%llo", sign, magnitude);
    else if (verb == 'x' && is_integer(v))
        act_buf_printf(out, "%s%llx", sign, magnitude);
    else if (verb == 'X' && is_integer(v))
        act_buf_printf(out, "%s%llX", sign, magnitude);
    else if (verb == 'e' && number)
        act_buf_printf(out, "%.*e", precision < 0 ? 6 : precision, d);
    else if (verb == 'f' && v.kind == CEL_DOUBLE)
        act_buf_printf(out, "%.*f", precision < 0 ? 6 : precision, d);
    else if (verb == 's' && v.kind == CEL_STRING)
        act_buf_add(out, cel_value_str(v));
    else
        return false;
    return true;
}

/* The whole of @format; false where the reference does not know. */
static bool format_all(act_str format, const cel_value *args, uint32_t n, act_buf *out)
{
    uint32_t used = 0;
    for (size_t i = 0; i < format.len; i++) {
        int precision = -1;
        if (format.ptr[i] != '%') {
            act_buf_add_byte(out, format.ptr[i]);
            continue;
        }
        if (++i < format.len && format.ptr[i] == '.') {
            for (precision = 0; ++i < format.len && format.ptr[i] >= '0' &&
                                format.ptr[i] <= '9' && precision <= CEL_NUM_PRECISION;)
                precision = precision * 10 + format.ptr[i] - '0';
            if (precision > CEL_NUM_PRECISION || format.ptr[i - 1] == '.')
                return false;
        }
        if (i >= format.len)
            return false;
        if (format.ptr[i] == '%' && precision < 0)
            act_buf_add_byte(out, '%');
        else if (used == n || !reference(out, format.ptr[i], precision, args[used++]))
            return false;
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_input in = { data, size, 0 };
    place *p = open_place();
    act_arena_reset(p->arena);
    uint32_t n = fuzz_below(&in, ARGS_MAX);
    cel_value args[ARGS_MAX], result;
    for (uint32_t i = 0; i < n; i++)
        args[i] = draw(&in, p->arena, 2);
    act_str format = fuzz_rest(&in);
    if (!act_str_is_utf8(format))
        return 0;
    fuzz_require(cel_bind_value(p->ctx, 0, cel_string(format)) == 0, "bind");
    fuzz_require(cel_bind_value(p->ctx, 1, cel_list_of(p->arena, args, n)) == 0, "bind");
    act_err e = ACT_ERR_INIT;
    int err = cel_eval(p->program, p->ctx, &result, &e);
    fuzz_require(err == 0 || e.text[0], "a failure has a text");
    if (!err)
        fuzz_require(act_str_is_utf8(cel_value_str(result)), "the result is UTF-8");

    act_buf want = ACT_BUF_INIT;
    if (format_all(format, args, n, &want) && want.len < 60000) {
        bool same = !err && act_str_eq(act_buf_str(&want), cel_value_str(result));
        if (!same)
            (void)fprintf(stderr, "%.*s: want %.*s, got %.*s %s\n", ACT_STR_ARG(format),
                          ACT_STR_ARG(act_buf_str(&want)),
                          ACT_STR_ARG(err ? ACT_STR("") : cel_value_str(result)), e.text);
        fuzz_require(same, "formats like printf()");
    }
    act_buf_done(&want);
    return 0;
}
