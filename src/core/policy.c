#include "core/policy.h"

#include "base/alloc.h"
#include "base/json_write.h"
#include "core/kinds.h"
#include "core/rule_estimate.h"

struct act_policy {
    act_arena *text; /* names and the rule arrays */
    act_str name, group, kind, plural;
    int64_t generation;
    uint64_t fingerprint;
    size_t n[ACT_RULE_KINDS];
    act_rule *rules[ACT_RULE_KINDS];
    const act_rule_dispatch *dispatch[ACT_RULE_KINDS];
};

static const char *const list_name[ACT_RULE_KINDS] = {
    [ACT_RULE_AUDIT] = "auditRules",
    [ACT_RULE_EVENT] = "eventRules",
};

/* What one check carries along. */
typedef struct {
    const act_rule_env *env;
    cel_slots *const *slots;
    const char *prefix;
    act_problems *problems;
    cel_errors *errors;
    act_policy *policy; /* being built */
} check;

/* A field path: built per problem, so a fixed buffer is enough
 * ("<prefix>.auditRules[99].x"). */
typedef struct {
    char text[160];
} path;

static act_str field_path(const check *c, path *p, const char *field)
{
    int n = snprintf(p->text, sizeof p->text, "%s.%s", c->prefix, field);
    return act_str_from(p->text, n < (int)sizeof p->text ? (size_t)n : sizeof p->text - 1);
}

static act_str rule_path(const check *c, path *p, enum act_rule_kind kind, size_t i,
                         const char *field)
{
    int n = snprintf(p->text, sizeof p->text, "%s.%s[%zu]%s%s", c->prefix, list_name[kind],
                     i, *field ? "." : "", field);
    return act_str_from(p->text, n < (int)sizeof p->text ? (size_t)n : sizeof p->text - 1);
}

/* A string member; a wrong type is a problem and reads as absent. */
static act_str text_member(const check *c, const act_json *object, const char *key,
                           act_str field, bool *ret_ok)
{
    const act_json *v = act_json_get(object, act_str_cstr(key));
    *ret_ok = true;
    if (!v || v->type == ACT_JSON_NULL)
        return (act_str){ 0 };
    if (v->type != ACT_JSON_STRING) {
        (void)act_problems_add(c->problems, ACT_PROBLEM_INVALID, field, v->raw,
                               "must be a string");
        *ret_ok = false;
        return (act_str){ 0 };
    }
    return v->as.string;
}

static void check_rule_name(const check *c, enum act_rule_kind kind, const act_json *list,
                            size_t i, act_str name)
{
    path p = { "" };
    act_str field = rule_path(c, &p, kind, i, "name");
    if (name.len == 0) {
        (void)act_problems_add(c->problems, ACT_PROBLEM_REQUIRED, field, (act_str){ 0 },
                               "every rule needs a name");
        return;
    }
    if (!act_str_is_subdomain(name))
        (void)act_problems_add(
            c->problems, ACT_PROBLEM_INVALID, field, name,
            "must be a lowercase RFC 1123 subdomain: at most 253 of a-z, 0-9, '-' and '.', "
            "each part starting and ending with a letter or digit");
    size_t n;
    const act_json *items = act_json_items(list, &n);
    for (size_t k = 0; k < i; k++)
        if (act_json_is(act_json_get(&items[k], ACT_STR("name")), name)) {
            (void)act_problems_add(c->problems, ACT_PROBLEM_DUPLICATE, field, name,
                                   "is also the name of %s[%zu]", list_name[kind], k);
            return;
        }
}

/* Refuse what may cost too much on a large record, before it meets one. */
static int check_cost(const check *c, enum act_rule_kind kind, act_str field,
                      act_str source, const cel_program *program, uint32_t line,
                      uint32_t column)
{
    char text[ACT_RULE_ESTIMATE_TEXT_MAX];
    uint64_t units = 0;
    int err = act_rule_estimate(kind, program, &units);
    if (err || units <= ACT_RULE_ESTIMATE_MAX)
        return err;
    act_problem *problem =
        act_problems_add(c->problems, ACT_PROBLEM_INVALID, field, source, "%u:%u: %s", line,
                         column, act_rule_estimate_text(units, text));
    if (problem) {
        problem->line = line;
        problem->column = column;
    }
    return ACT_OK;
}

/* Help with the mistakes that are made most, to stand behind the compiler's words. */
typedef struct {
    const char *text, *names;
} hint;

static hint hint_for(enum act_rule_kind kind, act_str message)
{
    static const act_str link = { "found no matching overload for 'link'", 37 };
    if (act_str_starts(message, ACT_STR("undeclared reference")))
        return (hint){ "; variables here: ", act_rule_env_names(kind) };
    if (act_str_starts(message, link))
        return (hint){ "; link takes a text and what it leads to: ", "link(string, dyn)" };
    return (hint){ "", "" };
}

