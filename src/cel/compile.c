/* Compilation from source to program, and what can be read of a program. */
#include "cel/check.h"
#include "cel/parse.h"

#include "base/alloc.h"

enum { PROGRAM_ARENA_CAP = 256 << 20 };

/* Parse, check and plan into @p. */
static int build(cel_program *p, act_str src, unsigned flags, cel_slots *slots,
                 cel_errors *errors)
{
    const cel_type *type;
    bool checked = (flags & CEL_COMPILE_UNCHECKED) == 0;
    int err = act_arena_str(p->arena, src, &p->source);
    if (err)
        return err;
    err = cel_parse(p->env, p->arena, p->source, errors, &p->ast);
    if (err)
        return err;
    err = cel_check(p->env, p->arena, &p->ast, checked, errors, &type);
    if (err)
        return err;
    p->type = cel_type_text(p->arena, type);
    if (!p->type)
        return ACT_ENOMEM;
    if (flags & CEL_COMPILE_CHECK_ONLY)
        return 0;
    return cel_plan_make(p, flags, slots, errors);
}

int cel_compile(const cel_env *env, act_str src, unsigned flags, cel_slots *slots,
                cel_errors *errors, cel_program **ret)
{
    cel_errors_begin(errors, src, env->limits.errors);
    cel_program *p = act_zalloc(1, sizeof(*p));
    if (!p)
        return ACT_ENOMEM;
    p->env = env;
    int err = act_arena_new(PROGRAM_ARENA_CAP, 0, &p->arena);
    if (!err)
        err = build(p, src, flags, slots, errors);
    if (err) {
        cel_program_free(p);
        return err;
    }
    *ret = p;
    return 0;
}

void cel_program_free(cel_program *p)
{
    if (!p)
        return;
    cel_plan_done(p->plan);
    act_arena_free(p->arena);
    act_dealloc(p);
}

const char *cel_program_type(const cel_program *p)
{
    return p->type;
}

act_str cel_program_source(const cel_program *p)
{
    return p->source;
}

const cel_env *cel_program_env(const cel_program *p)
{
    return p->env;
}

const cel_node *cel_program_ast(const cel_program *p)
{
    return p->ast.root;
}
