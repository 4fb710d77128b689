#include "kube/object.h"

#include "base/buf.h"
#include "base/json_builder.h"

#include <sys/random.h>

enum {
    MADE_NAME_MAX = 63,
    SUFFIX_LEN = 5,
    OWNERS_MAX = 1000, /* that are compared with one another; more stay as they are */
};

act_str act_object_meta(const act_json *object, const char *key)
{
    const act_json *meta = act_json_get(object, ACT_STR("metadata"));
    return act_json_string(act_json_get(meta, act_str_cstr(key)));
}

act_str act_object_version(const act_json *object)
{
    act_str version = act_object_meta(object, "resourceVersion");
    return act_str_eq_cstr(version, "0") ? (act_str){ 0 } : version;
}

int64_t act_object_generation(const act_json *object)
{
    const act_json *meta = act_json_get(object, ACT_STR("metadata"));
    const act_json *v = act_json_get(meta, ACT_STR("generation"));
    return v && v->type == ACT_JSON_INT ? v->as.i64 : 0;
}

int act_object_with_meta(act_arena *a, const act_json *object, const char *key,
                         act_json value, const act_json **ret)
{
    act_str path[] = { ACT_STR("metadata"), act_str_cstr(key) };
    act_json *with = act_arena_make(a, act_json);
    if (!with)
        return ACT_ENOMEM;
    int r = act_json_with_path(a, object, path, 2, value, with);
    if (!r)
        *ret = with;
    return r;
}

int act_object_with(act_arena *a, const act_json *object, const char *key,
                    const act_json *value, const act_json **ret)
{
    act_json *with = act_arena_make(a, act_json);
    if (!with)
        return ACT_ENOMEM;
    int r = value ? act_json_with(a, object, act_str_cstr(key), *value, with)
                  : act_json_without(a, object, act_str_cstr(key), with);
    if (!r)
        *ret = with;
    return r;
}

int act_object_without_namespace(act_arena *a, const act_json *object, const act_json **ret)
{
    const act_json *meta = act_json_get(object, ACT_STR("metadata"));
    act_json less;
    if (!act_json_get(meta, ACT_STR("namespace"))) {
        *ret = object;
        return 0;
    }
    int r = act_json_without(a, meta, ACT_STR("namespace"), &less);
    return r ? r : act_object_with(a, object, "metadata", &less, ret);
}

static bool has_before(const act_json *items, size_t i)
{
    size_t k = 0;
    while (k < i && !act_json_equal(&items[k], &items[i]))
        k++;
    return k < i;
}

int act_object_owners_once(act_arena *a, const act_json *object, const act_json **ret,
                           act_str *ret_uids)
{
    size_t n, again = 0;
    const act_json *meta = act_json_get(object, ACT_STR("metadata"));
    const act_json *items =
        act_json_items(act_json_get(meta, ACT_STR("ownerReferences")), &n);
    act_json_array_builder once = act_json_array_in(a);
    act_buf uids = ACT_BUF_INIT;
    act_json list;
    act_str text = { 0 };
    if (n > OWNERS_MAX)
        n = 0;
    for (size_t i = 0; i < n; i++) {
        if (!has_before(items, i)) {
            act_json_array_add(&once, items[i]);
            continue;
        }
        act_str uid = act_json_string(act_json_get(&items[i], ACT_STR("uid")));
        act_buf_printf(&uids, "%s%.*s", again++ ? ", " : "", ACT_STR_ARG(uid));
    }
    int r = act_buf_err(&uids);
    if (!r && again > 0)
        r = act_arena_str(a, act_buf_str(&uids), &text);
    act_buf_done(&uids);
    if (!r && again > 0)
        r = act_json_array_built(&once, &list);
    if (!r && again > 0)
        r = act_object_with_meta(a, object, "ownerReferences", list, &object);
    if (r)
        return r;
    *ret = object;
    *ret_uids = text;
    return 0;
}

static void fill_system(void *ctx, void *out, size_t n)
{
    (void)ctx;
    /* Up to 256 bytes never fail or fall short once the system is up. */
    ssize_t got = getrandom(out, n, 0);
    assert(n <= 256 && got == (ssize_t)n);
    (void)got;
}

act_random act_random_system(void)
{
    return (act_random){ fill_system, NULL };
}

/* ---- create and update ------------------------------------------------------------- */