static int compile_match(const check *c, enum act_rule_kind kind, size_t i, act_str source,
                         cel_program **ret)
{
    path p = { "" };
    act_str field = rule_path(c, &p, kind, i, "match");
    if (act_str_trim(source).len == 0) {
        (void)act_problems_add(c->problems, ACT_PROBLEM_REQUIRED, field, (act_str){ 0 },
                               "a rule needs an expression that selects records");
        return ACT_OK;
    }
    ACT_AUTO(cel_program) program = NULL;
    int err = cel_compile(act_rule_env_cel(c->env, kind), source, 0,
                          c->slots ? c->slots[kind] : NULL, c->errors, &program);
    if (err == ACT_ENOMEM)
        return err;
    if (err) {
        for (size_t k = 0; k < cel_errors_count(c->errors); k++) {
            cel_error_item item = cel_errors_at(c->errors, k);
            hint h = hint_for(kind, item.message);
            act_problem *problem = act_problems_add(
                c->problems, ACT_PROBLEM_INVALID, field, source, "%u:%u: %.*s%s%s",
                item.line, item.column, ACT_STR_ARG(item.message), h.text, h.names);
            if (problem) {
                problem->line = item.line;
                problem->column = item.column;
            }
        }
        return ACT_OK;
    }
    const char *type = cel_program_type(program);
    if (strcmp(type, "bool") != 0) {
        (void)act_problems_add(c->problems, ACT_PROBLEM_INVALID, field, source,
                               "must be true or false, but is %s", type);
        return ACT_OK;
    }
    err = check_cost(c, kind, field, source, program, 1, 1);
    if (err)
        return err;
    *ret = program;
    program = NULL;
    return ACT_OK;
}

static int check_summary_costs(const check *c, enum act_rule_kind kind, act_str field,
                               act_str source, const act_template *summary)
{
    const cel_program *program;
    uint32_t line, column;
    int err = ACT_OK;
    for (size_t i = 0;
         !err && (program = act_template_expression(summary, i, &line, &column)); i++)
        err = check_cost(c, kind, field, source, program, line, column);
    return err;
}

static int compile_summary(const check *c, enum act_rule_kind kind, size_t i,
                           act_str source, act_template **ret)
{
    path p = { "" };
    act_str field = rule_path(c, &p, kind, i, "summary");
    if (act_str_trim(source).len == 0) {
        (void)act_problems_add(c->problems, ACT_PROBLEM_REQUIRED, field, (act_str){ 0 },
                               "a rule needs a sentence for the records it selects");
        return ACT_OK;
    }
    act_err e = ACT_ERR_INIT;
    int err = act_template_new(act_rule_env_cel(c->env, kind),
                               c->slots ? c->slots[kind] : NULL, source, ret, &e);
    if (!err)
        return check_summary_costs(c, kind, field, source, *ret);
    if (err == ACT_ENOMEM)
        return err;
    hint h = hint_for(kind, act_str_cstr(e.text));
    act_problem *problem =
        act_problems_add(c->problems, ACT_PROBLEM_INVALID, field, source, "%u:%u: %s%s%s",
                         e.line, e.column, e.text, h.text, h.names);
    if (problem) {
        problem->line = e.line;
        problem->column = e.column;
    }
    return ACT_OK;
}

static int check_rule(const check *c, enum act_rule_kind kind, const act_json *list,
                      size_t i, const act_json *rule, act_rule *ret)
{
    path p = { "" };
    if (rule->type != ACT_JSON_OBJECT) {
        (void)act_problems_add(c->problems, ACT_PROBLEM_INVALID,
                               rule_path(c, &p, kind, i, ""), rule->raw,
                               "must be an object");
        return ACT_OK;
    }
    bool named, matched, summarized, described;
    act_str name = text_member(c, rule, "name", rule_path(c, &p, kind, i, "name"), &named);
    if (named)
        check_rule_name(c, kind, list, i, name);
    act_str description = text_member(c, rule, "description",
                                      rule_path(c, &p, kind, i, "description"), &described);
    if (description.len > ACT_POLICY_TEXT_MAX)
        (void)act_problems_add(c->problems, ACT_PROBLEM_TOO_LONG,
                               rule_path(c, &p, kind, i, "description"), (act_str){ 0 },
                               "at most %d bytes", ACT_POLICY_TEXT_MAX);
    act_str match =
        text_member(c, rule, "match", rule_path(c, &p, kind, i, "match"), &matched);
    act_str summary =
        text_member(c, rule, "summary", rule_path(c, &p, kind, i, "summary"), &summarized);

    cel_program *program = NULL;
    act_template *template = NULL;
    int err = matched ? compile_match(c, kind, i, match, &program) : ACT_OK;
    ret->match = program;
    if (!err && summarized)
        err = compile_summary(c, kind, i, summary, &template);
    ret->summary = template;
    if (!err)
        err = act_arena_str(c->policy->text, name, &ret->name);
    return err;
}

