/* Compilation from source to program, and what can be read of a program. */
#include "cel/check.h"
#include "cel/parse.h"

#include "base/alloc.h"

enum {
    ARENA_CAP = 256 << 20,
    TREE_BLOCK = 8 * 1024, /* what a typical rule needs on the way */
    PROGRAM_BASE = 256,    /* bytes of a program beside its texts... */
    PROGRAM_PER_NODE = 24, /* ... and what a node of the tree adds */
};

/* The tree and all that is needed for it only. */
typedef struct {
    act_arena *arena;
    act_str source;
    cel_ast ast;
    const cel_type *type;
} front;

static int build_tree(const cel_env *env, act_str src, bool checked, cel_errors *errors,
                      front *f)
{
    int err = act_arena_str(f->arena, src, &f->source);
    if (!err)
        err = cel_parse(env, f->arena, f->source, errors, &f->ast);
    return err ? err : cel_check(env, f->arena, &f->ast, checked, errors, &f->type);
}

/* Programs are many and stay: theirs is one block of about the size that is needed. */
static int build_program(cel_program *p, front *f, unsigned flags, cel_slots *slots)
{
    bool planned = (flags & CEL_COMPILE_CHECK_ONLY) == 0;
    size_t block = f->source.len + PROGRAM_BASE;
    if (planned)
        block += (size_t)f->ast.node_count * PROGRAM_PER_NODE;
    int err = act_arena_new(ARENA_CAP, block, &p->arena);
    if (!err)
        err = act_arena_str(p->arena, f->source, &p->source);
    if (err)
        return err;
    p->type = cel_type_text(p->arena, f->type);
    if (!p->type)
        return ACT_ENOMEM;
    if (planned)
        err = cel_plan_make(p, &f->ast, f->source, f->arena, flags, slots);
    if (!err && (flags & (CEL_COMPILE_CHECK_ONLY | CEL_COMPILE_KEEP_TREE))) {
        p->root = f->ast.root;
        p->tree_arena = f->arena;
        f->arena = NULL;
    }
    return err;
}

int cel_compile(const cel_env *env, act_str src, unsigned flags, cel_slots *slots,
                cel_errors *errors, cel_program **ret)
{
    front f = { 0 };
    cel_errors_begin(errors, src, env->limits.errors);
    cel_program *p = act_zalloc(1, sizeof(*p));
    if (!p)
        return ACT_ENOMEM;
    p->env = env;
    int err = act_arena_new(ARENA_CAP, TREE_BLOCK, &f.arena);
    if (!err)
        err = build_tree(env, src, !(flags & CEL_COMPILE_UNCHECKED), errors, &f);
    if (!err)
        err = build_program(p, &f, flags, slots);
    act_arena_free(f.arena);
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
    act_arena_free(p->tree_arena);
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
    return p->root;
}
