/** @file
 *  One Kubernetes Event in either API form, checked and seen through one typed view. */
#ifndef ACT_EVENT_RECORD_H
#define ACT_EVENT_RECORD_H

#include "core/field.h"
#include "core/identity.h"
#include "core/scope.h"

/** The two forms of one object. Stored and published is always events.k8s.io/v1. */
enum act_event_form {
    ACT_EVENT_V1,   /**< events.k8s.io/v1: regarding, note, deprecatedSource ... */
    ACT_EVENT_CORE, /**< v1: involvedObject, message, source ... */
};

/** An ObjectReference; empty where absent. */
typedef struct {
    act_str api_version;
    act_str group; /**< apiGroup if there, else apiVersion before its last '/' */
    act_str kind;
    act_str ns;
    act_str name;
    act_str uid;
    act_str resource_version;
    act_str field_path;
} act_object_ref;

/** All text is a view of the value that was read. Times are ACT_TIME_NONE when absent. */
typedef struct {
    const act_json *root;
    enum act_event_form form;
    act_str name;
    act_str ns;
    act_str uid;
    act_str resource_version;
    act_str type; /**< Normal, Warning */
    act_str reason;
    act_str action;
    act_str note;
    act_object_ref regarding;
    act_object_ref related;
    act_str
        reporting_controller; /**< reportingController / reportingComponent, as written */
    act_str reporting_instance;
    act_str source_component; /**< of deprecatedSource / source, as written */
    act_str source_host;
    act_str controller;  /**< the first that is not empty of the two: who reports */
    act_str instance;    /**< the same of reporting_instance and source_host */
    int64_t event_ns;    /**< eventTime */
    int64_t first_ns;    /**< deprecatedFirstTimestamp / firstTimestamp */
    int64_t last_ns;     /**< deprecatedLastTimestamp / lastTimestamp */
    int64_t created_ns;  /**< metadata.creationTimestamp */
    int64_t series_ns;   /**< series.lastObservedTime */
    int32_t count;       /**< series.count, else (deprecated) count; 0 when absent */
    int64_t observed_ns; /**< when it was last observed, always known: series, last, event,
                              first, created, the first of these that is there. The record's
                              time: of its row, its activity, its place in queries */
    act_series_state series; /**< for ids and names */
    act_scope tenant;        /**< act_scope_of_event() */
    bool tenant_unusable;
    bool deleted; /**< metadata.deletionTimestamp is there: its last state */
} act_event_record;

/** Which form @root has: by apiVersion, without one by whether it has involvedObject or
 *  regarding. ACT_EINVAL when it is neither. */
int act_event_detect(const act_json *root, enum act_event_form *ret, act_err *reterr)
    ACT_NONNULL(2) ACT_MUST_CHECK;

/** View of @root after checking it: an object of kind Event (may be absent), with
 *  metadata.name and metadata.uid, a kind of what it regards, and at least one time; what
 *  is there must have its type. Errors as act_audit_record_read(). */
int act_event_record_read(const act_json *root, act_event_record *ret, act_err *reterr)
    ACT_NONNULL(2) ACT_MUST_CHECK;

#endif
