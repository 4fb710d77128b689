/** @file
 *  Fields of Events that selectors may name, by the keys of both API forms. */
#ifndef ACT_API_EVENT_FIELDS_H
#define ACT_API_EVENT_FIELDS_H

#include "base/json.h"

enum { ACT_EVENT_PATH_MAX = 2 };

/** Where the field is: in the table of Events, and in an Event of events.k8s.io/v1, where
 *  the second path counts when there is nothing at the first. Constant. */
typedef struct {
    const char *key, *sql;
    const char *path[ACT_EVENT_PATH_MAX], *else_path[ACT_EVENT_PATH_MAX];
} act_event_field;

/** NULL: there is no such field. */
const act_event_field *act_event_field_find(act_str key);
/** Its text in an Event of events.k8s.io/v1; empty when it is not there. */
act_str act_event_field_text(const act_event_field *f, const act_json *event)
    ACT_NONNULL(1);

#endif
