#include "conformance/conf_env.h"

#include "conformance/conf_value.h"

static int offer_libraries(cel_env *env, enum conf_libs libs)
{
    int err = cel_env_lib(env, CEL_LIB_STD, CEL_LIB_NEWEST);
    for (int lib = 0; lib < CEL_LIB_COUNT && libs == CONF_FULL && !err; lib++)
        if (lib != CEL_LIB_STD)
            err = cel_env_lib(env, (enum cel_lib_id)lib, CEL_LIB_NEWEST);
    return err;
}

/* NUL-terminated copy of a text from the line; cut when it does not fit. */
#define CSTR(room, s) (snprintf(room, sizeof(room), "%.*s", ACT_STR_ARG(s)), room)

/* Types of the test's own, as "set(T)", must be known before they are used. */
static int declare_types(cel_env *env, act_str type, act_err *e)
{
    static const char *const builtin[] = {
        "dyn",
        "bool",
        "int",
        "uint",
        "double",
        "string",
        "bytes",
        "null_type",
        "list",
        "map",
        "type",
        "optional_type",
        "timestamp",
        "duration",
        "google.protobuf.Timestamp",
        "google.protobuf.Duration",
        "null",
    };
    char room[256];
    while (type.len) {
        size_t n = 0;
        while (n < type.len && !strchr("(), ", type.ptr[n]))
            n++;
        act_str name = act_str_head(type, n);
        bool known = n < 2; /* separators, and parameters as T */
        for (size_t i = 0; i < ACT_COUNT(builtin) && !known; i++)
            known = act_str_eq_cstr(name, builtin[i]);
        int err = known ? ACT_OK : cel_env_type(env, CSTR(room, name));
        if (err && err != ACT_EEXISTS)
            return act_fail(e, err, "type %s: %s", room, act_strerror(err));
        type = act_str_cut(type, n ? n : 1);
    }
    return ACT_OK;
}

static int declare_var(cel_env *env, act_str name, act_str type, act_err *e)
{
    /* The suite declares variables called true, false and null to show that literals win.
     */
    if (act_str_eq_cstr(name, "true") || act_str_eq_cstr(name, "false") ||
        act_str_eq_cstr(name, "null"))
        return ACT_OK;
    char name_room[256], type_room[256];
    int err = declare_types(env, type, e);
    return err ? err
               : cel_env_var(env, CSTR(name_room, name), CSTR(type_room, type), NULL, e);
}

static int declare_function(cel_env *env, const act_json *d, act_err *e)
{
    size_t count, params;
    const act_json *overloads =
        act_json_items(act_json_get(d, ACT_STR("overloads")), &count);
    char name[256];
    for (size_t i = 0; i < count; i++) {
        const act_json *o = &overloads[i], *member = act_json_get(o, ACT_STR("member"));
        const act_json *param = act_json_items(act_json_get(o, ACT_STR("params")), &params);
        act_str result = act_json_string(act_json_get(o, ACT_STR("result")));
        act_buf signature = ACT_BUF_INIT;
        act_buf_add_byte(&signature, '(');
        int err = declare_types(env, result, e);
        for (size_t k = 0; k < params && !err; k++) {
            act_buf_add(&signature, k ? ACT_STR(", ") : ACT_STR(""));
            act_buf_add(&signature, act_json_string(&param[k]));
            err = declare_types(env, act_json_string(&param[k]), e);
        }
        act_buf_printf(&signature, ") -> %.*s%c", ACT_STR_ARG(result), '\0');
        if (!err)
            err = act_buf_err(&signature);
        if (!err)
            err = cel_env_func(
                env, CSTR(name, act_json_string(act_json_get(d, ACT_STR("name")))),
                signature.ptr, member && member->as.boolean ? CEL_FN_MEMBER : 0, NULL, NULL,
                NULL, e);
        act_buf_done(&signature);
        if (err)
            return err;
    }
    return ACT_OK;
}

/* cel-go's checker tests share these; the package leaves them out of the data. */
static int declare_checking_names(cel_env *env, act_err *e)
{
    static const char *const vars[][2] = {
        { "is", "string" }, { "ii", "int" },    { "iu", "uint" },      { "iz", "bool" },
        { "ib", "bytes" },  { "id", "double" }, { "ix", "null_type" },
    };
    int err = ACT_OK;
    for (size_t i = 0; i < ACT_COUNT(vars) && !err; i++)
        err = cel_env_var(env, vars[i][0], vars[i][1], NULL, e);
    if (!err)
        err = cel_env_func(env, "fg_s", "() -> string", 0, NULL, NULL, NULL, e);
    if (!err)
        err = cel_env_func(env, "fi_s_s", "(string) -> string", CEL_FN_MEMBER, NULL, NULL,
                           NULL, e);
    return err;
}

static int declare_all(cel_env *env, const act_json *line, act_err *e)
{
    size_t count;
    const act_json *decl = act_json_items(act_json_get(line, ACT_STR("type_env")), &count);
    int err = ACT_OK;
    for (size_t i = 0; i < count && !err; i++) {
        const act_json *type = act_json_get(&decl[i], ACT_STR("type"));
        act_str name = act_json_string(act_json_get(&decl[i], ACT_STR("name")));
        err = type ? declare_var(env, name, act_json_string(type), e)
                   : declare_function(env, &decl[i], e);
    }
    if (!err && act_json_is(act_json_get(line, ACT_STR("file")), ACT_STR("checking")))
        err = declare_checking_names(env, e);
    const act_json_member *bound =
        act_json_members(act_json_get(line, ACT_STR("bindings")), &count);
    for (size_t i = 0; i < count && !err; i++)
        if (cel_env_find_var(env, bound[i].key) < 0)
            err = declare_var(env, bound[i].key, ACT_STR("dyn"), e);
    return err;
}

int conf_env_new(const act_json *line, enum conf_libs libs, cel_env **ret, act_err *e)
{
    ACT_AUTO(cel_env) env = NULL;
    int err = cel_env_new(NULL, &env);
    if (err)
        return act_fail(e, err, "%s", act_strerror(err));
    err = offer_libraries(env, libs);
    if (err)
        return act_fail(e, err, "libraries: %s", act_strerror(err));
    err = declare_all(env, line, e);
    if (err)
        return err;
    char container[256];
    act_str name = act_json_string(act_json_get(line, ACT_STR("container")));
    err = name.len ? cel_env_container(env, CSTR(container, name)) : ACT_OK;
    if (err)
        return act_fail(e, err, "container: %s", act_strerror(err));
    *ret = env;
    env = NULL;
    return ACT_OK;
}

int conf_env_bind(const act_json *line, const cel_env *env, cel_ctx *ctx, act_arena *arena)
{
    size_t count;
    const act_json_member *bound =
        act_json_members(act_json_get(line, ACT_STR("bindings")), &count);
    for (size_t i = 0; i < count; i++) {
        int var = cel_env_find_var(env, bound[i].key);
        cel_value v;
        if (var < 0)
            continue; /* true, false, null */
        int err = conf_value_read(&bound[i].value, arena, &v);
        if (!err)
            err = cel_bind_value(ctx, (uint32_t)var, v);
        if (err)
            return err;
    }
    return ACT_OK;
}
