/* `activity cel`: expressions tried without a server. */
#include "cmd/cel_expression.h"
#include "cmd/command.h"
#include "cmd/options.h"
#include "cmd/record_file.h"
#include "core/rule_estimate.h"

typedef struct {
    const act_cli *cli;
    act_cel_expression *expression;
    const char *path;
    act_buf out, errors;
    bool failed;
} session;

static int usage(const act_cli *cli, const char *command, const char *message,
                 const char *detail)
{
    (void)fprintf(cli->err,
                  "activity cel %s: %s%s\nactivity cel %s --help tells how it is used.\n",
                  command, message, detail, command);
    return ACT_EXIT_USAGE;
}

/* Compile the operand. An exit status; with ACT_EXIT_OK s->expression is there. */
static int compile(session *s, const act_args *args, const char *command)
{
    enum act_cel_use use;
    const char *env = act_args_text(args, "env");
    if (!act_cel_use_find(env, &use))
        return usage(s->cli, command, "--env is one of " ACT_CEL_USE_NAMES ", not ", env);
    act_str text = act_str_cstr(act_args_operand(args, 0));
    int err = act_cel_expression_new(use, text, &s->errors, &s->expression);
    if (!err)
        return ACT_EXIT_OK;
    if (err == ACT_EINVAL)
        (void)fprintf(s->cli->err, "%.*s", ACT_STR_ARG(act_buf_str(&s->errors)));
    else
        (void)fprintf(s->cli->err, "activity cel %s: %s\n", command, act_strerror(err));
    return ACT_EXIT_FAILED;
}

static void end(session *s)
{
    act_cel_expression_free(s->expression);
    act_buf_done(&s->out);
    act_buf_done(&s->errors);
}

static void put_place(const session *s, uint64_t line)
{
    if (s->path && line > 0)
        (void)fprintf(s->cli->err, "%s:%llu: ", s->path, (unsigned long long)line);
    else if (s->path)
        (void)fprintf(s->cli->err, "%s: ", s->path);
}

static int eval_record(void *ctx, uint64_t line, const act_json *record)
{
    session *s = ctx;
    act_buf_clear(&s->out);
    act_buf_clear(&s->errors);
    int err = act_cel_expression_eval(s->expression, record, &s->out, &s->errors);
    if (err == ACT_ENOMEM)
        return err;
    if (err) {
        s->failed = true;
        put_place(s, line);
        (void)fprintf(s->cli->err, "%.*s", ACT_STR_ARG(act_buf_str(&s->errors)));
        return ACT_OK;
    }
    (void)fprintf(s->cli->out, "%.*s\n", ACT_STR_ARG(act_buf_str(&s->out)));
    return ACT_OK;
}

static void unreadable(void *ctx, uint64_t line, const char *why)
{
    session *s = ctx;
    s->failed = true;
    put_place(s, line);
    (void)fprintf(s->cli->err, "%s\n", why);
}

static int eval_all(session *s)
{
    act_err e = ACT_ERR_INIT;
    act_record_sink sink = { .object = eval_record, .unreadable = unreadable, .ctx = s };
    int err = s->path ? act_record_file_read(s->path, &sink, &e) : eval_record(s, 0, NULL);
    if (err)
        (void)fprintf(s->cli->err, "activity cel eval: %s\n",
                      e.text[0] ? e.text : act_strerror(err));
    return err || s->failed ? ACT_EXIT_FAILED : ACT_EXIT_OK;
}

static int run_eval(const act_cli *cli, const act_args *args)
{
    session s = { .cli = cli, .path = act_args_text(args, "data") };
    int status = compile(&s, args, "eval");
    if (status == ACT_EXIT_OK && !s.path && act_cel_expression_reads_record(s.expression))
        status = usage(cli, "eval",
                       "the expression is about a record; give records with --data", "");
    else if (status == ACT_EXIT_OK)
        status = eval_all(&s);
    end(&s);
    return status;
}

