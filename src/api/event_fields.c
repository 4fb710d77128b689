#include "api/event_fields.h"

#define TOP(key, member, column)                                                           \
    {                                                                                      \
        key, column, { member },                                                           \
        {                                                                                  \
            NULL                                                                           \
        }                                                                                  \
    }
#define BELOW(key, a, b, column)                                                           \
    {                                                                                      \
        key, column, { a, b },                                                             \
        {                                                                                  \
            NULL                                                                           \
        }                                                                                  \
    }
#define REFERENCE(key, member)                                                             \
    BELOW(key ".apiVersion", member, "apiVersion", member "_api_version"),                 \
        BELOW(key ".kind", member, "kind", member "_kind"),                                \
        BELOW(key ".namespace", member, "namespace", member "_namespace"),                 \
        BELOW(key ".name", member, "name", member "_name"),                                \
        BELOW(key ".uid", member, "uid", member "_uid"),                                   \
        BELOW(key ".fieldPath", member, "fieldPath", member "_field_path"),                \
        BELOW(key ".resourceVersion", member, "resourceVersion",                           \
              member "_resource_version")
/* Who reports: the newer members, else those of the older recorder. */
#define CONTROLLER(key)                                                                    \
    {                                                                                      \
        key, "source_component", { "reportingController" },                                \
        {                                                                                  \
            "deprecatedSource", "component"                                                \
        }                                                                                  \
    }
#define INSTANCE(key)                                                                      \
    {                                                                                      \
        key, "source_host", { "reportingInstance" },                                       \
        {                                                                                  \
            "deprecatedSource", "host"                                                     \
        }                                                                                  \
    }

static const act_event_field fields[] = {
    BELOW("name", "metadata", "name", "name"),
    BELOW("namespace", "metadata", "namespace", "namespace"),
    BELOW("uid", "metadata", "uid", "uid"),
    BELOW("metadata.name", "metadata", "name", "name"),
    BELOW("metadata.namespace", "metadata", "namespace", "namespace"),
    BELOW("metadata.uid", "metadata", "uid", "uid"),
    REFERENCE("regarding", "regarding"),
    REFERENCE("involvedObject", "regarding"),
    REFERENCE("related", "related"),
    TOP("reason", "reason", "reason"),
    TOP("type", "type", "type"),
    TOP("action", "action", "action"),
    CONTROLLER("source"),
    CONTROLLER("source.component"),
    CONTROLLER("reportingController"),
    CONTROLLER("reportingComponent"),
    INSTANCE("source.host"),
    INSTANCE("reportingInstance"),
};

const act_event_field *act_event_field_find(act_str key)
{
    for (size_t i = 0; i < ACT_COUNT(fields); i++)
        if (act_str_eq_cstr(key, fields[i].key))
            return &fields[i];
    return NULL;
}

static act_str text_at(const act_json *v, const char *const path[ACT_EVENT_PATH_MAX])
{
    for (size_t i = 0; i < ACT_EVENT_PATH_MAX && path[i]; i++)
        v = act_json_get(v, act_str_cstr(path[i]));
    return act_json_string(v);
}

act_str act_event_field_text(const act_event_field *f, const act_json *event)
{
    act_str text = text_at(event, f->path);
    return text.len == 0 && f->else_path[0] ? text_at(event, f->else_path) : text;
}
