#include "core/field.h"

static const act_json *member(const act_json *object, const char *key)
{
    const act_json *v = act_json_get(object, act_str_cstr(key));
    return v && v->type == ACT_JSON_NULL ? NULL : v;
}

static int wrong_type(const char *path, const char *key, const char *wanted,
                      act_err *reterr)
{
    return act_fail(reterr, ACT_ETYPE, "%s%s: must be %s", path, key, wanted);
}

int act_field_text(const act_json *object, const char *path, const char *key, size_t max,
                   act_str *ret, act_err *reterr)
{
    const act_json *v = member(object, key);
    if (!v) {
        *ret = (act_str){ 0 };
        return ACT_OK;
    }
    if (v->type != ACT_JSON_STRING)
        return wrong_type(path, key, "a string", reterr);
    if (v->as.string.len > max)
        return act_fail(reterr, ACT_ELIMIT, "%s%s: longer than %zu bytes", path, key, max);
    *ret = v->as.string;
    return ACT_OK;
}

int act_field_time(const act_json *object, const char *path, const char *key,
                   int64_t *ret_ns, act_err *reterr)
{
    const act_json *v = member(object, key);
    if (!v) {
        *ret_ns = ACT_TIME_NONE;
        return ACT_OK;
    }
    if (v->type != ACT_JSON_STRING)
        return wrong_type(path, key, "a time as a string", reterr);
    act_str text = v->as.string;
    /* What Go writes for a time that was never set, where it does not write null. */
    if (act_str_eq(text, ACT_STR("0001-01-01T00:00:00Z"))) {
        *ret_ns = ACT_TIME_NONE;
        return ACT_OK;
    }
    int64_t ns;
    switch (act_rfc3339_parse(text, &ns)) {
    case ACT_OK:
        break;
    case ACT_ELIMIT:
        return act_fail(reterr, ACT_EPARSE,
                        "%s%s: \"%.*s\" is outside the years 1678 to 2261", path, key,
                        ACT_STR_ARG(act_str_head(text, 64)));
    default:
        return act_fail(reterr, ACT_EPARSE, "%s%s: \"%.*s\" is no RFC 3339 time", path, key,
                        ACT_STR_ARG(act_str_head(text, 64)));
    }
    if (ns == ACT_TIME_NONE) /* the one instant that means "none" */
        ns++;
    *ret_ns = ns;
    return ACT_OK;
}

int act_field_int32(const act_json *object, const char *path, const char *key, int32_t *ret,
                    act_err *reterr)
{
    const act_json *v = member(object, key);
    if (!v) {
        *ret = 0;
        return ACT_OK;
    }
    if (v->type != ACT_JSON_INT || v->as.i64 < INT32_MIN || v->as.i64 > INT32_MAX)
        return wrong_type(path, key, "a 32-bit integer", reterr);
    *ret = (int32_t)v->as.i64;
    return ACT_OK;
}

int act_field_object(const act_json *object, const char *path, const char *key,
                     const act_json **ret, act_err *reterr)
{
    const act_json *v = member(object, key);
    if (v && v->type != ACT_JSON_OBJECT)
        return wrong_type(path, key, "an object", reterr);
    *ret = v;
    return ACT_OK;
}
