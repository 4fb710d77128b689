/* Contexts: binding variables, running a program, telling what failed. */
#include "cel/eval.h"
#include "cel/num.h"
#include "cel/plan.h"

#include "base/alloc.h"

enum { OPERAND_TEXT_MAX = 100 };

static void unbind_all(cel_ctx *ctx)
{
    for (uint32_t i = 0; i < ctx->var_count; i++)
        ctx->own_vars[i] = cel_error_operand(CEL_E_UNDECLARED, 0, &ctx->env->vars[i].name);
    ctx->epoch++;
}

int cel_ctx_new(const cel_env *env, cel_ctx **ret)
{
    cel_ctx *ctx = act_zalloc(1, sizeof *ctx);
    if (!ctx)
        return ACT_ENOMEM;
    ctx->env = env;
    ctx->limits = &env->limits;
    ctx->var_count = env->var_count;
    cel_ctx_set_budget(ctx, 0);
    ctx->own_vars = act_zalloc(env->var_count + 1, sizeof *ctx->own_vars);
    if (!ctx->own_vars || act_arena_new(env->limits.arena_bytes, 0, &ctx->arena)) {
        cel_ctx_free(ctx);
        return ACT_ENOMEM;
    }
    ctx->vars = ctx->own_vars;
    ctx->call = (cel_call){ .ctx = ctx,
                            .arena = ctx->arena,
                            .env = env,
                            .limits = ctx->limits,
                            .meter = &ctx->meter,
                            .scratch = &ctx->scratch };
    unbind_all(ctx);
    *ret = ctx;
    return ACT_OK;
}

void cel_ctx_free(cel_ctx *ctx)
{
    if (!ctx)
        return;
    cel_scratch_done(&ctx->scratch);
    cel_slots_free(ctx->slots);
    act_arena_free(ctx->arena);
    act_dealloc(ctx->own_vars);
    act_dealloc(ctx->slot);
    act_dealloc(ctx->frame);
    act_dealloc(ctx);
}

int cel_bind_value(cel_ctx *ctx, uint32_t var, cel_value value)
{
    if (var >= ctx->var_count)
        return ACT_EINVAL;
    ctx->own_vars[var] = value;
    ctx->epoch++;
    return ACT_OK;
}

int cel_bind_json(cel_ctx *ctx, uint32_t var, const act_json *node)
{
    return cel_bind_value(ctx, var, cel_json(node, ctx->json_int));
}

void cel_ctx_reset(cel_ctx *ctx)
{
    unbind_all(ctx);
    act_arena_reset(ctx->arena);
    ctx->error = CEL_E_NONE;
}

void cel_ctx_json_int(cel_ctx *ctx, bool on)
{
    ctx->json_int = on;
}

void cel_ctx_set_user(cel_ctx *ctx, void *user)
{
    ctx->call.user = user;
}

/* The cost at which to look up next, when @cost are spent. */
static uint64_t next_check(const cel_ctx *ctx, uint64_t cost)
{
    uint64_t limit = ctx->meter.cost_limit;
    return ctx->cancelled && limit - cost > CEL_CHECK_COST ? cost + CEL_CHECK_COST : limit;
}

/* Prepare the meter as far as evaluations have in common. */
static void set_limits(cel_ctx *ctx)
{
    uint64_t limit = ctx->limits->cost;
    ctx->meter.cost_limit = limit < ctx->budget ? limit : ctx->budget;
    ctx->meter.iteration_limit = ctx->limits->iterations;
    ctx->first_check = next_check(ctx, 0);
}

void cel_ctx_set_budget(cel_ctx *ctx, uint64_t units)
{
    ctx->budget = units ? units : UINT64_MAX;
    set_limits(ctx);
}

void cel_ctx_set_cancel(cel_ctx *ctx, bool (*cancelled)(void *), void *ud)
{
    ctx->cancelled = cancelled;
    ctx->cancel_ud = ud;
    set_limits(ctx);
}

enum cel_error_kind cel_ctx_error(const cel_ctx *ctx)
{
    return ctx->error;
}

uint64_t cel_ctx_cost(const cel_ctx *ctx)
{
    return ctx->meter.cost;
}

/* ---- running --------------------------------------------------------------------------
 */

enum cel_error_kind cel_meter_check(cel_ctx *ctx)
{
    if (ctx->meter.cost > ctx->meter.cost_limit)
        return CEL_E_COST_LIMIT;
    if (ctx->cancelled && ctx->cancelled(ctx->cancel_ud))
        return CEL_E_CANCELLED;
    ctx->meter.next_check = next_check(ctx, ctx->meter.cost);
    return CEL_E_NONE;
}

