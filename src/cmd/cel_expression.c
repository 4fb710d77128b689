#include "cmd/cel_expression.h"

#include "base/alloc.h"
#include "cel/ast.h"
#include "cel/caret.h"
#include "core/audit_record.h"
#include "core/event_record.h"
#include "core/filter_match.h"
#include "core/rule_bind.h"
#include "core/rule_estimate.h"

enum { ARENA_BYTES = 64 << 20 };

struct act_cel_expression {
    enum act_cel_use use;
    act_str text; /* owned */
    act_arena *arena;
    /* Of rules: */
    act_rule_env *rules;
    cel_program *program;
    cel_ctx *ctx;
    act_links links;
    /* Of filters: */
    act_filter_env *filters;
    act_filter_matcher *matcher;
};

static const struct {
    const char *name;
    bool filter;
    enum act_rule_kind kind;
    enum act_filter_resource resource;
} uses[] = {
    [ACT_CEL_AUDIT] = { "audit", false, ACT_RULE_AUDIT, ACT_FILTER_AUDIT },
    [ACT_CEL_EVENT] = { "event", false, ACT_RULE_EVENT, ACT_FILTER_EVENT },
    [ACT_CEL_AUDIT_FILTER] = { "audit-filter", true, ACT_RULE_AUDIT, ACT_FILTER_AUDIT },
    [ACT_CEL_ACTIVITY_FILTER] = { "activity-filter", true, ACT_RULE_AUDIT,
                                  ACT_FILTER_ACTIVITY },
    [ACT_CEL_EVENT_FILTER] = { "event-filter", true, ACT_RULE_EVENT, ACT_FILTER_EVENT },
};

bool act_cel_use_find(const char *name, enum act_cel_use *ret)
{
    for (size_t i = 0; i < ACT_COUNT(uses); i++)
        if (strcmp(name, uses[i].name) == 0) {
            *ret = (enum act_cel_use)i;
            return true;
        }
    return false;
}

/* ---- what is wrong ------------------------------------------------------------------- */

static void add_error(const act_cel_expression *x, uint32_t line, uint32_t column,
                      act_str message, act_buf *out)
{
    act_buf_printf(out, "%u:%u: %.*s\n", line, column, ACT_STR_ARG(message));
    cel_caret_add(x->text, line, column, out);
    act_buf_add_byte(out, '\n');
}

/* A filter's detail begins with its place, where it has one. */
static void add_problems(const act_cel_expression *x, const act_problems *problems,
                         act_buf *out)
{
    for (const act_problem *p = problems->first; p; p = p->next) {
        act_buf_printf(out, "%.*s\n", ACT_STR_ARG(p->detail));
        if (p->line == 0)
            continue;
        cel_caret_add(x->text, p->line, p->column, out);
        act_buf_add_byte(out, '\n');
    }
}

/* ---- compiling ----------------------------------------------------------------------- */

static int compile_rule(act_cel_expression *x, act_buf *reterrors)
{
    ACT_AUTO(cel_errors) errors = NULL;
    int err = act_rule_env_new(&x->rules);
    if (!err)
        err = cel_errors_new(&errors);
    if (err)
        return err;
    const cel_env *env = act_rule_env_cel(x->rules, uses[x->use].kind);
    err = cel_compile(env, x->text, CEL_COMPILE_KEEP_TREE, NULL, errors, &x->program);
    if (err && err != ACT_ENOMEM) {
        for (size_t i = 0; i < cel_errors_count(errors); i++) {
            cel_error_item e = cel_errors_at(errors, i);
            add_error(x, e.line, e.column, e.message, reterrors);
        }
        return ACT_EINVAL;
    }
    return err ? err : cel_ctx_new(env, &x->ctx);
}

static int compile_filter(act_cel_expression *x, act_buf *reterrors)
{
    act_problems problems = act_problems_in(x->arena);
    int err = act_filter_env_new(&x->filters);
    if (!err)
        err = act_filter_matcher_new(x->filters, uses[x->use].resource, x->text, &problems,
                                     ACT_STR("filter"), &x->matcher);
    add_problems(x, &problems, reterrors);
    return err;
}

