#include "kube/user_json.h"

static void write_list(act_json_writer *w, act_str key, const act_str *items, size_t n)
{
    act_jw_key(w, key);
    act_jw_array(w);
    for (size_t i = 0; i < n; i++)
        act_jw_string(w, items[i]);
    act_jw_array_end(w);
}

void act_user_write(act_json_writer *w, const act_user *u)
{
    act_jw_kv_string_opt(w, "uid", u->uid);
    if (u->n_groups > 0)
        write_list(w, ACT_STR("groups"), u->groups, u->n_groups);
    if (u->n_extra == 0)
        return;
    act_jw_key(w, ACT_STR("extra"));
    act_jw_object(w);
    for (size_t i = 0; i < u->n_extra; i++)
        write_list(w, u->extra[i].key, u->extra[i].values, u->extra[i].n);
    act_jw_object_end(w);
}

/* The strings of list @v, with room for one more. */
static int read_list(act_arena *a, const act_json *v, act_str **ret, size_t *ret_n)
{
    size_t n, kept = 0;
    const act_json *items = act_json_items(v, &n);
    act_str *list = act_arena_make_n(a, act_str, n + 1);
    if (!list)
        return ACT_ENOMEM;
    for (size_t i = 0; i < n; i++)
        if (items[i].type == ACT_JSON_STRING)
            list[kept++] = items[i].as.string;
    *ret = list;
    *ret_n = kept;
    return 0;
}

static int read_extra(act_arena *a, const act_json *v, act_user *u)
{
    size_t n;
    const act_json_member *members = act_json_members(v, &n);
    act_user_extra *extra = act_arena_make_n(a, act_user_extra, n);
    if (!extra)
        return ACT_ENOMEM;
    for (size_t i = 0; i < n; i++) {
        act_str *values;
        extra[i].key = members[i].key;
        int r = read_list(a, &members[i].value, &values, &extra[i].n);
        if (r)
            return r;
        extra[i].values = values;
    }
    u->extra = extra;
    u->n_extra = n;
    return 0;
}

int act_user_read(act_arena *a, const act_json *v, act_user *ret)
{
    act_user u = { .name = act_json_string(act_json_path(v, "username", NULL)),
                   .uid = act_json_string(act_json_path(v, "uid", NULL)) };
    if (u.name.len == 0)
        return ACT_EPARSE;
    act_str *groups;
    int r = read_list(a, act_json_path(v, "groups", NULL), &groups, &u.n_groups);
    if (r)
        return r;
    u.groups = groups;
    if (!act_user_in_group(&u, ACT_STR(ACT_GROUP_AUTHENTICATED)))
        groups[u.n_groups++] = ACT_STR(ACT_GROUP_AUTHENTICATED);
    r = read_extra(a, act_json_path(v, "extra", NULL), &u);
    if (!r)
        *ret = u;
    return r;
}
