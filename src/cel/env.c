/* Environments: what names mean. Built once, then read by everybody. */
#include "cel/env_internal.h"
#include "cel/lex.h"

#include "base/alloc.h"

enum { ENV_ARENA_CAP = 64 << 20, OVERLOAD_PARAMS_MAX = 32, PARSE_DEPTH_MAX = 1000 };

/* What the stack bounds: see the "up to" in cel_limits. */
static cel_limits bounded(cel_limits limits)
{
    if (limits.parse_depth > PARSE_DEPTH_MAX)
        limits.parse_depth = PARSE_DEPTH_MAX;
    if (limits.call_args > OVERLOAD_PARAMS_MAX)
        limits.call_args = OVERLOAD_PARAMS_MAX;
    return limits;
}

int cel_env_new(const cel_limits *limits, cel_env **ret)
{
    cel_env *env = act_zalloc(1, sizeof(*env));
    if (!env)
        return ACT_ENOMEM;
    int err = act_arena_new(ENV_ARENA_CAP, 0, &env->arena);
    if (err) {
        act_dealloc(env);
        return err;
    }
    env->limits = limits ? bounded(*limits) : CEL_LIMITS_INIT;
    env->zoneinfo = ACT_STR("/usr/share/zoneinfo");
    env->container = ACT_STR("");
    *ret = env;
    return 0;
}

void cel_env_free(cel_env *env)
{
    if (!env)
        return;
    act_arena_free(env->arena);
    act_dealloc(env);
}

/* ---- tables of names ---------------------------------------------------------------- */

static uint32_t names_find(const cel_names *t, act_str name)
{
    if (t->size == 0)
        return UINT32_MAX;
    uint32_t i = (uint32_t)act_str_hash(name) & (t->size - 1);
    while (t->slots[i].value != UINT32_MAX) {
        if (act_str_eq(t->slots[i].name, name))
            return t->slots[i].value;
        i = (i + 1) & (t->size - 1);
    }
    return UINT32_MAX;
}

static void names_put(cel_names *t, act_str name, uint32_t value)
{
    uint32_t i = (uint32_t)act_str_hash(name) & (t->size - 1);
    while (t->slots[i].value != UINT32_MAX)
        i = (i + 1) & (t->size - 1);
    t->slots[i] = (struct cel_name_slot){ name, value };
    t->count++;
}

/* Room for one more at a load of at most one half. */
static int names_reserve(act_arena *a, cel_names *t)
{
    if ((t->count + 1) * 2 <= t->size)
        return 0;
    cel_names wider = { .size = t->size ? t->size * 2 : 64 };
    wider.slots = act_arena_make_n(a, struct cel_name_slot, wider.size);
    if (!wider.slots)
        return ACT_ENOMEM;
    for (uint32_t i = 0; i < wider.size; i++)
        wider.slots[i].value = UINT32_MAX;
    for (uint32_t i = 0; i < t->size; i++) {
        if (t->slots[i].value != UINT32_MAX)
            names_put(&wider, t->slots[i].name, t->slots[i].value);
    }
    *t = wider;
    return 0;
}

/* *items with room for one more of @item bytes. */
static int reserve(act_arena *a, void **items, uint32_t count, uint32_t *size, size_t item)
{
    if (count < *size)
        return 0;
    uint32_t wider = *size ? *size * 2 : 16;
    void *more = act_arena_array(a, wider, item);
    if (!more)
        return ACT_ENOMEM;
    if (count > 0)
        memcpy(more, *items, count * item);
    *items = more;
    *size = wider;
    return 0;
}

/* "a" or "a.b.c" of identifiers that are no words of the language. */
static bool is_qualified_name(act_str name)
{
    act_str part, rest = name;
    if (name.len == 0 || name.ptr[name.len - 1] == '.')
        return false;
    while (rest.len > 0) {
        rest = act_str_split(rest, '.', &part);
        cel_lexer lexer = { .src = part };
        cel_token t = cel_lex_next(&lexer);
        if (t.kind != CEL_TOK_IDENT || t.start != 0 || t.end != part.len ||
            cel_lex_is_reserved(part))
            return false;
    }
    return true;
}

/* ---- types -------------------------------------------------------------------------- */

static bool has_opaque(const cel_env *env, act_str name)
{
    for (uint32_t i = 0; i < env->type_count; i++) {
        if (act_str_eq(name, env->types[i]))
            return true;
    }
    return false;
}

static int add_type(cel_env *env, act_str name)
{
    int err = reserve(env->arena, (void **)&env->types, env->type_count, &env->type_size,
                      sizeof(*env->types));
    if (!err)
        env->types[env->type_count++] = name;
    return err;
}