int act_uid_make(act_arena *a, act_random random, act_str *ret)
{
    uint8_t b[16];
    random.fill(random.ctx, b, sizeof b);
    b[6] = (uint8_t)((b[6] & 0x0f) | 0x40); /* RFC 9562, version 4 */
    b[8] = (uint8_t)((b[8] & 0x3f) | 0x80);
    return act_arena_printf(a, ret,
                            "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
                            "%02x%02x%02x%02x%02x%02x",
                            b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9],
                            b[10], b[11], b[12], b[13], b[14], b[15]);
}

/* @prefix, cut short, and five letters that make no words
 * (k8s.io/apiserver/pkg/storage/names). */
static int make_name(act_arena *a, act_random random, act_str prefix, act_str *ret)
{
    static const char letters[] = "bcdfghjklmnpqrstvwxz2456789";
    uint8_t b[SUFFIX_LEN];
    char suffix[SUFFIX_LEN + 1] = "";
    random.fill(random.ctx, b, sizeof b);
    for (int i = 0; i < SUFFIX_LEN; i++)
        suffix[i] = letters[b[i] % (sizeof letters - 1)];
    prefix = act_str_head(prefix, MADE_NAME_MAX - SUFFIX_LEN);
    return act_arena_printf(a, ret, "%.*s%s", ACT_STR_ARG(prefix), suffix);
}

/* metadata without the members @keys. */
static int without_meta(act_arena *a, const act_json *object, const char *const *keys,
                        size_t n, const act_json **ret)
{
    const act_json *meta = act_json_get(object, ACT_STR("metadata"));
    if (!meta) {
        *ret = object;
        return 0;
    }
    act_json less = *meta;
    for (size_t i = 0; i < n; i++) {
        act_json next;
        int r = act_json_without(a, &less, act_str_cstr(keys[i]), &next);
        if (r)
            return r;
        less = next;
    }
    return act_object_with(a, object, "metadata", &less, ret);
}

static int rfc3339(act_arena *a, int64_t ns, act_str *ret)
{
    char text[ACT_RFC3339_MAX];
    return act_arena_str(a, act_str_from(text, act_rfc3339_format(ns, 0, text)), ret);
}

int act_object_prepare_create(act_arena *a, const act_json *object, int64_t now_ns,
                              act_random random, const act_json **ret)
{
    static const char *const gone[] = { "resourceVersion", "deletionTimestamp",
                                        "deletionGracePeriodSeconds", "selfLink",
                                        "managedFields" };
    const act_json *o = NULL;
    act_str uid, name = act_object_meta(object, "name"), created;
    act_str prefix = act_object_meta(object, "generateName");
    int r = without_meta(a, object, gone, ACT_COUNT(gone), &o);
    if (!r && name.len == 0 && prefix.len > 0) {
        r = make_name(a, random, prefix, &name);
        if (!r)
            r = act_object_with_meta(a, o, "name", act_json_of_string(name), &o);
    }
    if (!r)
        r = act_uid_make(a, random, &uid);
    if (!r)
        r = act_object_with_meta(a, o, "uid", act_json_of_string(uid), &o);
    if (!r)
        r = rfc3339(a, now_ns, &created);
    if (!r)
        r = act_object_with_meta(a, o, "creationTimestamp", act_json_of_string(created),
                                 &o);
    if (!r)
        r = act_object_with_meta(a, o, "generation", act_json_of_i64(1), &o);
    if (!r)
        *ret = o;
    return r;
}

int act_object_prepare_update(act_arena *a, const act_json *before, const act_json *after,
                              bool spec_changed, const act_json **ret)
{
    static const char *const kept[] = { "uid", "creationTimestamp", "deletionTimestamp",
                                        "deletionGracePeriodSeconds" };
    static const char *const gone[] = {
        "resourceVersion",   "selfLink",          "uid",
        "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds"
    };
    const act_json *meta = act_json_get(before, ACT_STR("metadata"));
    const act_json *o = NULL;
    int r = without_meta(a, after, gone, ACT_COUNT(gone), &o);
    for (size_t i = 0; i < ACT_COUNT(kept) && !r; i++) {
        const act_json *v = act_json_get(meta, act_str_cstr(kept[i]));
        if (v)
            r = act_object_with_meta(a, o, kept[i], *v, &o);
    }
    int64_t generation = act_object_generation(before) + spec_changed;
    if (!r)
        r = act_object_with_meta(a, o, "generation", act_json_of_i64(generation), &o);
    if (!r)
        *ret = o;
    return r;
}