/* What a rule's expression can cost. An exit status. */
static int show_estimate(const session *s)
{
    char text[ACT_RULE_ESTIMATE_TEXT_MAX];
    uint64_t units = 0, max = 0;
    int err = act_cel_expression_estimate(s->expression, &units, &max);
    if (err == ACT_EUNSUPPORTED)
        return ACT_EXIT_OK;
    if (err) {
        (void)fprintf(s->cli->err, "activity cel check: %s\n", act_strerror(err));
        return ACT_EXIT_FAILED;
    }
    if (units > max) {
        (void)fprintf(s->cli->err, "%s\n", act_rule_estimate_text(units, text));
        return ACT_EXIT_FAILED;
    }
    (void)fprintf(s->cli->out, "costs at most %llu units of %llu on a large record\n",
                  (unsigned long long)units, (unsigned long long)max);
    return ACT_EXIT_OK;
}

static int run_check(const act_cli *cli, const act_args *args)
{
    session s = { .cli = cli };
    int status = compile(&s, args, "check");
    if (status == ACT_EXIT_OK) {
        (void)fprintf(cli->out, "%s\n", act_cel_expression_type(s.expression));
        status = show_estimate(&s);
    }
    end(&s);
    return status;
}

#define ENV_OPTION                                                                         \
    {                                                                                      \
        .name = "env", .type = ACT_OPTION_TEXT, .placeholder = "NAME",                     \
        .fallback = "audit", .help = "What the expression is for: " ACT_CEL_USE_NAMES      \
    }

static const act_option eval_options[] = {
    ENV_OPTION,
    { .name = "data",
      .type = ACT_OPTION_TEXT,
      .placeholder = "FILE",
      .help = "Records to ask: JSON lines, a list or a single object, plain or gzip; - is "
              "the standard input" },
};

static const act_option check_options[] = { ENV_OPTION };

#define ENVIRONMENTS                                                                       \
    "audit and event are the rules of policies, with their variables (audit, actor, "      \
    "actorRef, kind; event, actor, actorRef) and functions. audit-filter, "                \
    "activity-filter "                                                                     \
    "and event-filter are the filters of queries and watches, with the fields of audit "   \
    "events, activities and Events."

const act_command act_command_cel_eval = {
    .name = "cel eval",
    .operands = "EXPR",
    .summary = "Evaluate an expression, for each record of a file.",
    .description =
        "Compiles EXPR as the server does and prints its value as JSON, one line for each "
        "record of --data. An expression that is about no record is evaluated once. What "
        "is "
        "wrong goes to the standard error: line and column in the expression, the line "
        "itself, and a caret below the place; for a record that it cannot be evaluated on, "
        "after the name of the file and the record's line.\n\n" ENVIRONMENTS "\n\n"
        "The exit status is 0 when every record gave a value, 1 when the expression is "
        "refused or failed on a record, 2 when the command line is not right.",
    .options = eval_options,
    .n_options = ACT_COUNT(eval_options),
    .min_operands = 1,
    .max_operands = 1,
    .examples = { { "activity cel eval \"audit.verb == 'delete'\" --data audit.log",
                    "Ask each audit event of a file whether it is a deletion" },
                  { "activity cel eval \"event.reason\" --env event --data - < events.json",
                    "Show the reason of each Event of a list" },
                  { "activity cel eval \"quantity('1.5Gi').asInteger()\"",
                    "Evaluate an expression that is about no record" } },
    .run = run_eval,
};

const act_command act_command_cel_check = {
    .name = "cel check",
    .operands = "EXPR",
    .summary = "Check an expression; print the type of its value and what it can cost.",
    .description =
        "Compiles EXPR as the server does and prints the type of its value and, for rules, "
        "the most units that it can cost on a large record. An expression that can cost "
        "more than the server accepts is refused. What is wrong goes to the standard "
        "error, each problem with its line and "
        "column, the line itself, and a caret below the place.\n\n" ENVIRONMENTS
        "\n\nThe exit status is 0 when the expression is right, 1 when it is "
        "not, 2 when the command line is not right.",
    .options = check_options,
    .n_options = ACT_COUNT(check_options),
    .min_operands = 1,
    .max_operands = 1,
    .examples = { { "activity cel check \"actor.startsWith('system:')\"",
                    "Check an expression of an audit rule" },
                  { "activity cel check --env activity-filter "
                    "\"spec.actor.type == 'user'\"",
                    "Check a filter of activities" } },
    .run = run_check,
};