int act_cel_expression_new(enum act_cel_use use, act_str text, act_buf *reterrors,
                           act_cel_expression **ret)
{
    ACT_AUTO(act_cel_expression) x = act_zalloc(1, sizeof *x);
    if (!x)
        return ACT_ENOMEM;
    x->use = use;
    int err = act_str_dup(text, &x->text);
    if (!err)
        err = act_arena_new(ARENA_BYTES, 0, &x->arena);
    if (!err)
        err = uses[use].filter ? compile_filter(x, reterrors) : compile_rule(x, reterrors);
    if (err)
        return err;
    *ret = x;
    x = NULL;
    return ACT_OK;
}

void act_cel_expression_free(act_cel_expression *x)
{
    if (!x)
        return;
    act_filter_matcher_free(x->matcher);
    act_filter_env_free(x->filters);
    cel_ctx_free(x->ctx);
    cel_program_free(x->program);
    act_rule_env_free(x->rules);
    act_arena_free(x->arena);
    act_str_free(x->text);
    act_dealloc(x);
}

const char *act_cel_expression_type(const act_cel_expression *x)
{
    return x->program ? cel_program_type(x->program) : "bool";
}

int act_cel_expression_estimate(const act_cel_expression *x, uint64_t *ret,
                                uint64_t *retmax)
{
    if (!x->program)
        return ACT_EUNSUPPORTED;
    int err = act_rule_estimate(uses[x->use].kind, x->program, ret);
    if (!err)
        *retmax = ACT_RULE_ESTIMATE_MAX;
    return err;
}

/* Depth is that of the tree, which the parser bounds. */
static bool reads_variable(const cel_node *n)
{
    if (n->kind == CEL_NODE_IDENT && n->as.ident.ref == CEL_REF_VAR)
        return true;
    const cel_node *child;
    for (uint32_t i = 0; (child = cel_node_child(n, i)) != NULL; i++)
        if (reads_variable(child))
            return true;
    return false;
}

bool act_cel_expression_reads_record(const act_cel_expression *x)
{
    return !x->program || reads_variable(cel_program_ast(x->program));
}

/* ---- evaluating ---------------------------------------------------------------------- */

static int bind(act_cel_expression *x, const act_json *record, act_err *e)
{
    if (x->use == ACT_CEL_AUDIT) {
        act_audit_record rec;
        int err = act_audit_record_read(record, &rec, e);
        if (err)
            return err;
        act_actor actor = act_actor_of_audit(rec.user);
        return act_rule_bind_audit(x->arena, x->ctx, record, &actor, rec.resource);
    }
    act_event_record rec;
    int err = act_event_record_read(record, &rec, e);
    if (err)
        return err;
    act_actor actor = act_actor_of_event(rec.reporting_controller, rec.source_component);
    return act_rule_bind_event(x->arena, x->ctx, record, &actor);
}

static int eval_rule(act_cel_expression *x, const act_json *record, act_buf *out,
                     act_buf *reterrors)
{
    cel_value v;
    act_err e = ACT_ERR_INIT;
    cel_ctx_reset(x->ctx);
    int err = record ? bind(x, record, &e) : ACT_OK;
    if (err) {
        act_buf_printf(reterrors, "%s\n", e.text[0] ? e.text : act_strerror(err));
        return err;
    }
    x->links.n = 0;
    cel_ctx_set_user(x->ctx, &x->links);
    err = cel_eval(x->program, x->ctx, &v, &e);
    if (err) {
        add_error(x, e.line, e.column, act_str_cstr(e.text), reterrors);
        return err;
    }
    err = cel_value_write_json(v, out);
    if (err == ACT_EUNSUPPORTED)
        act_buf_printf(reterrors, "a value of type %.*s has no JSON form\n",
                       ACT_STR_ARG(cel_value_type_name(v)));
    else if (err)
        act_buf_printf(reterrors, "%s\n", act_strerror(err));
    return err;
}

int act_cel_expression_eval(act_cel_expression *x, const act_json *record, act_buf *out,
                            act_buf *reterrors)
{
    size_t before = out->len;
    act_arena_reset(x->arena);
    if (x->matcher) {
        bool selected = record && act_filter_matches(x->matcher, record);
        act_buf_add(out, selected ? ACT_STR("true") : ACT_STR("false"));
        return act_buf_err(out);
    }
    int err = eval_rule(x, record, out, reterrors);
    if (err)
        out->len = before;
    return err;
}
