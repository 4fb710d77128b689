#include "pipeline/reindex_state.h"

#include "base/json_write.h"

#include <stddef.h>

/* Numbers of the state under their keys; read and written in one loop each. */
static const struct {
    const char *key;
    size_t offset;
} numbers[] = {
#define NUMBER(member)                                                                     \
    {                                                                                      \
#member, offsetof(act_reindex_state, member)                                       \
    }
    NUMBER(start_us), NUMBER(end_us),  NUMBER(version),   NUMBER(policies_revision),
    NUMBER(at_us),    NUMBER(total),   NUMBER(processed), NUMBER(generated),
    NUMBER(written),  NUMBER(removed), NUMBER(errors),
#undef NUMBER
};
static_assert(sizeof(int64_t) == sizeof(uint64_t), "numbers are copied as int64_t");

void act_reindex_state_done(act_reindex_state *s)
{
    act_buf_done(&s->at_id);
}

static int copy_id(act_str id, act_buf *ret)
{
    act_buf copy = ACT_BUF_INIT;
    act_buf_add(&copy, id);
    int r = act_buf_err(&copy);
    if (!r)
        *ret = copy;
    return r;
}

int act_reindex_state_copy(const act_reindex_state *from, act_reindex_state *ret)
{
    act_reindex_state copy = *from;
    int r = copy_id(act_buf_str(&from->at_id), &copy.at_id);
    if (!r)
        *ret = copy;
    return r;
}

void act_reindex_state_write(const act_reindex_state *s, act_buf *out)
{
    act_json_writer w = act_json_writer_on(out);
    act_jw_object(&w);
    for (size_t i = 0; i < ACT_COUNT(numbers); i++) {
        int64_t v;
        memcpy(&v, (const char *)s + numbers[i].offset, sizeof v);
        act_jw_kv_i64(&w, numbers[i].key, v);
    }
    act_jw_kv_i64(&w, "source", s->source);
    act_jw_kv_bool(&w, "placed", s->placed);
    act_jw_kv_string(&w, "at_id", act_buf_str(&s->at_id));
    act_jw_kv_string(&w, "first_error", act_str_cstr(s->first_error.text));
    act_jw_kv_string(&w, "note", act_str_cstr(s->note.text));
    act_jw_object_end(&w);
}

static bool read_number(const act_json *object, const char *key, int64_t *ret)
{
    const act_json *v = act_json_get(object, act_str_cstr(key));
    if (!v || v->type != ACT_JSON_INT || v->as.i64 < 0)
        return false;
    *ret = v->as.i64;
    return true;
}

static void read_text(const act_json *object, const char *key, act_err *ret)
{
    act_str text = act_json_string(act_json_get(object, act_str_cstr(key)));
    (void)snprintf(ret->text, sizeof ret->text, "%.*s", ACT_STR_ARG(text));
}

int act_reindex_state_read(const act_json *object, act_reindex_state *ret)
{
    act_reindex_state s = { 0 };
    int64_t source;
    for (size_t i = 0; i < ACT_COUNT(numbers); i++) {
        int64_t v;
        if (!read_number(object, numbers[i].key, &v))
            return ACT_EPARSE;
        memcpy((char *)&s + numbers[i].offset, &v, sizeof v);
    }
    const act_json *placed = act_json_get(object, ACT_STR("placed"));
    if (!read_number(object, "source", &source) || source > ACT_RULE_KINDS || !placed ||
        placed->type != ACT_JSON_BOOL)
        return ACT_EPARSE;
    s.source = (unsigned)source;
    s.placed = placed->as.boolean;
    read_text(object, "first_error", &s.first_error);
    read_text(object, "note", &s.note);
    int r = copy_id(act_json_string(act_json_get(object, ACT_STR("at_id"))), &s.at_id);
    if (!r)
        *ret = s;
    return r;
}