static int check_rules(const check *c, enum act_rule_kind kind, const act_json *spec)
{
    path p = { "" };
    act_str field = field_path(c, &p, list_name[kind]);
    const act_json *list = act_json_get(spec, act_str_cstr(list_name[kind]));
    if (!list || list->type == ACT_JSON_NULL)
        return ACT_OK;
    size_t n;
    const act_json *items = act_json_items(list, &n);
    if (list->type != ACT_JSON_ARRAY) {
        (void)act_problems_add(c->problems, ACT_PROBLEM_INVALID, field, list->raw,
                               "must be a list");
        return ACT_OK;
    }
    if (n > ACT_POLICY_RULES_MAX) {
        (void)act_problems_add(c->problems, ACT_PROBLEM_TOO_MANY, field, (act_str){ 0 },
                               "at most %d rules", ACT_POLICY_RULES_MAX);
        return ACT_OK;
    }
    act_rule *rules = act_arena_make_n(c->policy->text, act_rule, n);
    if (!rules)
        return ACT_ENOMEM;
    c->policy->rules[kind] = rules;
    for (size_t i = 0; i < n; i++) {
        c->policy->n[kind] =
            i + 1; /* before the check, so that free sees a half-made rule */
        int err = check_rule(c, kind, list, i, &items[i], &rules[i]);
        if (err)
            return err;
    }
    return ACT_OK;
}

/* The plural that apimachinery's UnsafeGuessKindToResource makes. */
static int guess_plural(act_arena *a, act_str kind, act_str *ret)
{
    char *text = act_arena_bytes(a, kind.len + 4);
    if (!text)
        return ACT_ENOMEM;
    size_t n = kind.len;
    for (size_t i = 0; i < n; i++) {
        char c = kind.ptr[i];
        text[i] = c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
    }
    const char *tail = n == 0               ? ""
                       : text[n - 1] == 's' ? "es"
                       : text[n - 1] == 'y' ? "ies"
                       : text[n - 1] == 'x' ? "es"
                                            : "s";
    if (n && text[n - 1] == 'y')
        n--;
    size_t len = strlen(tail);
    memcpy(text + n, tail, len);
    *ret = act_str_from(text, n + len);
    return ACT_OK;
}

static int check_resource(const check *c, const act_json *spec)
{
    path p = { "" };
    act_policy *policy = c->policy;
    const act_json *resource = act_json_get(spec, ACT_STR("resource"));
    if (resource && resource->type != ACT_JSON_OBJECT && resource->type != ACT_JSON_NULL) {
        (void)act_problems_add(c->problems, ACT_PROBLEM_INVALID,
                               field_path(c, &p, "resource"), resource->raw,
                               "must be an object");
        return ACT_OK;
    }
    bool ok;
    act_str group =
        text_member(c, resource, "apiGroup", field_path(c, &p, "resource.apiGroup"), &ok);
    if (ok && group.len > 0 && !act_str_is_subdomain(group))
        (void)act_problems_add(
            c->problems, ACT_PROBLEM_INVALID, field_path(c, &p, "resource.apiGroup"), group,
            "must be the name of an API group, or empty for the core group");
    act_str kind =
        text_member(c, resource, "kind", field_path(c, &p, "resource.kind"), &ok);
    if (ok && kind.len == 0)
        (void)act_problems_add(c->problems, ACT_PROBLEM_REQUIRED,
                               field_path(c, &p, "resource.kind"), (act_str){ 0 },
                               "the kind that the policy is about");
    else if (kind.len > ACT_POLICY_TEXT_MAX)
        (void)act_problems_add(c->problems, ACT_PROBLEM_TOO_LONG,
                               field_path(c, &p, "resource.kind"), (act_str){ 0 },
                               "at most %d bytes", ACT_POLICY_TEXT_MAX);
    int err = act_arena_str(policy->text, group, &policy->group);
    if (!err)
        err = act_arena_str(policy->text, kind, &policy->kind);
    policy->plural = act_plural_of(group, kind); /* static text of the table */
    if (!err && policy->plural.len == 0)
        err = guess_plural(policy->text, policy->kind, &policy->plural);
    return err;
}

static int take_fingerprint(act_policy *policy, const act_json *spec)
{
    act_buf text = ACT_BUF_INIT;
    act_json_writer w = act_json_writer_on(&text);
    act_jw_array(&w);
    act_jw_string(&w, policy->name);
    if (spec)
        act_jw_value(&w, spec);
    act_jw_array_end(&w);
    policy->fingerprint = act_str_hash(act_buf_str(&text));
    int err = act_buf_err(&text);
    act_buf_done(&text);
    return err;
}

