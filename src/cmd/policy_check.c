#include "cel/caret.h"
#include "cmd/command.h"
#include "cmd/options.h"
#include "cmd/policy_files.h"
#include "core/policy.h"
#include "core/activity.h"
#include "kube/object.h"
#include "kube/status.h"

enum { ARENA_BYTES = 256 << 20 };

typedef struct {
    const act_cli *cli;
    const act_rule_env *env;
    act_arena *arena;
    size_t valid, invalid, others;
} checking;

static void print_problems(const checking *c, const act_policy_file_doc *doc,
                           const act_problems *problems)
{
    act_buf text = ACT_BUF_INIT;
    for (const act_problem *p = problems->first; p; p = p->next) {
        act_buf_clear(&text);
        act_kube_problem_text(p, &text);
        act_buf_add_byte(&text, '\n');
        if (p->line > 0) {
            cel_caret_add(p->value, p->line, p->column, &text);
            act_buf_add_byte(&text, '\n');
        }
        (void)fprintf(c->cli->err, "%s:%u: %.*s", doc->file, doc->line,
                      ACT_STR_ARG(act_buf_str(&text)));
    }
    act_buf_done(&text);
}

static int check_document(void *ctx, const act_policy_file_doc *doc, act_err *e)
{
    (void)e;
    checking *c = ctx;
    if (!act_policy_file_is_policy(doc->object)) {
        c->others++;
        (void)fprintf(c->cli->err,
                      "%s:%u: not an ActivityPolicy of " ACT_GROUP_VERSION
                      ", not looked at\n",
                      doc->file, doc->line);
        return 0;
    }
    act_problems problems = act_problems_in(c->arena);
    const act_json *object; /* an API server takes no notice of a namespace */
    int r = act_object_without_namespace(c->arena, doc->object, &object);
    if (!r)
        r = act_policy_file_check(c->arena, object, &problems);
    if (!r || r == ACT_EINVAL)
        r = act_policy_new(c->env, NULL, object, "spec", &problems, NULL);
    if (r && r != ACT_EINVAL)
        return r;
    print_problems(c, doc, &problems);
    if (problems.count > 0)
        c->invalid++;
    else
        c->valid++;
    return 0;
}

static int check_all(checking *c, const act_args *args)
{
    int status = ACT_EXIT_OK;
    for (size_t i = 0; i < act_args_operand_count(args); i++) {
        act_err e = ACT_ERR_INIT;
        int r = act_policy_files_read(act_args_operand(args, i), c->arena, check_document,
                                      c, &e);
        if (!r)
            continue;
        (void)fprintf(c->cli->err, "%s\n", e.text[0] ? e.text : act_strerror(r));
        status = ACT_EXIT_FAILED;
    }
    (void)fprintf(c->cli->out, "%zu valid, %zu with problems%s\n", c->valid, c->invalid,
                  c->others > 0 ? ", others not looked at" : "");
    return c->invalid > 0 || c->valid + c->others == 0 ? ACT_EXIT_FAILED : status;
}

static int run(const act_cli *cli, const act_args *args)
{
    act_rule_env *env = NULL;
    act_arena *arena = NULL;
    int status = ACT_EXIT_FAILED;
    if (act_rule_env_new(&env) || act_arena_new(ARENA_BYTES, 0, &arena)) {
        (void)fprintf(cli->err, "activity policy check: %s\n", act_strerror(ACT_ENOMEM));
    } else {
        checking c = { .cli = cli, .env = env, .arena = arena };
        status = check_all(&c, args);
    }
    act_arena_free(arena);
    act_rule_env_free(env);
    return status;
}

const act_command act_command_policy_check = {
    .name = "policy check",
    .operands = "FILE...",
    .summary = "Check ActivityPolicy files without a server.",
    .description = "Reads the YAML or JSON documents of each FILE (of a folder: of its "
                   "*.yaml, *.yml and "
                   "*.json files), checks its fields and compiles its rules as the server "
                   "does. A problem is "
                   "told with file, line of the document, path of the field, and the place "
                   "inside the expression, whose line is shown with a caret below it.\n\n"
                   "The exit status is 0 when every policy is valid.",
    .min_operands = 1,
    .max_operands = SIZE_MAX,
    .examples = { { "activity policy check policies/", "Check all policies of a folder" } },
    .run = run,
};
