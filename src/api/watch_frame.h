/** @file
 *  Frames of a watch: one line of JSON for each change, in the form that was asked for. */
#ifndef ACT_WATCH_FRAME_H
#define ACT_WATCH_FRAME_H

#include "api/call.h"

/** The form of one watch's frames. Constant during the watch, but for headers. */
typedef struct {
    enum act_kube_transform transform;
    act_table_options table; /**< with .headers true until the first frame is written */
    char meta_version[16];
    char api_version[64]; /**< of the objects, for bookmarks */
    char kind[64];
} act_watch_form;

act_watch_form act_watch_form_of(const act_call *c) ACT_NONNULL(1);
/** Are frames of @a, its headers written, those of @b? Of watches of one resource. */
bool act_watch_form_same(const act_watch_form *a, const act_watch_form *b)
    ACT_NONNULL(1, 2);

/** Append {"type":@type,"object":...} and a line feed. @object has its resourceVersion. */
void act_watch_frame_write(act_watch_form *f, const char *type, const act_json *object,
                           int64_t now_ns, act_buf *out) ACT_NONNULL(1, 2, 3, 5);
/** A BOOKMARK at @version; @initial marks the end of initial events. */
void act_watch_frame_bookmark(act_watch_form *f, uint64_t version, bool initial,
                              act_buf *out) ACT_NONNULL(1, 4);
/** An ERROR with a Status; nothing follows it. */
void act_watch_frame_error(const act_kube_status *status, act_buf *out) ACT_NONNULL(1, 2);

#endif
