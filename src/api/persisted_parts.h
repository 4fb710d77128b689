/** @file
 *  The verbs of persisted kinds, one file a group; for persisted.c. */
#ifndef ACT_API_PERSISTED_PARTS_H
#define ACT_API_PERSISTED_PARTS_H

#include "api/persisted.h"
#include "core/selector.h"

void act_persisted_create(act_call *c, const act_persisted_kind *kind);
void act_persisted_get(act_call *c, const act_persisted_kind *kind);
void act_persisted_list(act_call *c, const act_persisted_kind *kind,
                        const act_list_query *q);
void act_persisted_watch(act_call *c, const act_persisted_kind *kind,
                         const act_list_query *q);
/** PUT and PATCH. */
void act_persisted_change(act_call *c, const act_persisted_kind *kind);
void act_persisted_delete(act_call *c, const act_persisted_kind *kind);
void act_persisted_delete_all(act_call *c, const act_persisted_kind *kind);

/** The kind's warnings about @object, unless only its status is written. */
void act_persisted_warn(act_call *c, const act_persisted_kind *kind,
                        const act_json *object);

/** PATCH of application/apply-patch+yaml. */
void act_persisted_apply(act_call *c, const act_persisted_kind *kind);

/** Is @after valid in place of @before (NULL: new)? Of a status, only that is looked at.
 *  False: answered. */
bool act_persisted_valid(act_call *c, const act_persisted_kind *kind,
                         const act_json *before, const act_json *after) ACT_MUST_CHECK;
/** Store @after in place of the entry. An object that waits for deletion goes with its last
 *  finalizer. ACT_ECONFLICT: somebody was faster. */
int act_persisted_store(act_call *c, const act_entry *entry, const act_json *after,
                        int64_t *ret_revision) ACT_MUST_CHECK;
/** @after with managedFields that say what this call, an ordinary write, has changed. */
int act_persisted_note_writer(act_call *c, const act_write_query *q, const act_json *before,
                              const act_json *after, const act_json **ret) ACT_MUST_CHECK;

/** Key of the object @name. ACT_ENOMEM. */
int act_persisted_key(act_call *c, const act_persisted_kind *kind, act_str name,
                      act_str *ret) ACT_MUST_CHECK;
/** The stored object @name. False: answered already (404, or a failure). */
bool act_persisted_find(act_call *c, const act_persisted_kind *kind, act_str name,
                        act_entry *ret_entry, const act_json **ret) ACT_MUST_CHECK;
/** Answer with @object as stored at @revision. */
void act_persisted_answer(act_call *c, int code, const act_json *object, int64_t revision);

/** What a list, watch or deletecollection is about: both selectors, and the name on the
 *  path (of a watch in the old form; empty: any). */
typedef struct {
    act_str name;
    act_selector labels;
    act_selector fields;
} act_persisted_selection;
/** False: answered already (400). Text lives in the arena given. */
bool act_persisted_selection_read(act_call *c, const act_list_query *q, act_arena *a,
                                  act_persisted_selection *ret) ACT_MUST_CHECK;
bool act_persisted_selected(const act_persisted_selection *s, const act_json *object);

/** The objects that a list or deletecollection is about, with what is stored of each. */
typedef struct {
    const act_json **items;
    const act_entry **entries;
    size_t n;
    act_list_meta meta;
} act_persisted_page;
/** False: answered already. */
bool act_persisted_page_read(act_call *c, const act_persisted_kind *kind,
                             const act_list_query *q,
                             act_persisted_page *ret) ACT_MUST_CHECK;
/** 504: the revision @asked for is still to come. */
void act_persisted_answer_too_large(act_call *c, int64_t asked);

#endif
