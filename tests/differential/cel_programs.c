/* Writes random well-typed programs with the values of their variables and what we make of
 * them, one JSON line each, for other evaluators to be compared with:
 *
 *   cel_programs LANGUAGE COUNT       LANGUAGE: common, std or all (fuzz/support/cel_gen.h)
 *
 * {"id":"std/7","expr":...,"bindings":{NAME:VALUE},"value":VALUE or "error":["any"]},
 * values tagged as in conformance/conf_value.h. The same arguments give the same programs.
 * Those of `all`, which nobody else has, are not written: they must keep the laws of
 * fuzz/support/cel_laws.h, that of the reference evaluator among them. */
#include "base/json_write.h"
#include "cel/base64.h"
#include "cel/num.h"
#include "cel/time.h"
#include "fuzz/support/cel_laws.h"

#include <math.h>

enum { INPUT_BYTES = 300 };

/* Vigna's splitmix64: any seed will do. */
static uint64_t next_random(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static void write_tagged(act_json_writer *w, cel_value v);

static void write_double(act_json_writer *w, double d)
{
    char text[40];
    if (isnan(d))
        act_jw_kv_string(w, "double", ACT_STR("NaN"));
    else if (isinf(d))
        act_jw_kv_string(w, "double", d < 0 ? ACT_STR("-Infinity") : ACT_STR("Infinity"));
    else if (snprintf(text, sizeof text, "%.17g", d) > 0)
        act_jw_kv_string(w, "double", act_str_cstr(text));
}

static void write_bytes(act_json_writer *w, act_str bytes)
{
    act_buf text = ACT_BUF_INIT;
    size_t n = cel_base64_encoded_size(bytes.len);
    char *room = act_buf_reserve(&text, n);
    fuzz_require(room != NULL, "memory");
    cel_base64_encode(bytes, room);
    act_jw_kv_string(w, "bytes", act_str_from(room, n));
    act_buf_done(&text);
}

static void write_list(act_json_writer *w, cel_value list)
{
    act_jw_key(w, ACT_STR("list"));
    act_jw_array(w);
    for (uint32_t i = 0; i < cel_list_count(list); i++)
        write_tagged(w, cel_list_at(list, i));
    act_jw_array_end(w);
}

static void write_map(act_json_writer *w, cel_value map)
{
    act_jw_key(w, ACT_STR("map"));
    act_jw_array(w);
    for (uint32_t i = 0; i < cel_map_count(map); i++) {
        cel_entry e = cel_map_at(map, i);
        act_jw_array(w);
        write_tagged(w, e.key);
        write_tagged(w, e.value);
        act_jw_array_end(w);
    }
    act_jw_array_end(w);
}

static void write_number(act_json_writer *w, cel_value v)
{
    char text[CEL_NUM_MAX];
    size_t n = v.kind == CEL_INT ? cel_num_print_int(v.as.i64, text)
                                 : cel_num_print_uint(v.as.u64, text);
    act_jw_kv_string(w, v.kind == CEL_INT ? "int" : "uint", act_str_from(text, n));
}

/* Values deeper than programs of this generator make do not occur. */
static void write_tagged(act_json_writer *w, cel_value v)
{
    char text[CEL_TIME_PRINT_MAX];
    size_t n;
    act_jw_object(w);
    switch ((enum cel_kind)v.kind) {
    case CEL_NULL:
        act_jw_kv_bool(w, "null", true);
        break;
    case CEL_BOOL:
        act_jw_kv_bool(w, "bool", v.as.boolean);
        break;
    case CEL_INT:
    case CEL_UINT:
        write_number(w, v);
        break;
    case CEL_DOUBLE:
        write_double(w, v.as.f64);
        break;
    case CEL_STRING:
        act_jw_kv_string(w, "string", cel_value_str(v));
        break;
    case CEL_BYTES:
        write_bytes(w, cel_value_str(v));
        break;
    case CEL_LIST:
        write_list(w, v);
        break;
    case CEL_MAP:
        write_map(w, v);
        break;
    case CEL_TIMESTAMP:
        n = cel_time_print((cel_time){ v.as.i64, v.len }, text);
        act_jw_kv_string(w, "timestamp", act_str_from(text, n));
        break;
    case CEL_DURATION:
        n = cel_duration_print(v.as.i64, text);
        act_jw_kv_string(w, "duration", act_str_from(text, n));
        break;
    case CEL_TYPE:
        act_jw_kv_string(w, "type", cel_value_str(v));
        break;
    case CEL_OPTIONAL:
    case CEL_OPAQUE:
    case CEL_ERROR:
    case CEL_KIND_COUNT:
        fuzz_require(false, "a value that both sides have");
    }
    act_jw_object_end(w);
}

static void write_program(const char *language, unsigned long number, act_str source,
                          const cel_gen_world *world, cel_law_result r)
{
    act_buf line = ACT_BUF_INIT;
    act_json_writer w = act_json_writer_on(&line);
    char id[40];
    (void)snprintf(id, sizeof id, "%s/%lu", language, number);
    act_jw_object(&w);
    act_jw_kv_string(&w, "id", act_str_cstr(id));
    act_jw_kv_string(&w, "expr", source);
    act_jw_key(&w, ACT_STR("bindings"));
    act_jw_object(&w);
    for (uint32_t i = 0; i < CEL_GEN_VARS; i++) {
        act_jw_key(&w, act_str_cstr(cel_gen_name(i)));
        write_tagged(&w, world->value[i]);
    }
    act_jw_object_end(&w);
    if (r.state == CEL_LAW_VALUE) {
        act_jw_key(&w, ACT_STR("value"));
        write_tagged(&w, r.value);
    } else {
        act_jw_kv_raw(&w, "error", ACT_STR("[\"any\"]"));
    }
    act_jw_object_end(&w);
    fuzz_require(act_buf_err(&line) == 0, "memory");
    printf("%.*s\n", ACT_STR_ARG(act_buf_str(&line)));
    act_buf_done(&line);
}

/* Bytes for the generator, by the number of the program. */
static void fill(uint8_t bytes[INPUT_BYTES], uint64_t *state)
{
    for (size_t i = 0; i < INPUT_BYTES; i++)
        bytes[i] = (uint8_t)(next_random(state) >> 32);
}

/* Half of them tests, the rest of all types. */
static enum cel_gen_type pick_type(enum cel_gen_language language, uint64_t random)
{
    static const char *const types[] = { [CEL_GEN_COMMON] = "bbbbbbidsLSMe",
                                         [CEL_GEN_STD] = "bbbbbbbbbbiudsytkLSMe",
                                         [CEL_GEN_ALL] = "bbbbbbbbbbbbiudsytkLSMeo" };
    return (enum cel_gen_type)types[language][random % strlen(types[language])];
}

static void make_program(cel_laws *l, const char *name, enum cel_gen_language language,
                         unsigned long number)
{
    uint64_t state = number * 2 + (language == CEL_GEN_COMMON);
    uint8_t bytes[INPUT_BYTES];
    fill(bytes, &state);
    fuzz_input in = { bytes, sizeof bytes, 0 };
    act_buf source = ACT_BUF_INIT;
    cel_laws_draw(l, &in);
    cel_gen_expression(&in, language, pick_type(language, next_random(&state)), &source);
    if (language == CEL_GEN_ALL) {
        cel_law_result r = cel_laws_hold(l, act_buf_str(&source));
        if (r.state == CEL_LAW_REFUSED)
            (void)fprintf(stderr, "%.*s\n", ACT_STR_ARG(act_buf_str(&source)));
        fuzz_require(r.state != CEL_LAW_REFUSED, "generated expressions compile");
    } else {
        cel_law_result r = cel_laws_evaluate(l, act_buf_str(&source));
        if (r.state == CEL_LAW_VALUE || r.state == CEL_LAW_FAILED)
            write_program(name, number, act_buf_str(&source), cel_laws_world(l), r);
    }
    act_buf_done(&source);
}

/* The language called @name; false when there is none. */
static bool find_language(const char *name, enum cel_gen_language *ret)
{
    static const char *const names[] = {
        [CEL_GEN_COMMON] = "common", [CEL_GEN_STD] = "std", [CEL_GEN_ALL] = "all"
    };
    for (size_t i = 0; i < ACT_COUNT(names); i++)
        if (strcmp(name, names[i]) == 0) {
            *ret = (enum cel_gen_language)i;
            return true;
        }
    return false;
}

int main(int argc, char **argv)
{
    uint64_t count;
    enum cel_gen_language language;
    if (argc != 3 || !find_language(argv[1], &language) ||
        act_str_to_u64(act_str_cstr(argv[2]), &count)) {
        (void)fputs("usage: cel_programs common|std|all COUNT\n", stderr);
        return 2;
    }
    cel_laws *l = cel_laws_open();
    for (unsigned long i = 0; i < count; i++)
        make_program(l, argv[1], language, i);
    return fflush(stdout) != 0;
}
