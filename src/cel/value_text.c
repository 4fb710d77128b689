/* Values as JSON text and as text for people. */
#include "cel/base64.h"
#include "cel/num.h"
#include "cel/time.h"
#include "cel/value.h"

#include "base/json_write.h"

#include <math.h>

enum {
    DEPTH_MAX = 128,
    TEXT_MAX = 16 << 20, /* without a bound of the caller's */
};

static const int64_t EXACT_MAX = INT64_C(9007199254740991); /* 2^53 - 1 */

/* Values share their parts, texts do not: a few nested lists of [x, x] would be a text of
 * any size, so it ends @most bytes into the buffer. */
typedef struct {
    act_json_writer json;
    size_t most;
} writer;

static int write_value(writer *w, cel_value v, unsigned depth);

/* May one more value be written, @depth levels down? */
static int check_room(const writer *w, unsigned depth)
{
    if (depth == DEPTH_MAX || w->json.out->len > w->most)
        return ACT_ELIMIT;
    return act_buf_err(w->json.out);
}

/* A parsed subtree without the white space its text may have; numbers as they were written.
 */
static int write_node(writer *w, const act_json *v, unsigned depth)
{
    size_t n;
    int err = check_room(w, depth);
    if (err)
        return err;
    switch ((enum act_json_type)v->type) {
    case ACT_JSON_ARRAY: {
        const act_json *items = act_json_items(v, &n);
        act_jw_array(&w->json);
        for (size_t i = 0; i < n && !err; i++)
            err = write_node(w, &items[i], depth + 1);
        if (!err)
            act_jw_array_end(&w->json);
        return err;
    }
    case ACT_JSON_OBJECT: {
        const act_json_member *members = act_json_members(v, &n);
        act_jw_object(&w->json);
        for (size_t i = 0; i < n && !err; i++) {
            act_jw_key(&w->json, members[i].key);
            err = write_node(w, &members[i].value, depth + 1);
        }
        if (!err)
            act_jw_object_end(&w->json);
        return err;
    }
    case ACT_JSON_STRING:
        act_jw_string(&w->json, v->as.string);
        return ACT_OK;
    case ACT_JSON_NULL:
    case ACT_JSON_BOOL:
    case ACT_JSON_INT:
    case ACT_JSON_UINT:
    case ACT_JSON_DOUBLE:
        act_jw_value(&w->json, v);
        return ACT_OK;
    }
    return ACT_EUNSUPPORTED;
}

static int write_list(writer *w, cel_value v, unsigned depth)
{
    int err = ACT_OK;
    uint32_t n = cel_list_count(v);
    act_jw_array(&w->json);
    for (uint32_t i = 0; i < n && !err; i++)
        err = write_value(w, cel_list_at(v, i), depth + 1);
    if (!err)
        act_jw_array_end(&w->json);
    return err;
}

static void write_key(writer *w, cel_value key)
{
    char text[CEL_NUM_MAX];
    if (key.kind == CEL_STRING)
        act_jw_key(&w->json, cel_value_str(key));
    else if (key.kind == CEL_BOOL)
        act_jw_key(&w->json, key.as.boolean ? ACT_STR("true") : ACT_STR("false"));
    else if (key.kind == CEL_INT)
        act_jw_key(&w->json, act_str_from(text, cel_num_print_int(key.as.i64, text)));
    else
        act_jw_key(&w->json, act_str_from(text, cel_num_print_uint(key.as.u64, text)));
}

static int write_map(writer *w, cel_value v, unsigned depth)
{
    int err = ACT_OK;
    uint32_t n = cel_map_count(v);
    act_jw_object(&w->json);
    for (uint32_t i = 0; i < n && !err; i++) {
        cel_entry e = cel_map_at(v, i);
        write_key(w, e.key);
        err = write_value(w, e.value, depth + 1);
    }
    if (!err)
        act_jw_object_end(&w->json);
    return err;
}

static int write_base64(writer *w, act_str bytes)
{
    act_buf text = ACT_BUF_INIT;
    size_t size = cel_base64_encoded_size(bytes.len);
    char *room = size == SIZE_MAX ? NULL : act_buf_reserve(&text, size);
    int err = room ? ACT_OK : ACT_ENOMEM;
    if (room) {
        cel_base64_encode(bytes, room);
        act_jw_string(&w->json, act_str_from(room, size));
    }
    act_buf_done(&text);
    return err;
}

static int write_opaque(writer *w, const cel_opaque *o)
{
    if (!o->type->write_text)
        return ACT_EUNSUPPORTED;
    act_buf text = ACT_BUF_INIT;
    int err = o->type->write_text(o, &text);
    if (!err)
        err = act_buf_err(&text);
    if (!err)
        act_jw_string(&w->json, act_buf_str(&text));
    act_buf_done(&text);
    return err;
}

/* Text of the scalars whose JSON form is a string or a number, for both outputs. */
static size_t scalar_text(cel_value v, char out[CEL_NUM_MAX])
{
    static_assert((int)CEL_NUM_MAX >= (int)CEL_TIME_PRINT_MAX, "one buffer serves all");
    switch (v.kind) {
    case CEL_INT:
        return cel_num_print_int(v.as.i64, out);
    case CEL_UINT:
        return cel_num_print_uint(v.as.u64, out);
    case CEL_DOUBLE:
        return cel_num_print_double(v.as.f64, out);
    case CEL_TIMESTAMP:
        return cel_time_print((cel_time){ v.as.i64, v.len }, out);
    default:
        return cel_duration_print(v.as.i64, out);
    }
}

