/* PolicyPreview. */
#include "api/schemas_parts.h"

static const act_schema_field input_fields[] = {
    { "type", &act_schema_string, "audit or event.", true },
    { "audit", &act_schema_any, "An audit.k8s.io/v1 Event.", false },
    { "event", &act_schema_any, "An Event of core/v1 or events.k8s.io/v1.", false },
};
static const act_schema input =
    ACT_OBJECT_SCHEMA("PolicyPreviewInput", "A record to try.", input_fields);
static const act_schema inputs = ACT_LIST_SCHEMA(&input, NULL);

static const act_schema_field fetch_fields[] = {
    { "limit", &act_schema_int32, "Records of each source; 0 means 10, at most 50.",
      false },
    { "timeRange", &act_schema_string, "How far back, as 24h or now-7d; empty: 24h.",
      false },
    { "sources", &act_schema_string, "audit, events or both; empty: both.", false },
};
static const act_schema fetch = ACT_OBJECT_SCHEMA(
    "PolicyPreviewAutoFetch", "Try stored records of the policy's kind.", fetch_fields);

static const act_schema_field spec_fields[] = {
    { "policy", &act_schema_policy_spec, "The policy to try.", false },
    { "policyName", &act_schema_string, "Or: the name of one that there is.", false },
    { "inputs", &inputs, "Records to try it on.", false },
    { "autoFetch", &fetch, "Or: where to find such records.", false },
    { "kindLabel", &act_schema_string,
      "Name of the kind for people: `kind` in summaries of audit rules.", false },
    { "kindLabelPlural", &act_schema_string,
      "The same for several: `kind` where there is no kindLabel.", false },
};
static const act_schema spec = ACT_OBJECT_SCHEMA(
    "PolicyPreviewSpec", "A policy, and records to try it on.", spec_fields);

static const act_schema activities = ACT_LIST_SCHEMA(&act_schema_activity, NULL);
static const act_schema_field result_fields[] = {
    { "inputIndex", &act_schema_int32, "Which input this is about.", true },
    { "matched", &act_schema_bool, "Whether a rule spoke.", true },
    { "matchedRuleIndex", &act_schema_int32, "That rule in its list; -1: none.", true },
    { "matchedRuleType", &act_schema_string, "audit or event.", false },
    { "matchedRuleName", &act_schema_string, "Name of that rule.", false },
    { "error", &act_schema_string, "Why a rule could not be evaluated.", false },
    { "errorRuleName", &act_schema_string, "Name of that rule.", false },
    { "errorField", &act_schema_string, "match or summary.", false },
    { "errorLine", &act_schema_int32, "Where in its text; 1 is the first line.", false },
    { "errorColumn", &act_schema_int32, "Character of that line, from 1 on.", false },
};
static const act_schema result = ACT_OBJECT_SCHEMA(
    "PolicyPreviewInputResult", "What became of an input.", result_fields);
static const act_schema results = ACT_LIST_SCHEMA(&result, NULL);
static const act_schema_field timing_fields[] = {
    { "type", &act_schema_string, "audit or event.", true },
    { "index", &act_schema_int32, "The rule in its list.", true },
    { "name", &act_schema_string, "Its name.", true },
    { "tried", &act_schema_int64, "Inputs on which it was tried.", true },
    { "matched", &act_schema_int64, "Inputs about which it spoke.", true },
    { "failed", &act_schema_int64, "Inputs on which it could not be evaluated.", true },
    { "nanoseconds", &act_schema_int64, "What it took, of all of them.", true },
};
static const act_schema timing =
    ACT_OBJECT_SCHEMA("PolicyPreviewRuleTiming", "What a rule took.", timing_fields);
static const act_schema timings = ACT_LIST_SCHEMA(&timing, NULL);
static const act_schema_field status_fields[] = {
    { "activities", &activities, "What the rules say, in the order of the inputs.", false },
    { "results", &results, "One for each input.", false },
    { "ruleTimings", &timings, "What the rules took, in the policy's order.", false },
    { "fetchedInputs", &inputs, "The records that were found.", false },
    { "error", &act_schema_string, "Not used.", false },
};
static const act_schema status = ACT_OBJECT_SCHEMA(
    "PolicyPreviewStatus", "What the rules say of each record.", status_fields);

static const act_schema_field preview_fields[] = {
    ACT_OBJECT_HEAD,
    { "spec", &spec, "What to try.", true },
    { "status", &status, "What the policy would do.", false },
};
const act_schema act_schema_preview = ACT_OBJECT_SCHEMA(
    "PolicyPreview", "A policy tried on records. Nothing is kept.", preview_fields);
