#include "core/scope.h"

static const act_str type_names[] = {
    [ACT_SCOPE_PLATFORM] = { "platform", 8 },
    [ACT_SCOPE_ORGANIZATION] = { "organization", 12 },
    [ACT_SCOPE_PROJECT] = { "project", 7 },
    [ACT_SCOPE_USER] = { "user", 4 },
};
static_assert(ACT_COUNT(type_names) == ACT_SCOPE_TYPES, "each tenant type has a name");

act_str act_scope_type_name(enum act_scope_type type)
{
    assert((unsigned)type < ACT_SCOPE_TYPES);
    return type_names[type];
}

bool act_scope_type_parse(act_str text, enum act_scope_type *ret)
{
    for (unsigned i = 0; i < ACT_SCOPE_TYPES; i++) {
        if (act_str_eq_nocase(text, type_names[i])) {
            *ret = (enum act_scope_type)i;
            return true;
        }
    }
    return false;
}

bool act_scope_eq(act_scope a, act_scope b)
{
    return a.type == b.type && act_str_eq(a.name, b.name);
}

/* A type and a name, each present or not (ptr NULL), as one tenant. */
static int combine(act_str type_text, act_str name, act_scope *ret, act_err *reterr)
{
    enum act_scope_type type;
    if (type_text.len == 0)
        return act_fail(reterr, ACT_EDENIED, "the tenant has a name and no type");
    if (!act_scope_type_parse(type_text, &type))
        return act_fail(reterr, ACT_EDENIED, "unknown tenant type \"%.*s\"",
                        ACT_STR_ARG(act_str_head(type_text, 64)));
    if (type == ACT_SCOPE_PLATFORM && name.len > 0)
        return act_fail(reterr, ACT_EDENIED, "a platform scope has no name");
    if (type != ACT_SCOPE_PLATFORM && name.len == 0)
        return act_fail(reterr, ACT_EDENIED, "the tenant has a type and no name");
    if (name.len > ACT_SCOPE_NAME_MAX)
        return act_fail(reterr, ACT_EDENIED, "the tenant's name is longer than %d bytes",
                        ACT_SCOPE_NAME_MAX);
    if (!act_str_is_utf8(name))
        return act_fail(reterr, ACT_EDENIED, "the tenant's name is not UTF-8");
    *ret = (act_scope){ .type = type, .name = name };
    return ACT_OK;
}

/* True when all values are the same; which one would count is then no question. */
static bool agree(const act_str *values, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (!act_str_eq(values[0], values[i]))
            return false;
    return true;
}

int act_scope_of_request(const act_str *types, size_t n_types, const act_str *names,
                         size_t n_names, act_scope *ret, act_err *reterr)
{
    if (n_types == 0 && n_names == 0) {
        *ret = (act_scope){ .type = ACT_SCOPE_PLATFORM };
        return ACT_OK;
    }
    if (!agree(types, n_types) || !agree(names, n_names))
        return act_fail(reterr, ACT_EDENIED, "several tenants at once");
    return combine(n_types ? types[0] : (act_str){ 0 }, n_names ? names[0] : (act_str){ 0 },
                   ret, reterr);
}

/* ---- records ---------------------------------------------------------------------- */

/* A present source decides: its tenant, or the platform when it makes no sense. */
static bool decide(act_str type, act_str name, act_scope *ret)
{
    *ret = (act_scope){ .type = ACT_SCOPE_PLATFORM };
    return combine(type, name, ret, NULL) == ACT_OK;
}

/* Present means there and not null; what is no string is unusable, so not empty either. */
static bool present(const act_json *v)
{
    return v && v->type != ACT_JSON_NULL;
}

static bool from_annotations(const act_json *annotations, act_scope *ret, bool *usable)
{
    const act_json *type = act_json_get(annotations, ACT_STR(ACT_ANNOTATION_SCOPE_TYPE));
    const act_json *name = act_json_get(annotations, ACT_STR(ACT_ANNOTATION_SCOPE_NAME));
    if (!present(type) && !present(name))
        return false;
    *usable = decide(act_json_string(type), act_json_string(name), ret);
    return true;
}

/* First and only value of an extra: they are lists of strings. Several that differ, or
 * something else than text, give an empty string, which no tenant has. */
static act_str extra_value(const act_json *values)
{
    size_t n;
    const act_json *items = act_json_items(values, &n);
    if (n == 0)
        return (act_str){ 0 };
    act_str first = act_json_string(&items[0]);
    for (size_t i = 1; i < n; i++)
        if (!act_json_is(&items[i], first))
            return (act_str){ 0 };
    return first;
}

static bool from_extra(const act_json *extra, act_scope *ret, bool *usable)
{
    const act_json *type = act_json_get(extra, ACT_STR(ACT_EXTRA_PARENT_TYPE));
    const act_json *name = act_json_get(extra, ACT_STR(ACT_EXTRA_PARENT_NAME));
    if (present(type) || present(name)) {
        *usable = decide(extra_value(type), extra_value(name), ret);
        return true;
    }
    static const struct {
        act_str key;
        enum act_scope_type type;
    } older[] = { { { "project", 7 }, ACT_SCOPE_PROJECT },
                  { { "organization", 12 }, ACT_SCOPE_ORGANIZATION } };
    for (size_t i = 0; i < ACT_COUNT(older); i++) {
        const act_json *values = act_json_get(extra, older[i].key);
        if (present(values)) {
            *usable = decide(type_names[older[i].type], extra_value(values), ret);
            return true;
        }
    }
    return false;
}

bool act_scope_of_audit_parts(const act_json *annotations, const act_json *extra,
                              const act_json *impersonated, act_scope *ret)
{
    bool usable = true;
    if (present(impersonated))
        extra = act_json_get(impersonated, ACT_STR("extra"));
    if (!from_annotations(annotations, ret, &usable) && !from_extra(extra, ret, &usable))
        *ret = (act_scope){ .type = ACT_SCOPE_PLATFORM };
    return usable;
}

bool act_scope_of_audit(const act_json *event, act_scope *ret)
{
    return act_scope_of_audit_parts(act_json_get(event, ACT_STR("annotations")),
                                    act_json_path(event, "user", "extra", NULL),
                                    act_json_get(event, ACT_STR("impersonatedUser")), ret);
}

bool act_scope_of_event(const act_json *event, act_scope *ret)
{
    bool usable = true;
    if (!from_annotations(act_json_path(event, "metadata", "annotations", NULL), ret,
                          &usable))
        *ret = (act_scope){ .type = ACT_SCOPE_PLATFORM };
    return usable;
}

/* ---- visibility ------------------------------------------------------------------- */

bool act_scope_allows(act_scope viewer, act_scope tenant, act_str performer_uid)
{
    switch (viewer.type) {
    case ACT_SCOPE_PLATFORM:
        return true;
    case ACT_SCOPE_ORGANIZATION:
    case ACT_SCOPE_PROJECT:
        return act_scope_eq(viewer, tenant);
    case ACT_SCOPE_USER:
        return viewer.name.len > 0 && act_str_eq(viewer.name, performer_uid);
    }
    return false; /* not a type: fail closed */
}

bool act_scope_allows_event(act_scope viewer, act_scope tenant)
{
    return viewer.type == ACT_SCOPE_PLATFORM || act_scope_eq(viewer, tenant);
}