static int grow_frame(cel_ctx *ctx, uint32_t size)
{
    cel_value *frame = act_realloc(ctx->frame, size * sizeof *frame);
    if (!frame)
        return ACT_ENOMEM;
    ctx->frame = frame;
    ctx->frame_size = size;
    return ACT_OK;
}

/* Room for the states of all paths of @slots; those that are known stay. */
static int grow_slots(cel_ctx *ctx, uint32_t size)
{
    cel_slot_state *slot = act_realloc(ctx->slot, size * sizeof *slot);
    if (!slot)
        return ACT_ENOMEM;
    for (uint32_t i = ctx->slot_size; i < size; i++)
        slot[i] = (cel_slot_state){ .epoch = ctx->epoch - 1 };
    ctx->slot = slot;
    ctx->slot_size = size;
    return ACT_OK;
}

/* Make the context fit a plan that it has not seen. */
ACT_COLD static int adapt(cel_ctx *ctx, const struct cel_plan *plan)
{
    if (ctx->slots != plan->slots) {
        cel_slots_free(ctx->slots);
        ctx->slots = cel_slots_ref(plan->slots);
        ctx->epoch++;
    }
    int err = ACT_OK;
    if (plan->slot_count > ctx->slot_size)
        err = grow_slots(ctx, cel_slots_count(plan->slots));
    if (!err && plan->frame_size > ctx->frame_size)
        err = grow_frame(ctx, plan->frame_size);
    return err;
}

static inline int prepare(cel_ctx *ctx, const struct cel_plan *plan)
{
    bool fits = ctx->slots == plan->slots && plan->slot_count <= ctx->slot_size &&
                plan->frame_size <= ctx->frame_size;
    return ACT_LIKELY(fits) ? ACT_OK : adapt(ctx, plan);
}

/* ---- errors ---------------------------------------------------------------------------
 */

ACT_COLD static int fail(const cel_program *p, cel_value v, act_err *e)
{
    enum cel_error_kind kind = (enum cel_error_kind)v.aux;
    int err = cel_error_is_fatal(kind) ? ACT_ELIMIT : ACT_EEVAL;
    if (!e)
        return err;
    uint32_t line = 1, column = 1;
    for (size_t i = 0; i < v.len && i < p->source.len; i++) {
        if (p->source.ptr[i] == '\n') {
            line++;
            column = 1;
        } else {
            column += ((unsigned char)p->source.ptr[i] & 0xc0) != 0x80;
        }
    }
    if (!(v.flags & CEL_V_OPERAND))
        return act_fail_at(e, err, line, column, v.len, "%s",
                           v.as.text ? v.as.text : cel_error_text(kind));
    char room[CEL_NUM_MAX];
    act_str operand = act_str_head(cel_value_brief(*v.as.operand, room), OPERAND_TEXT_MAX);
    operand.len = act_str_utf8_prefix(operand); /* no half character at the cut */
    if (kind == CEL_E_UNDECLARED)
        return act_fail_at(e, err, line, column, v.len, "undeclared reference to '%.*s'",
                           ACT_STR_ARG(operand));
    return act_fail_at(e, err, line, column, v.len, "%s: %.*s", cel_error_text(kind),
                       ACT_STR_ARG(operand));
}

/* Take the cost of an evaluation from what is left for all of them. */
static void spend(cel_ctx *ctx)
{
    uint64_t cost = ctx->meter.cost;
    ctx->budget -= cost < ctx->budget ? cost : ctx->budget;
    set_limits(ctx);
}

int cel_eval_more(const cel_program *p, cel_ctx *ctx, cel_value *ret, act_err *e)
{
    const struct cel_plan *plan = p->plan;
    if (!plan || p->env != ctx->env)
        return act_fail(e, ACT_EINVAL, "program has no plan for this environment");
    int err = prepare(ctx, plan);
    if (err)
        return act_fail(e, err, "out of memory");

    ctx->meter.cost = 0;
    ctx->meter.iterations = 0;
    ctx->meter.next_check = ctx->first_check;
    cel_value v = plan->root->run(plan->root, ctx);
    if (ctx->budget != UINT64_MAX)
        spend(ctx);
    if (ACT_LIKELY(v.kind != CEL_ERROR)) {
        ctx->error = CEL_E_NONE;
        *ret = v;
        return ACT_OK;
    }
    ctx->error = (enum cel_error_kind)v.aux;
    return fail(p, v, e);
}

int cel_eval(const cel_program *p, cel_ctx *ctx, cel_value *ret, act_err *e)
{
    act_arena_reset(ctx->arena);
    return cel_eval_more(p, ctx, ret, e);
}
