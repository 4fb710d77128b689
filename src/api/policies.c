#include "api/policies.h"

#include "core/policy.h"
#include "pipeline/policy_source.h"

static int validate(act_call *c, const act_json *object, const act_json *before,
                    act_problems *problems)
{
    if (before)
        act_policy_check_update(before, object, problems);
    int r = act_policy_new(c->api->rules, NULL, object, "spec", problems, NULL);
    return r == ACT_EINVAL ? 0 : r;
}

/* What somebody has meant as an expression, and is none: the word that says so, or NULL. */
static const char *bare_word(act_str summary)
{
    static const char *const words[] = { "audit.", "event.", "actor", "{" };
    if (act_str_find(summary, ACT_STR("{{")) != SIZE_MAX)
        return NULL;
    for (size_t i = 0; i < ACT_COUNT(words); i++)
        if (act_str_find(summary, act_str_cstr(words[i])) != SIZE_MAX)
            return words[i];
    return NULL;
}

/* Warnings about the rules of one list; how many rules it has. */
static size_t look_at_rules(act_call *c, const act_json *spec, const char *list,
                            act_str *ret, size_t *n)
{
    size_t count;
    const act_json *rules = act_json_items(act_json_get(spec, act_str_cstr(list)), &count);
    for (size_t i = 0; i < count && *n < ACT_PERSISTED_WARNINGS_MAX; i++) {
        const char *word =
            bare_word(act_json_string(act_json_get(&rules[i], ACT_STR("summary"))));
        if (word &&
            act_arena_printf(c->arena, &ret[*n],
                             "spec.%s[%zu].summary has no {{ }}: \"%s\" stays as it "
                             "stands in every sentence",
                             list, i, word) == 0)
            (*n)++;
    }
    return count;
}

static size_t warnings(act_call *c, const act_json *object, act_str *ret)
{
    const act_json *spec = act_json_get(object, ACT_STR("spec"));
    act_str group =
        act_json_string(act_json_path(spec, "resource", "apiGroup", (const char *)NULL));
    size_t n = 0, rules = 0;
    if (act_str_eq_cstr(group, "core") || act_str_eq_cstr(group, "v1"))
        ret[n++] = ACT_STR("spec.resource.apiGroup: the core group is written \"\"; no "
                           "record is of a group with this name");
    rules += look_at_rules(c, spec, "auditRules", ret, &n);
    rules += look_at_rules(c, spec, "eventRules", ret, &n);
    if (rules == 0 && n < ACT_PERSISTED_WARNINGS_MAX)
        ret[n++] =
            ACT_STR("the policy has neither auditRules nor eventRules and has no effect");
    return n;
}

void act_api_policies(act_call *c)
{
    static const act_persisted_kind kind = { .prefix = ACT_REGISTRY_POLICIES,
                                             .validate = validate,
                                             .warnings = warnings };
    act_persisted_handle(c, &kind);
}