static int check_all(check *c, const act_json *object)
{
    const act_json *metadata = act_json_get(object, ACT_STR("metadata"));
    const act_json *spec = act_json_get(object, ACT_STR("spec"));
    const act_json *generation = act_json_get(metadata, ACT_STR("generation"));
    if (generation && generation->type == ACT_JSON_INT)
        c->policy->generation = generation->as.i64;
    int err = act_arena_str(c->policy->text,
                            act_json_string(act_json_get(metadata, ACT_STR("name"))),
                            &c->policy->name);
    if (!err)
        err = take_fingerprint(c->policy, spec);
    if (!err)
        err = check_resource(c, spec);
    for (int kind = 0; !err && kind < ACT_RULE_KINDS; kind++)
        err = check_rules(c, (enum act_rule_kind)kind, spec);
    return err;
}

/* Of rules without problems. */
static int make_dispatch(const check *c)
{
    static_assert((int)ACT_POLICY_RULES_MAX <= (int)ACT_DISPATCH_RULES_MAX,
                  "a bit for each rule");
    act_policy *policy = c->policy;
    int err = ACT_OK;
    for (int kind = 0; !err && kind < ACT_RULE_KINDS; kind++) {
        act_str sources[ACT_POLICY_RULES_MAX];
        for (size_t i = 0; i < policy->n[kind]; i++)
            sources[i] = cel_program_source(policy->rules[kind][i].match);
        err = act_rule_dispatch_new(c->env, (enum act_rule_kind)kind, sources,
                                    policy->n[kind], policy->text, &policy->dispatch[kind]);
    }
    return err;
}

int act_policy_new(const act_rule_env *env, cel_slots *const slots[ACT_RULE_KINDS],
                   const act_json *object, const char *prefix, act_problems *problems,
                   act_policy **ret)
{
    size_t before = problems->count;
    ACT_AUTO(act_policy) policy = act_zalloc(1, sizeof *policy);
    ACT_AUTO(cel_errors) errors = NULL;
    if (!policy)
        return ACT_ENOMEM;
    int err = act_arena_new(SIZE_MAX, 0, &policy->text);
    if (!err)
        err = cel_errors_new(&errors);
    if (err)
        return err;
    check c = { env, slots, prefix, problems, errors, policy };
    err = check_all(&c, object);
    if (!err)
        err = problems->err;
    if (!err && problems->count > before)
        err = ACT_EINVAL;
    if (!err && ret)
        err = make_dispatch(&c);
    if (err)
        return err;
    if (ret) {
        *ret = policy;
        policy = NULL;
    }
    return ACT_OK;
}

void act_policy_free(act_policy *p)
{
    if (!p)
        return;
    for (int kind = 0; kind < ACT_RULE_KINDS; kind++)
        for (size_t i = 0; i < p->n[kind]; i++) {
            cel_program_free((cel_program *)(uintptr_t)p->rules[kind][i].match);
            act_template_free((act_template *)(uintptr_t)p->rules[kind][i].summary);
        }
    act_arena_free(p->text);
    act_dealloc(p);
}

act_str act_policy_name(const act_policy *p)
{
    return p->name;
}

act_str act_policy_group(const act_policy *p)
{
    return p->group;
}

act_str act_policy_kind(const act_policy *p)
{
    return p->kind;
}

int64_t act_policy_generation(const act_policy *p)
{
    return p->generation;
}

uint64_t act_policy_fingerprint(const act_policy *p)
{
    return p->fingerprint;
}

act_str act_policy_plural(const act_policy *p)
{
    return p->plural;
}

const act_rule *act_policy_rules(const act_policy *p, enum act_rule_kind kind,
                                 size_t *ret_n)
{
    *ret_n = p->n[kind];
    return p->rules[kind];
}

act_rule_bits act_policy_candidates(const act_policy *p, enum act_rule_kind kind,
                                    act_str text)
{
    return act_rule_dispatch_find(p->dispatch[kind], text);
}

void act_policy_check_update(const act_json *before, const act_json *after,
                             act_problems *problems)
{
    static const char *const keys[] = { "apiGroup", "kind" };
    for (size_t i = 0; i < ACT_COUNT(keys); i++) {
        act_str old =
            act_json_string(act_json_path(before, "spec", "resource", keys[i], NULL));
        act_str new =
            act_json_string(act_json_path(after, "spec", "resource", keys[i], NULL));
        if (!act_str_eq(old, new)) {
            (void)act_problems_add(problems, ACT_PROBLEM_INVALID, ACT_STR("spec.resource"),
                                   new, "field is immutable: was %.*s", ACT_STR_ARG(old));
            return;
        }
    }
}
