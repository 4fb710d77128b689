/* ActivityPolicy. */
#include "api/schemas_parts.h"

static const act_schema_field resource_fields[] = {
    { "apiGroup", &act_schema_string,
      "API group of the kind, without its version; empty for core.", true },
    { "kind", &act_schema_string,
      "The kind that the rules are about, as manifests write it: Deployment.", true },
};
static const act_schema resource = ACT_OBJECT_SCHEMA(
    "ActivityPolicyResource", "The kind that a policy is about.", resource_fields);

static const act_schema_field rule_fields[] = {
    { "name", &act_schema_string, "Name of the rule, once in its list.", true },
    { "description", &act_schema_string, "What the rule is for.", false },
    { "match", &act_schema_string,
      "CEL expression that is true for the records the rule speaks about. Audit rules see "
      "audit, actor, actorRef and kind, event rules event, actor and actorRef.",
      true },
    { "summary", &act_schema_string,
      "The sentence, with CEL expressions over the same variables in {{ }}: "
      "{{ link(actor, actorRef) }} created {{ audit.objectRef.name }}.",
      true },
};
static const act_schema rule =
    ACT_OBJECT_SCHEMA("ActivityPolicyRule", "What to say about some records.", rule_fields);
static const act_schema rules = ACT_LIST_SCHEMA(&rule, "name");

static const act_schema_field spec_fields[] = {
    { "resource", &resource, "The kind that the policy is about.", true },
    { "auditRules", &rules, "Rules for audit events; the first that matches speaks.",
      false },
    { "eventRules", &rules, "Rules for Events; the first that matches speaks.", false },
};
const act_schema act_schema_policy_spec =
    ACT_OBJECT_SCHEMA("ActivityPolicySpec", "How records become sentences.", spec_fields);

static const act_schema_field status_fields[] = {
    { "conditions", &act_schema_conditions, "Ready says whether the policy is in force.",
      false },
    { "observedGeneration", &act_schema_int64, "The generation that this is about.",
      false },
};
static const act_schema status =
    ACT_OBJECT_SCHEMA("ActivityPolicyStatus", "What became of the policy.", status_fields);

static const act_schema_field policy_fields[] = {
    ACT_OBJECT_HEAD,
    { "spec", &act_schema_policy_spec, "What is wanted.", true },
    { "status", &status, "What is.", false },
};
const act_schema act_schema_policy =
    ACT_OBJECT_SCHEMA("ActivityPolicy",
                      "Rules that turn the audit events and Events of one kind into "
                      "sentences that people understand.",
                      policy_fields);
