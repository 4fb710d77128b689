/** @file
 *  One audit.k8s.io/v1 Event: what is accepted, and a typed view of it. */
#ifndef ACT_AUDIT_RECORD_H
#define ACT_AUDIT_RECORD_H

#include "core/field.h"
#include "core/scope.h"

/** Longest auditID, verb, stage and so on that is accepted, in bytes. */
enum { ACT_RECORD_WORD_MAX = 256 };
/** Longest user name, resource name and the like. */
enum { ACT_RECORD_NAME_MAX = 1024 };

/** The parts that the pipeline needs. All text is a view of the JSON value that was read;
 *  absent text is empty. Plain data. */
typedef struct {
    const act_json *root;
    act_str audit_id;
    act_str stage;
    act_str level;
    act_str verb;
    act_str request_uri;
    act_str user_agent;
    const act_json *user; /**< NULL when absent */
    act_str username;
    act_str user_uid;
    bool has_object; /**< objectRef is there and is not null */
    act_str api_group;
    act_str api_version;
    act_str resource; /**< plural */
    act_str subresource;
    act_str object_namespace;
    act_str object_name;  /**< of objectRef; see act_audit_object_name() */
    act_str object_uid;   /**< of objectRef; see act_audit_object_uid() */
    int32_t status_code;  /**< 0 when absent */
    int64_t received_ns;  /**< requestReceivedTimestamp, else stageTimestamp; the record's
                             time */
    int64_t stage_ns;     /**< stageTimestamp, else received_ns */
    act_scope tenant;     /**< act_scope_of_audit() */
    bool tenant_unusable; /**< its tag was there and could not be used */
} act_audit_record;

/** View of @root after checking it. Accepted: an object whose kind is "Event" and
 * apiVersion "audit.k8s.io/v1" (both may be absent: items of an EventList have neither),
 * with a non-empty auditID, stage and verb and at least one of the two timestamps, any RFC
 * 3339; every member of the view that is there must have its type. Unknown members are
 * fine. ACT_EINVAL (missing, wrong value), ACT_ETYPE, ACT_EPARSE (a time), ACT_ELIMIT (too
 *  long), with "field.path: why" in @reterr. */
int act_audit_record_read(const act_json *root, act_audit_record *ret, act_err *reterr)
    ACT_NONNULL(2) ACT_MUST_CHECK;

/** Stages, as bits of a set. */
enum {
    ACT_STAGE_REQUEST_RECEIVED = 1 << 0,
    ACT_STAGE_RESPONSE_STARTED = 1 << 1,
    ACT_STAGE_RESPONSE_COMPLETE = 1 << 2,
    ACT_STAGE_PANIC = 1 << 3,
    /** What enters the log unless configured otherwise: the final stages. */
    ACT_STAGES_DEFAULT = ACT_STAGE_RESPONSE_COMPLETE | ACT_STAGE_PANIC,
};
/** Bit of the stage of that name; 0 for an unknown one. */
unsigned act_audit_stage_bit(act_str stage);

/** Name of the object: objectRef.name, else (creates with generateName)
 *  responseObject.metadata.name. Materialises responseObject when lazy. */
act_str act_audit_object_name(const act_audit_record *r) ACT_NONNULL(1);
/** Its uid: objectRef.uid, else responseObject.metadata.uid, else (a Status, as answers to
 *  deletes are) responseObject.details.uid or responseStatus.details.uid. */
act_str act_audit_object_uid(const act_audit_record *r) ACT_NONNULL(1);
/** True when the request asked for dryRun in its URI: nothing was changed. */
bool act_audit_is_dry_run(const act_audit_record *r) ACT_NONNULL(1);

#endif
