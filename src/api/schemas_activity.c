/* Activity. */
#include "api/schemas_parts.h"

static const act_schema_field actor_fields[] = {
    { "type", &act_schema_string, "user, system or controller.", true },
    { "name", &act_schema_string, "Who did it.", true },
    { "uid", &act_schema_string, "Their uid.", false },
    { "email", &act_schema_string, "Their address, when the name is one.", false },
};
static const act_schema actor =
    ACT_OBJECT_SCHEMA("ActivityActor", "A user or a controller.", actor_fields);

static const act_schema_field resource_fields[] = {
    { "apiGroup", &act_schema_string, "API group; empty for core.", true },
    { "apiVersion", &act_schema_string, "API version.", true },
    { "kind", &act_schema_string, "Kind.", true },
    { "name", &act_schema_string, "Name.", true },
    { "namespace", &act_schema_string, "Namespace.", false },
    { "uid", &act_schema_string, "Unique id.", false },
};
static const act_schema resource =
    ACT_OBJECT_SCHEMA("ActivityResource", "An object.", resource_fields);

static const act_schema_field link_fields[] = {
    { "marker", &act_schema_string, "The part of the summary that is a link.", true },
    { "resource", &resource, "What it points at.", true },
};
static const act_schema link =
    ACT_OBJECT_SCHEMA("ActivityLink", "A clickable part of the summary.", link_fields);
static const act_schema links = ACT_LIST_SCHEMA(&link, NULL);

static const act_schema_field tenant_fields[] = {
    { "type", &act_schema_string, "platform, organization, project or user.", true },
    { "name", &act_schema_string, "Name of the tenant; empty for the platform.", true },
};
static const act_schema tenant = ACT_OBJECT_SCHEMA(
    "ActivityTenant", "One of those whom the platform serves, or the platform itself.",
    tenant_fields);

static const act_schema_field change_fields[] = {
    { "field", &act_schema_string, "Path of the field.", true },
    { "old", &act_schema_string, "Value before.", false },
    { "new", &act_schema_string, "Value after.", false },
};
static const act_schema change =
    ACT_OBJECT_SCHEMA("ActivityChange", "A changed field.", change_fields);
static const act_schema changes = ACT_LIST_SCHEMA(&change, NULL);

static const act_schema_field origin_fields[] = {
    { "type", &act_schema_string, "audit or event.", true },
    { "id", &act_schema_string, "auditID, or the Event's uid.", true },
};
static const act_schema origin =
    ACT_OBJECT_SCHEMA("ActivityOrigin", "An audit event or an Event.", origin_fields);

static const act_schema_field spec_fields[] = {
    { "summary", &act_schema_string, "What happened, as a sentence.", true },
    { "changeSource", &act_schema_string, "human or system.", true },
    { "actor", &actor, "Who did it.", true },
    { "resource", &resource, "To what.", true },
    { "links", &links, "Parts of the summary that point at objects.", false },
    { "tenant", &tenant, "Whose activity it is.", true },
    { "changes", &changes, "Fields that were changed.", false },
    { "origin", &origin, "The record that it was made from.", true },
};
static const act_schema spec = ACT_OBJECT_SCHEMA(
    "ActivitySpec", "A sentence, who did it, and what it is about.", spec_fields);

static const act_schema_field activity_fields[] = {
    ACT_OBJECT_HEAD,
    { "spec", &spec, "What happened.", true },
};
const act_schema act_schema_activity = ACT_OBJECT_SCHEMA(
    "Activity", "A sentence about something that happened. Read only.", activity_fields);