int cel_env_type(cel_env *env, const char *name)
{
    act_str copy;
    if (!is_qualified_name(act_str_cstr(name)))
        return ACT_EPARSE;
    if (has_opaque(env, act_str_cstr(name)))
        return ACT_EEXISTS;
    int err = act_arena_str(env->arena, act_str_cstr(name), &copy);
    return err ? err : add_type(env, copy);
}

/* Every opaque type in @t is declared, or of a library that is offered. */
static bool types_known(const cel_env *env, const cel_type *t)
{
    if (t->kind == CEL_T_OPAQUE && !has_opaque(env, t->name))
        return false;
    for (uint8_t i = 0; i < t->count; i++) {
        if (!types_known(env, t->args[i]))
            return false;
    }
    return true;
}

const cel_type *cel_env_type_name(const cel_env *env, act_arena *a, act_str name)
{
    static const struct {
        const char *name;
        enum cel_type_kind kind;
    } known[] = {
        { "bool", CEL_T_BOOL },
        { "int", CEL_T_INT },
        { "uint", CEL_T_UINT },
        { "double", CEL_T_DOUBLE },
        { "string", CEL_T_STRING },
        { "bytes", CEL_T_BYTES },
        { "null_type", CEL_T_NULL },
        { "type", CEL_T_TYPE },
        { "google.protobuf.Timestamp", CEL_T_TIMESTAMP },
        { "google.protobuf.Duration", CEL_T_DURATION },
    };
    const cel_type *dyn = cel_type_of(CEL_T_DYN);
    for (size_t i = 0; i < ACT_COUNT(known); i++) {
        if (act_str_eq_cstr(name, known[i].name))
            return cel_type_of(known[i].kind);
    }
    if (act_str_eq_cstr(name, "list"))
        return cel_type_list(a, dyn);
    if (act_str_eq_cstr(name, "map"))
        return cel_type_map(a, dyn, dyn);
    if (act_str_eq_cstr(name, "optional_type") && env->lib_version[CEL_LIB_OPTIONAL] > 0)
        return cel_type_optional(a, dyn);
    return has_opaque(env, name) ? cel_type_opaque(a, name, NULL, 0) : NULL;
}

/* ---- variables ---------------------------------------------------------------------- */

static int parse_whole_type(cel_env *env, const char *text, const cel_type **ret,
                            act_err *e)
{
    act_str rest;
    const cel_type *t;
    int err = act_arena_str(env->arena, act_str_cstr(text), &rest);
    if (err)
        return err;
    err = cel_type_parse(env->arena, &rest, &t, e);
    if (err)
        return err;
    if (rest.len > 0)
        return act_fail(e, ACT_EPARSE, "unexpected '%.*s' behind the type '%s'",
                        ACT_STR_ARG(rest), text);
    if (!types_known(env, t))
        return act_fail(e, ACT_EPARSE, "unknown type in '%s'", text);
    *ret = t;
    return 0;
}

int cel_env_var(cel_env *env, const char *name, const char *type, uint32_t *retindex,
                act_err *e)
{
    const cel_type *t = NULL;
    act_str copy;
    if (!is_qualified_name(act_str_cstr(name)))
        return act_fail(e, ACT_EPARSE, "'%s' is no name for a variable", name);
    if (cel_env_find_var(env, act_str_cstr(name)) >= 0)
        return act_fail(e, ACT_EEXISTS, "variable '%s' is declared already", name);
    int err = parse_whole_type(env, type, &t, e);
    if (err)
        return err;
    if (act_arena_str(env->arena, act_str_cstr(name), &copy) ||
        reserve(env->arena, (void **)&env->vars, env->var_count, &env->var_size,
                sizeof(cel_var)) ||
        names_reserve(env->arena, &env->var_names))
        return act_fail(e, ACT_ENOMEM, "out of memory");
    env->vars[env->var_count] = (cel_var){ cel_string(copy), t };
    names_put(&env->var_names, copy, env->var_count);
    if (retindex)
        *retindex = env->var_count;
    env->var_count++;
    return 0;
}

int cel_env_find_var(const cel_env *env, act_str name)
{
    uint32_t i = names_find(&env->var_names, name);
    return i == UINT32_MAX ? -1 : (int)i;
}

uint32_t cel_env_var_count(const cel_env *env)
{
    return env->var_count;
}

act_str cel_env_var_name(const cel_env *env, uint32_t index)
{
    return index < env->var_count ? cel_value_str(env->vars[index].name)
                                  : (act_str){ NULL, 0 };
}

/* ---- functions ---------------------------------------------------------------------- */

