/* What names mean: locals first, then declarations over the candidates of the container. */
#include "cel/check_internal.h"

enum { PARTS_USUAL = 8 }; /* selects of a chain whose name is made without asking */

static const cel_local *find_local(const cel_checker *c, act_str name)
{
    for (const cel_local *l = c->locals; l; l = l->outer) {
        if (act_str_eq(l->name, name))
            return l;
    }
    return NULL;
}

static act_str join(cel_checker *c, const cel_node *at, act_str head, act_str tail)
{
    act_str joined;
    if (head.len == 0)
        return tail;
    if (act_arena_printf(c->arena, &joined, "%.*s.%.*s", ACT_STR_ARG(head),
                         ACT_STR_ARG(tail))) {
        cel_check_stop(c, at, ACT_ENOMEM, "out of memory");
        return tail;
    }
    return joined;
}

/* Length of the longest name that something is declared under. */
static size_t longest_declared(const cel_env *env)
{
    size_t longest = sizeof("google.protobuf.Timestamp") - 1;
    for (uint32_t i = 0; i < env->var_count; i++)
        longest = env->vars[i].name.len > longest ? env->vars[i].name.len : longest;
    for (uint32_t i = 0; i < env->function_count; i++)
        if (env->functions[i].name.len > longest)
            longest = env->functions[i].name.len;
    for (uint32_t i = 0; i < env->type_count; i++)
        longest = env->types[i].len > longest ? env->types[i].len : longest;
    return longest;
}

/* Each select of a chain asks for its name, so that of a long chain is not made unless
 * something could be called so: all of them together would take cubic time and memory. */
bool cel_check_qualified(cel_checker *c, const cel_node *n, act_str *ret)
{
    size_t len = 0, parts = 0;
    const cel_node *first = n;
    for (; first->kind == CEL_NODE_SELECT && !first->as.select.test_only; parts++) {
        len += first->as.select.field.len + 1;
        first = first->as.select.operand;
    }
    if (first->kind != CEL_NODE_IDENT)
        return false;
    len += first->as.ident.name.len;
    if (parts == 0) {
        *ret = first->as.ident.name;
        return true;
    }
    if (parts > PARTS_USUAL && len > longest_declared(c->env) + 1) /* a dot may lead */
        return false;
    char *name = act_arena_bytes(c->arena, len);
    if (!name) {
        cel_check_stop(c, n, ACT_ENOMEM, "out of memory");
        return false;
    }
    *ret = (act_str){ name, len };
    for (; n != first; n = n->as.select.operand) {
        act_str field = n->as.select.field;
        len -= field.len;
        if (field.len)
            memcpy(name + len, field.ptr, field.len);
        name[--len] = '.';
    }
    memcpy(name, first->as.ident.name.ptr, len);
    return true;
}

/* Candidates of name n in container A.B, one after the other: A.B.n, A.n, n. Start with
 * *prefix the container; each call gives one and shortens the prefix. */
typedef struct {
    act_str prefix, name;
    bool done;
} candidates;

static candidates candidates_of(const cel_checker *c, act_str name)
{
    if (name.len > 0 && name.ptr[0] == '.')
        return (candidates){ .name = act_str_cut(name, 1) };
    return (candidates){ .prefix = c->env->container, .name = name };
}

static bool next_candidate(cel_checker *c, const cel_node *at, candidates *k, act_str *ret)
{
    if (k->done)
        return false;
    *ret = join(c, at, k->prefix, k->name);
    k->done = k->prefix.len == 0;
    size_t dot = act_str_rfind_byte(k->prefix, '.');
    k->prefix = act_str_head(k->prefix, dot == SIZE_MAX ? 0 : dot);
    return true;
}

static bool use_variable(cel_checker *c, cel_node *n, act_str name, const cel_type **ret)
{
    int i = cel_env_find_var(c->env, name);
    if (i < 0)
        return false;
    n->kind = CEL_NODE_IDENT;
    n->depth = 1;
    n->as.ident.name = name;
    n->as.ident.ref = CEL_REF_VAR;
    n->as.ident.index = (uint32_t)i;
    *ret = c->checked ? c->env->vars[i].type : cel_type_of(CEL_T_DYN);
    return true;
}

static bool use_type(cel_checker *c, cel_node *n, act_str name, const cel_type **ret)
{
    const cel_type *t = cel_env_type_name(c->env, c->arena, name);
    const cel_type *of = t ? cel_type_type(c->arena, t) : NULL;
    if (!of)
        return false;
    n->kind = CEL_NODE_CONST;
    n->depth = 1;
    n->as.constant = cel_type_value(name);
    *ret = of;
    return true;
}

bool cel_check_declared(cel_checker *c, cel_node *n, act_str name, const cel_type **ret)
{
    act_str first, candidate;
    (void)act_str_split(name, '.', &first);
    if (find_local(c, first))
        return false;
    candidates k = candidates_of(c, name);
    while (next_candidate(c, n, &k, &candidate)) {
        if (use_variable(c, n, candidate, ret) || use_type(c, n, candidate, ret))
            return true;
    }
    return false;
}

const cel_type *cel_check_ident(cel_checker *c, cel_node *n)
{
    const cel_type *t;
    act_str name = n->as.ident.name;
    const cel_local *l = find_local(c, name);
    if (l) {
        n->as.ident.ref = CEL_REF_LOCAL;
        n->as.ident.index = l->slot;
        return l->type;
    }
    if (cel_check_declared(c, n, name, &t))
        return t;
    return cel_check_error(c, n, "undeclared reference to '%.*s' (in container '%.*s')",
                           ACT_STR_ARG(name), ACT_STR_ARG(c->env->container));
}

static bool begins_functions(const cel_env *env, act_str space)
{
    for (uint32_t i = 0; i < env->function_count; i++) {
        act_str name = env->functions[i].name;
        if (act_str_starts(name, space) && name.len > space.len &&
            name.ptr[space.len] == '.')
            return true;
    }
    return false;
}

bool cel_check_is_namespace(cel_checker *c, const cel_node *n)
{
    act_str candidate;
    bool found = false;
    if (n->kind != CEL_NODE_IDENT || find_local(c, n->as.ident.name))
        return false;
    candidates k = candidates_of(c, n->as.ident.name);
    while (next_candidate(c, n, &k, &candidate)) {
        if (cel_env_find_var(c->env, candidate) >= 0 ||
            cel_env_type_name(c->env, c->arena, candidate))
            return false;
        found = found || begins_functions(c->env, candidate);
    }
    return found;
}

const cel_function *cel_check_function(cel_checker *c, act_str name)
{
    act_str candidate;
    const cel_function *f = NULL;
    candidates k = candidates_of(c, name);
    /* Names of operators hold no letters; they are in no container. */
    if (name.len > 0 && (name.ptr[0] == '_' || name.ptr[0] == '@' || name.ptr[0] == '!'))
        f = cel_env_function(c->env, name);
    while (!f && next_candidate(c, NULL, &k, &candidate))
        f = cel_env_function(c->env, candidate);
    return f;
}
