#include "core/filter.h"

#include "base/alloc.h"
#include "core/filter_tree.h"

struct act_filter_env {
    cel_env *env[ACT_FILTER_RESOURCES];
};

/* Static types let the checker refuse `verb == 200`; the members of maps with mixed types
 * are checked against the field table afterwards. */
static const struct {
    enum act_filter_resource resource;
    const char *name, *type;
} variables[] = {
    { ACT_FILTER_AUDIT, "auditID", "string" },
    { ACT_FILTER_AUDIT, "level", "string" },
    { ACT_FILTER_AUDIT, "stage", "string" },
    { ACT_FILTER_AUDIT, "verb", "string" },
    { ACT_FILTER_AUDIT, "userAgent", "string" },
    { ACT_FILTER_AUDIT, "requestURI", "string" },
    { ACT_FILTER_AUDIT, "annotations", "map(string, string)" },
    { ACT_FILTER_AUDIT, "requestReceivedTimestamp", "timestamp" },
    { ACT_FILTER_AUDIT, "stageTimestamp", "timestamp" },
    { ACT_FILTER_AUDIT, "sourceIPs", "list(string)" },
    { ACT_FILTER_AUDIT, "objectRef", "map(string, string)" },
    { ACT_FILTER_AUDIT, "impersonatedUser", "map(string, dyn)" },
    { ACT_FILTER_AUDIT, "responseStatus", "map(string, dyn)" },
    { ACT_FILTER_AUDIT, "user", "map(string, dyn)" },
    { ACT_FILTER_ACTIVITY, "metadata", "map(string, dyn)" },
    { ACT_FILTER_ACTIVITY, "spec", "map(string, dyn)" },
    { ACT_FILTER_EVENT, "metadata", "map(string, string)" },
    { ACT_FILTER_EVENT, "regarding", "map(string, string)" },
    { ACT_FILTER_EVENT, "related", "map(string, string)" },
    { ACT_FILTER_EVENT, "series", "map(string, dyn)" },
    { ACT_FILTER_EVENT, "action", "string" },
    { ACT_FILTER_EVENT, "note", "string" },
    { ACT_FILTER_EVENT, "reason", "string" },
    { ACT_FILTER_EVENT, "type", "string" },
    { ACT_FILTER_EVENT, "reportingController", "string" },
    { ACT_FILTER_EVENT, "reportingInstance", "string" },
};

static int make_env(enum act_filter_resource resource, cel_env **ret)
{
    cel_limits limits = CEL_LIMITS_INIT;
    limits.source_bytes = ACT_FILTER_BYTES_MAX;
    limits.comprehension_depth = 4;
    limits.arena_bytes = 1 << 20;
    int err = cel_env_new(&limits, ret);
    if (!err)
        err = cel_env_policy_libs(*ret);
    if (err)
        return err;
    cel_env_options(*ret, CEL_OPT_CROSS_TYPE);
    for (size_t i = 0; !err && i < ACT_COUNT(variables); i++)
        if (variables[i].resource == resource)
            err = cel_env_var(*ret, variables[i].name, variables[i].type, NULL, NULL);
    return err;
}

int act_filter_env_new(act_filter_env **ret)
{
    ACT_AUTO(act_filter_env) e = act_zalloc(1, sizeof *e);
    if (!e)
        return ACT_ENOMEM;
    for (int i = 0; i < ACT_FILTER_RESOURCES; i++) {
        int err = make_env((enum act_filter_resource)i, &e->env[i]);
        if (err)
            return err;
    }
    *ret = e;
    e = NULL;
    return ACT_OK;
}

void act_filter_env_free(act_filter_env *e)
{
    for (int i = 0; e && i < ACT_FILTER_RESOURCES; i++)
        cel_env_free(e->env[i]);
    act_dealloc(e);
}

