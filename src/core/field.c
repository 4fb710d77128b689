#include "core/field.h"

static int wrong_type(const char *path, const act_field *f, const char *wanted,
                      act_err *reterr)
{
    return act_fail(reterr, ACT_ETYPE, "%s%s: must be %s", path, f->key.ptr, wanted);
}

static int read_text(const act_json *v, const char *path, const act_field *f, act_str *ret,
                     act_err *reterr)
{
    if (v->type != ACT_JSON_STRING)
        return wrong_type(path, f, "a string", reterr);
    if (v->as.string.len > f->max)
        return act_fail(reterr, ACT_ELIMIT, "%s%s: longer than %zu bytes", path, f->key.ptr,
                        f->max);
    *ret = v->as.string;
    return ACT_OK;
}

static int read_time(const act_json *v, const char *path, const act_field *f,
                     int64_t *ret_ns, act_err *reterr)
{
    if (v->type != ACT_JSON_STRING)
        return wrong_type(path, f, "a time as a string", reterr);
    act_str text = v->as.string;
    int64_t ns;
    int err = act_rfc3339_parse(text, &ns);
    if (err == ACT_OK) {
        *ret_ns = ns == ACT_TIME_NONE ? ns + 1 : ns;
        return ACT_OK;
    }
    /* What Go writes for a time that was never set, where it does not write null. */
    if (act_str_eq(text, ACT_STR("0001-01-01T00:00:00Z")))
        return ACT_OK;
    return act_fail(reterr, ACT_EPARSE, "%s%s: \"%.*s\" is %s", path, f->key.ptr,
                    ACT_STR_ARG(act_str_head(text, 64)),
                    err == ACT_ELIMIT ? "outside the years 1678 to 2261"
                                      : "no RFC 3339 time");
}

static int read_int32(const act_json *v, const char *path, const act_field *f, int32_t *ret,
                      act_err *reterr)
{
    if (v->type != ACT_JSON_INT || v->as.i64 < INT32_MIN || v->as.i64 > INT32_MAX)
        return wrong_type(path, f, "a 32-bit integer", reterr);
    *ret = (int32_t)v->as.i64;
    return ACT_OK;
}

static int read_object(const act_json *v, const char *path, const act_field *f,
                       const act_json **ret, act_err *reterr)
{
    if (v->type != ACT_JSON_OBJECT)
        return wrong_type(path, f, "an object", reterr);
    *ret = v;
    return ACT_OK;
}

static void *target(const act_field *f, void *out)
{
    return (char *)out + f->offset;
}

static void set_absent(const act_field *f, void *out)
{
    switch (f->type) {
    case ACT_FIELD_TEXT:
        *(act_str *)target(f, out) = (act_str){ 0 };
        break;
    case ACT_FIELD_TIME:
        *(int64_t *)target(f, out) = ACT_TIME_NONE;
        break;
    case ACT_FIELD_INT32:
        *(int32_t *)target(f, out) = 0;
        break;
    case ACT_FIELD_OBJECT:
        *(const act_json **)target(f, out) = NULL;
        break;
    }
}

static int read_value(const act_json *v, const char *path, const act_field *f, void *out,
                      act_err *reterr)
{
    switch (f->type) {
    case ACT_FIELD_TEXT:
        return read_text(v, path, f, target(f, out), reterr);
    case ACT_FIELD_TIME:
        return read_time(v, path, f, target(f, out), reterr);
    case ACT_FIELD_INT32:
        return read_int32(v, path, f, target(f, out), reterr);
    case ACT_FIELD_OBJECT:
        return read_object(v, path, f, target(f, out), reterr);
    }
    return ACT_EINVAL;
}

/* Row of @key, looking first at row @expected and going round from there. */
static size_t find(const act_field *fields, size_t n, size_t expected, act_str key)
{
    for (size_t k = 0; k < n; k++) {
        size_t i = expected + k < n ? expected + k : expected + k - n;
        if (act_str_eq(fields[i].key, key))
            return i;
    }
    return n;
}

int act_fields_read(const act_json *object, const char *path, const act_field *fields,
                    size_t n, void *out, act_err *reterr)
{
    for (size_t i = 0; i < n; i++)
        set_absent(&fields[i], out);
    size_t count, expected = 0;
    const act_json_member *members = act_json_members(object, &count);
    for (size_t m = 0; m < count; m++) {
        const act_json *v = &members[m].value;
        size_t i = find(fields, n, expected, members[m].key);
        if (i == n)
            continue;
        expected = i + 1 < n ? i + 1 : 0;
        if (v->type == ACT_JSON_NULL)
            continue;
        int err = read_value(v, path, &fields[i], out, reterr);
        if (err)
            return err;
    }
    return ACT_OK;
}
