/** @file
 *  One record of a hub's stream while it is shown: decoded once, and encoded once for all
 *  watchers of one form. Part of the hub (api/hub.h). */
#ifndef ACT_API_HUB_RECORD_H
#define ACT_API_HUB_RECORD_H

#include "api/hub.h"
#include "api/watch_frame.h"

/** Parser and arenas of one thread. */
typedef struct {
    act_json_parser *parser;
    act_arena *batch, *record;
    act_buf text;
} act_hub_workspace;

int act_hub_workspace_open(act_hub_workspace *ws) ACT_NONNULL(1) ACT_MUST_CHECK;
void act_hub_workspace_close(act_hub_workspace *ws) ACT_NONNULL(1);

/** How a watcher wants records. */
typedef struct {
    act_watch_form frame;
    unsigned shape; /**< of the object, by the kind's function */
} act_hub_form;

typedef struct {
    uint64_t sequence;
    const act_json *object; /**< without resourceVersion */
    act_str text;
    const char *change;
    act_bytes
        *objects[ACT_HUB_FORMS_MAX]; /**< frames of whole objects; NULL until wanted */
    act_bytes *formed;               /**< frame of another form, that of: */
    act_hub_form formed_as;
} act_hub_record;

/** Decode @m into the workspace, which holds one record. False: it is no JSON. */
bool act_hub_record_read(const act_hub_kind *kind, act_hub_workspace *ws,
                         const act_delivery *m, act_hub_record *ret)
    ACT_NONNULL(1, 2, 3, 4) ACT_MUST_CHECK;
void act_hub_record_done(act_hub_record *r) ACT_NONNULL(1);

/** The frame that says @change of the record, in the form @f, shared with all who want the
 *  same; a reference of the caller. A table's headers are in the first frame of a form:
 *  *f then is changed, which the caller undoes when the frame is not sent. ACT_ENOMEM. */
int act_hub_record_frame(const act_hub_kind *kind, act_hub_workspace *ws, act_hub_record *r,
                         const char *change, act_hub_form *f, int64_t now_ns,
                         act_bytes **ret) ACT_NONNULL(1, 2, 3, 4, 5, 7) ACT_MUST_CHECK;

#endif
