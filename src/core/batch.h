/** @file
 *  A body of records (a webhook's POST, a file, a list) taken apart into single records. */
#ifndef ACT_BATCH_H
#define ACT_BATCH_H

#include "core/audit_record.h"
#include "core/event_record.h"

enum act_record_type { ACT_RECORD_AUDIT, ACT_RECORD_EVENT };

/** One good record. */
typedef struct {
    enum act_record_type type;
    uint32_t index; /**< position in the list; 0 for a single object */
    act_str json;   /**< what to publish: the record's own bytes in the body; for a core/v1
                         Event, or an Event without kind and apiVersion, text in the arena */
    union {
        act_audit_record audit;
        act_event_record event;
    } as; /**< views of the body and the arena */
} act_batch_record;

/** One record that was refused; its neighbours are not affected. */
typedef struct {
    uint32_t index;
    int err;
    act_str json;   /**< its own bytes in the body */
    act_str reason; /**< "items[3].auditID: required", in the arena */
} act_batch_error;

typedef struct {
    const act_batch_record *records;
    size_t n;
    const act_batch_error *errors;
    size_t n_errors;
} act_batch;

/** Most items of one body. */
enum { ACT_BATCH_ITEMS_MAX = 20000 };

enum { /**< What a caller lets in. */
       ACT_BATCH_AUDIT = 1 << ACT_RECORD_AUDIT,
       ACT_BATCH_EVENTS = 1 << ACT_RECORD_EVENT,
       ACT_BATCH_ANY = ACT_BATCH_AUDIT | ACT_BATCH_EVENTS,
};

/** Parse @body and list its records in order. Understood: an EventList of audit.k8s.io/v1,
 *  v1 or events.k8s.io/v1, a v1 List of such objects, or one such object; items without
 *  kind and apiVersion take those of their list, or are told by their members. @allow says
 *  which records the caller takes; others are refused one by one.
 *  The whole fails with ACT_EPARSE (not JSON, with position), ACT_EINVAL (no such list or
 *  object), ACT_ELIMIT (a limit of @p, or ACT_BATCH_ITEMS_MAX), ACT_ENOMEM (@a).
 *  The result lives in @a and points into @body; @padded_bytes as in act_json_parse(). */
int act_batch_read(act_json_parser *p, act_arena *a, act_str body, size_t padded_bytes,
                   unsigned allow, act_batch *ret, act_err *reterr)
    ACT_NONNULL(1, 2, 6) ACT_MUST_CHECK;

#endif