const cel_function *cel_env_function(const cel_env *env, act_str name)
{
    uint32_t i = names_find(&env->function_names, name);
    return i == UINT32_MAX ? NULL : &env->functions[i];
}

/* Highest type parameter in @t, plus one. */
static uint32_t params_used(const cel_type *t)
{
    uint32_t n = t->kind == CEL_T_PARAM ? t->id + 1 : 0;
    for (uint8_t i = 0; i < t->count; i++) {
        uint32_t m = params_used(t->args[i]);
        n = m > n ? m : n;
    }
    return n;
}

static bool take(act_str *rest, const char *token)
{
    *rest = act_str_trim(*rest);
    if (!act_str_starts(*rest, act_str_cstr(token)))
        return false;
    *rest = act_str_trim(act_str_cut(*rest, strlen(token)));
    return true;
}

/* "(string, int) -> bool" into @o. */
static int parse_signature(cel_env *env, const char *text, cel_overload *o, act_err *e)
{
    const cel_type *params[OVERLOAD_PARAMS_MAX];
    uint32_t n = 0;
    act_str rest = act_str_cstr(text); /* tables and copies outlive the env's types */
    if (!take(&rest, "("))
        return act_fail(e, ACT_EPARSE, "signature '%s' must start with '('", text);
    while (!take(&rest, ")")) {
        if (n == OVERLOAD_PARAMS_MAX)
            return act_fail(e, ACT_ELIMIT, "more than %d parameters", OVERLOAD_PARAMS_MAX);
        if (n > 0 && !take(&rest, ","))
            return act_fail(e, ACT_EPARSE, "signature '%s' needs ',' or ')'", text);
        int err = cel_type_parse(env->arena, &rest, &params[n], e);
        if (err)
            return err;
        n++;
    }
    if (!take(&rest, "->"))
        return act_fail(e, ACT_EPARSE, "signature '%s' needs '->'", text);
    int err = cel_type_parse(env->arena, &rest, &o->result, e);
    if (err)
        return err;
    if (act_str_trim(rest).len > 0)
        return act_fail(e, ACT_EPARSE, "text behind signature '%s'", text);
    const cel_type **copy = act_arena_make_n(env->arena, const cel_type *, n);
    uint32_t *kinds = act_arena_make_n(env->arena, uint32_t, n);
    if (!copy || !kinds)
        return act_fail(e, ACT_ENOMEM, "out of memory");
    o->type_params = params_used(o->result);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t used = params_used(params[i]);
        copy[i] = params[i];
        kinds[i] = cel_type_kinds(params[i]);
        o->type_params = used > o->type_params ? used : o->type_params;
    }
    o->params = copy;
    o->kinds = kinds;
    o->param_count = n;
    return 0;
}

static bool same_parameters(const cel_overload *a, const cel_overload *b)
{
    bool same = a->param_count == b->param_count &&
                ((a->def.flags ^ b->def.flags) & CEL_FN_MEMBER) == 0;
    for (uint32_t i = 0; same && i < a->param_count; i++)
        same = cel_type_same(a->params[i], b->params[i]);
    return same;
}

static int find_or_add_function(cel_env *env, act_str name, cel_function **ret)
{
    uint32_t i = names_find(&env->function_names, name);
    if (i == UINT32_MAX) {
        int err = reserve(env->arena, (void **)&env->functions, env->function_count,
                          &env->function_size, sizeof(cel_function));
        err = err ? err : names_reserve(env->arena, &env->function_names);
        if (err)
            return err;
        i = env->function_count++;
        env->functions[i] = (cel_function){ .name = name };
        names_put(&env->function_names, name, i);
    }
    *ret = &env->functions[i];
    return 0;
}

/* A library's table names types of its own; a host's are declared before they are used. */
static int check_signature(const cel_env *env, const cel_overload *o, act_err *e)
{
    bool known = types_known(env, o->result);
    for (uint32_t i = 0; i < o->param_count && known; i++)
        known = types_known(env, o->params[i]);
    return known ? ACT_OK
                 : act_fail(e, ACT_EPARSE, "unknown type in '%s'", o->def.signature);
}

