/* ReindexJob. */
#include "api/schemas_parts.h"

static const act_schema end_time = { .type = ACT_SCHEMA_STRING, .default_text = "now" };
static const act_schema batch_size = { .type = ACT_SCHEMA_INT32, .default_text = "1000" };
static const act_schema rate_limit = { .type = ACT_SCHEMA_INT32, .default_text = "100" };
static const char *const phases[] = { "Pending", "Running", "Succeeded", "Failed", NULL };
static const act_schema phase = { .type = ACT_SCHEMA_STRING, .values = phases };

static const act_schema_field range_fields[] = {
    { "startTime", &act_schema_string, "RFC 3339, or now-7d and the like; inclusive.",
      true },
    { "endTime", &end_time, "RFC 3339, now, or now-1h; exclusive.", false },
};
static const act_schema range = ACT_OBJECT_SCHEMA(
    "ReindexTimeRange", "The start is inside, the end is not.", range_fields);

static const act_schema_field selector_fields[] = {
    { "names", &act_schema_strings, "Names of policies; not together with matchLabels.",
      false },
    { "matchLabels", &act_schema_string_map, "Labels of policies; not together with names.",
      false },
};
static const act_schema selector = ACT_OBJECT_SCHEMA(
    "ReindexPolicySelector", "By their names or by their labels.", selector_fields);

static const act_schema_field config_fields[] = {
    { "batchSize", &batch_size, "Records of a batch: 100 to 10000.", false },
    { "rateLimit", &rate_limit, "Records a second: 10 to 1000.", false },
    { "dryRun", &act_schema_bool, "Count what would be made, and make nothing.", false },
};
static const act_schema config = ACT_OBJECT_SCHEMA(
    "ReindexConfig", "Batches, rate, and whether anything is written.", config_fields);

static const act_schema_field spec_fields[] = {
    { "timeRange", &range, "Of which time.", true },
    { "policySelector", &selector, "Which policies; all when absent.", false },
    { "config", &config, "How fast.", false },
    { "ttlSecondsAfterFinished", &act_schema_int32,
      "The job is deleted that long after its end; kept when absent.", false },
};
static const act_schema spec = ACT_OBJECT_SCHEMA(
    "ReindexJobSpec", "Records of which time, policies, and how fast.", spec_fields);

static const act_schema_field progress_fields[] = {
    { "totalEvents", &act_schema_int64, "Records in the range.", false },
    { "processedEvents", &act_schema_int64, "Records done.", false },
    { "activitiesGenerated", &act_schema_int64, "Activities made.", false },
    { "errors", &act_schema_int64, "Records that could not be translated.", false },
    { "currentBatch", &act_schema_int32, "Number of the batch in work.", false },
    { "totalBatches", &act_schema_int32, "Batches in all.", false },
};
static const act_schema progress = ACT_OBJECT_SCHEMA(
    "ReindexProgress", "Counts of records, batches and activities.", progress_fields);

static const act_schema_field status_fields[] = {
    { "phase", &phase, "Where it is.", false },
    { "message", &act_schema_string, "What people should know.", false },
    { "progress", &progress, "How far it is.", false },
    { "startedAt", &act_schema_time, "When it began.", false },
    { "completedAt", &act_schema_time, "When it ended.", false },
    { "conditions", &act_schema_conditions, "Ready is true when it has succeeded.", false },
};
static const act_schema status =
    ACT_OBJECT_SCHEMA("ReindexJobStatus", "What became of the job.", status_fields);

static const act_schema_field job_fields[] = {
    ACT_OBJECT_HEAD,
    { "spec", &spec, "What is to be made anew.", true },
    { "status", &status, "What is.", false },
};
const act_schema act_schema_reindex_job = ACT_OBJECT_SCHEMA(
    "ReindexJob", "Makes the activities of a time anew, with the policies of today.",
    job_fields);
