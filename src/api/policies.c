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

static size_t warnings(act_call *c, const act_json *object, act_str *ret)
{
    size_t audit, event;
    (void)c;
    (void)act_json_items(act_json_path(object, "spec", "auditRules", NULL), &audit);
    (void)act_json_items(act_json_path(object, "spec", "eventRules", NULL), &event);
    if (audit > 0 || event > 0)
        return 0;
    ret[0] = ACT_STR("the policy has neither auditRules nor eventRules and has no effect");
    return 1;
}

void act_api_policies(act_call *c)
{
    static const act_persisted_kind kind = { .prefix = ACT_REGISTRY_POLICIES,
                                             .validate = validate,
                                             .warnings = warnings };
    act_persisted_handle(c, &kind);
}