static int add_overload(cel_env *env, const cel_overload_def *def, void *ud, act_err *e)
{
    cel_function *f;
    cel_overload *o = act_arena_make(env->arena, cel_overload);
    if (!o)
        return act_fail(e, ACT_ENOMEM, "out of memory");
    o->def = *def;
    o->ud = ud;
    int err = parse_signature(env, def->signature, o, e);
    if (!err && (def->flags & CEL_FN_HOST))
        err = check_signature(env, o, e);
    if (err)
        return err;
    if (find_or_add_function(env, act_str_cstr(def->name), &f))
        return act_fail(e, ACT_ENOMEM, "out of memory");
    for (uint32_t i = 0; i < f->count; i++) {
        if (same_parameters(f->overloads[i], o))
            return act_fail(e, ACT_EEXISTS,
                            "function '%s' has these parameters already: %s", def->name,
                            def->signature);
    }
    const cel_overload **all =
        act_arena_make_n(env->arena, const cel_overload *, f->count + 1);
    if (!all)
        return act_fail(e, ACT_ENOMEM, "out of memory");
    if (f->count > 0)
        memcpy(all, f->overloads, f->count * sizeof(*all));
    all[f->count] = o;
    f->overloads = all;
    f->count++;
    return 0;
}

int cel_env_func(cel_env *env, const char *name, const char *signature, unsigned flags,
                 cel_fn *fn, cel_cost_fn *cost, void *ud, act_err *e)
{
    act_str name_copy, signature_copy;
    if (!is_qualified_name(act_str_cstr(name)))
        return act_fail(e, ACT_EPARSE, "'%s' is no name for a function", name);
    if (act_arena_str(env->arena, act_str_cstr(name), &name_copy) ||
        act_arena_str(env->arena, act_str_cstr(signature), &signature_copy))
        return act_fail(e, ACT_ENOMEM, "out of memory");
    cel_overload_def def = {
        .name = name_copy.ptr,
        .id = name_copy.ptr,
        .signature = signature_copy.ptr,
        .flags = (flags & (CEL_FN_MEMBER | CEL_FN_IMPURE)) | CEL_FN_HOST,
        .fn = fn,
        .cost = cost,
    };
    return add_overload(env, &def, ud, e);
}

/* ---- libraries ---------------------------------------------------------------------- */

static int add_macros(cel_env *env, const cel_library *lib, uint32_t version)
{
    for (size_t i = 0; i < lib->macro_count; i++) {
        if (lib->macros[i].since > version)
            continue;
        int err = reserve(env->arena, (void **)&env->macros, env->macro_count,
                          &env->macro_size, sizeof(*env->macros));
        if (err)
            return err;
        env->macros[env->macro_count++] = &lib->macros[i];
    }
    return 0;
}

static int add_types(cel_env *env, const cel_library *lib)
{
    int err = 0;
    for (size_t i = 0; !err && i < lib->type_count; i++)
        err = add_type(env, act_str_cstr(lib->types[i]->name));
    return err;
}

int cel_env_add_library(cel_env *env, const cel_library *lib, uint32_t version, act_err *e)
{
    int err = add_types(env, lib);
    for (size_t i = 0; !err && i < lib->function_count; i++) {
        if (lib->functions[i].since <= version)
            err = add_overload(env, &lib->functions[i], NULL, e);
    }
    return err ? err : add_macros(env, lib, version);
}

int cel_env_lib(cel_env *env, enum cel_lib_id id, uint32_t version)
{
    if ((unsigned)id >= CEL_LIB_COUNT)
        return ACT_EINVAL;
    const cel_library *lib = cel_library_by_id(id);
    if (version == CEL_LIB_NEWEST)
        version = lib->newest;
    if (version > lib->newest)
        return ACT_EINVAL;
    if (env->lib_version[id] > 0)
        return ACT_EEXISTS;
    env->lib_version[id] = version + 1;
    return cel_env_add_library(env, lib, version, NULL);
}

int cel_env_policy_libs(cel_env *env)
{
    for (int id = 0; id < CEL_LIB_COUNT; id++) {
        if (id == CEL_LIB_BLOCK || id == CEL_LIB_JSONPATCH)
            continue;
        int err = cel_env_lib(env, (enum cel_lib_id)id, CEL_LIB_NEWEST);
        if (err)
            return err;
    }
    return 0;
}

/* ---- the rest ----------------------------------------------------------------------- */

int cel_env_container(cel_env *env, const char *name)
{
    act_str copy;
    if (name[0] != '\0' && !is_qualified_name(act_str_cstr(name)))
        return ACT_EPARSE;
    int err = act_arena_str(env->arena, act_str_cstr(name), &copy);
    if (!err)
        env->container = copy;
    return err;
}

void cel_env_options(cel_env *env, unsigned options)
{
    env->options = options;
}

int cel_env_zoneinfo(cel_env *env, const char *folder)
{
    act_str copy;
    int err = act_arena_str(env->arena, act_str_cstr(folder), &copy);
    if (!err)
        env->zoneinfo = copy;
    return err;
}

const cel_limits *cel_env_limits(const cel_env *env)
{
    return &env->limits;
}