static int field_list(enum act_filter_resource resource, act_arena *a, act_str *ret)
{
    act_buf list = ACT_BUF_INIT;
    size_t n;
    const act_filter_field *fields = act_filter_fields(resource, &n);
    for (size_t i = 0; i < n; i++) {
        act_buf_add(&list, i ? ACT_STR(", ") : ACT_STR(""));
        act_buf_add(&list, act_str_cstr(fields[i].path));
    }
    int err = act_buf_err(&list);
    if (!err)
        err = act_arena_str(a, act_buf_str(&list), ret);
    act_buf_done(&list);
    return err;
}

static void add_at(act_problems *problems, act_str field, act_str text, uint32_t line,
                   uint32_t column, act_str message, act_str hint)
{
    act_problem *p =
        act_problems_add(problems, ACT_PROBLEM_INVALID, field, text, "%u:%u: %.*s%.*s",
                         line, column, ACT_STR_ARG(message), ACT_STR_ARG(hint));
    if (p) {
        p->line = line;
        p->column = column;
    }
}

static int report_compile(const cel_errors *errors, enum act_filter_resource resource,
                          act_str text, act_arena *a, act_problems *problems, act_str field)
{
    for (size_t i = 0; i < cel_errors_count(errors); i++) {
        cel_error_item item = cel_errors_at(errors, i);
        act_str hint = { 0 };
        if (act_str_starts(item.message, ACT_STR("undeclared reference"))) {
            act_str list;
            int err = field_list(resource, a, &list);
            if (!err)
                err = act_arena_printf(a, &hint, "; fields: %.*s", ACT_STR_ARG(list));
            if (err)
                return err;
        }
        add_at(problems, field, text, item.line, item.column, item.message, hint);
    }
    return ACT_EINVAL;
}

static void line_and_column(act_str text, size_t offset, uint32_t *line, uint32_t *column)
{
    *line = *column = 1;
    for (size_t i = 0; i < offset && i < text.len; i++) {
        if (text.ptr[i] == '\n') {
            (*line)++;
            *column = 1;
        } else if (((unsigned char)text.ptr[i] & 0xC0) != 0x80) {
            (*column)++;
        }
    }
}

int act_filter_check(act_filter_build *b, act_str text, act_problems *problems,
                     act_str field)
{
    const cel_env *env = b->env->env[b->resource];
    ACT_AUTO(cel_errors) errors = NULL;
    ACT_AUTO(cel_program) program = NULL;
    int err = cel_errors_new(&errors);
    if (!err)
        err = cel_compile(env, text, CEL_COMPILE_CHECK_ONLY, NULL, errors, &program);
    if (err == ACT_ENOMEM)
        return err;
    if (err)
        return report_compile(errors, b->resource, text, b->arena, problems, field);
    if (strcmp(cel_program_type(program), "bool") != 0 &&
        strcmp(cel_program_type(program), "dyn") != 0) {
        (void)act_problems_add(problems, ACT_PROBLEM_INVALID, field, text,
                               "must be true or false, but is %s",
                               cel_program_type(program));
        return ACT_EINVAL;
    }
    act_err why = ACT_ERR_INIT;
    err = act_filter_build_tree(b, env, cel_program_ast(program), &why);
    if (err == ACT_EINVAL || err == ACT_ELIMIT) {
        uint32_t line, column;
        line_and_column(text, why.offset, &line, &column);
        add_at(problems, field, text, line, column, act_str_cstr(why.text), (act_str){ 0 });
        return ACT_EINVAL;
    }
    return err;
}

int act_filter_translate(const act_filter_env *e, enum act_filter_resource resource,
                         act_str text, act_arena *a, act_problems *problems, act_str field,
                         act_filter *ret)
{
    act_filter_build b = { .env = e, .resource = resource, .arena = a };
    int err = act_filter_check(&b, text, problems, field);
    act_filter filter = { .fields = b.fields };
    if (!err)
        err = act_filter_emit(b.root, a, &filter);
    if (err == ACT_ELIMIT) {
        (void)act_problems_add(problems, ACT_PROBLEM_INVALID, field, text,
                               "more than %d constants", ACT_FILTER_PARAMS_MAX);
        return ACT_EINVAL;
    }
    if (!err)
        *ret = filter;
    return err;
}