act_str cel_value_brief(cel_value v, char *room)
{
    switch (v.kind) {
    case CEL_STRING:
        return cel_value_str(v);
    case CEL_BOOL:
        return v.as.boolean ? ACT_STR("true") : ACT_STR("false");
    case CEL_INT:
    case CEL_UINT:
    case CEL_DOUBLE:
        return act_str_from(room, scalar_text(v, room));
    default:
        return ACT_STR("?");
    }
}

static int write_value(writer *w, cel_value v, unsigned depth)
{
    char text[CEL_NUM_MAX];
    int err = check_room(w, depth);
    if (err)
        return err;
    switch ((enum cel_kind)v.kind) {
    case CEL_NULL:
        act_jw_null(&w->json);
        return ACT_OK;
    case CEL_BOOL:
        act_jw_bool(&w->json, v.as.boolean);
        return ACT_OK;
    case CEL_INT:
        if (v.as.i64 >= -EXACT_MAX && v.as.i64 <= EXACT_MAX)
            act_jw_i64(&w->json, v.as.i64);
        else
            act_jw_string(&w->json, act_str_from(text, scalar_text(v, text)));
        return ACT_OK;
    case CEL_UINT:
        if (v.as.u64 <= (uint64_t)EXACT_MAX)
            act_jw_u64(&w->json, v.as.u64);
        else
            act_jw_string(&w->json, act_str_from(text, scalar_text(v, text)));
        return ACT_OK;
    case CEL_DOUBLE:
        if (isfinite(v.as.f64))
            act_jw_f64(&w->json, v.as.f64);
        else if (isnan(v.as.f64))
            act_jw_string(&w->json, ACT_STR("NaN"));
        else
            act_jw_string(&w->json,
                          v.as.f64 < 0 ? ACT_STR("-Infinity") : ACT_STR("Infinity"));
        return ACT_OK;
    case CEL_STRING:
        act_jw_string(&w->json, cel_value_str(v));
        return ACT_OK;
    case CEL_BYTES:
        return write_base64(w, cel_value_str(v));
    case CEL_LIST:
        return v.flags & CEL_V_JSON ? write_node(w, v.as.json, depth)
                                    : write_list(w, v, depth);
    case CEL_MAP:
        return v.flags & CEL_V_JSON ? write_node(w, v.as.json, depth)
                                    : write_map(w, v, depth);
    case CEL_TIMESTAMP:
    case CEL_DURATION:
        act_jw_string(&w->json, act_str_from(text, scalar_text(v, text)));
        return ACT_OK;
    case CEL_OPTIONAL:
        if (v.as.operand)
            return write_value(w, *v.as.operand, depth + 1);
        act_jw_null(&w->json);
        return ACT_OK;
    case CEL_OPAQUE:
        return write_opaque(w, v.as.opaque);
    case CEL_TYPE:
    case CEL_ERROR:
    case CEL_KIND_COUNT:
        break;
    }
    return ACT_EUNSUPPORTED;
}

/* The bound of a text that may add @max_bytes to @out. */
static size_t end_of_text(const act_buf *out, size_t max_bytes)
{
    size_t most;
    return act_add_overflows(out->len, max_bytes, &most) ? SIZE_MAX : most;
}

static int write_json(cel_value v, size_t most, act_buf *out)
{
    writer w = { act_json_writer_on(out), most };
    int err = write_value(&w, v, 0);
    if (!err)
        err = act_buf_err(out);
    return !err && out->len > most ? ACT_ELIMIT : err;
}

int cel_value_write_json(cel_value v, act_buf *out)
{
    return write_json(v, end_of_text(out, TEXT_MAX), out);
}

int cel_value_write_text(cel_value v, act_buf *out)
{
    return cel_value_write_text_max(v, TEXT_MAX, out);
}

static int write_text(cel_value v, size_t most, act_buf *out)
{
    char text[CEL_NUM_MAX];
    switch ((enum cel_kind)v.kind) {
    case CEL_STRING:
    case CEL_TYPE:
        act_buf_add(out, cel_value_str(v));
        return act_buf_err(out);
    case CEL_INT:
    case CEL_UINT:
    case CEL_DOUBLE:
    case CEL_TIMESTAMP:
    case CEL_DURATION:
        act_buf_add(out, act_str_from(text, scalar_text(v, text)));
        return act_buf_err(out);
    case CEL_OPTIONAL:
        if (v.as.operand)
            return write_text(*v.as.operand, most, out);
        act_buf_add(out, ACT_STR("null"));
        return act_buf_err(out);
    case CEL_OPAQUE:
        if (!v.as.opaque->type->write_text)
            return ACT_EUNSUPPORTED;
        return v.as.opaque->type->write_text(v.as.opaque, out);
    case CEL_NULL:
    case CEL_BOOL:
    case CEL_BYTES:
    case CEL_LIST:
    case CEL_MAP:
        return write_json(v, most, out);
    case CEL_ERROR:
    case CEL_KIND_COUNT:
        break;
    }
    return ACT_EUNSUPPORTED;
}

int cel_value_write_text_max(cel_value v, size_t max_bytes, act_buf *out)
{
    size_t most = end_of_text(out, max_bytes);
    int err = write_text(v, most, out);
    return !err && out->len > most ? ACT_ELIMIT : err;
}
