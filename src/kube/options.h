/** @file
 *  The query parameters of API requests (metav1.ListOptions and its siblings), checked. */
#ifndef ACT_KUBE_OPTIONS_H
#define ACT_KUBE_OPTIONS_H

#include "base/problems.h"
#include "net/url.h"

enum act_rv_match { ACT_RV_MATCH_UNSET, ACT_RV_MATCH_EXACT, ACT_RV_MATCH_NOT_OLDER };

/** Of list, watch and deletecollection. Views of the parameters. */
typedef struct {
    act_str label_selector;
    act_str field_selector;
    act_str resource_version; /**< as sent */
    int64_t rv;               /**< its number; 0 for "" and "0" */
    enum act_rv_match match;
    int64_t limit; /**< 0: none, which is what less than that means too */
    act_str continue_token;
    bool watch;
    bool bookmarks;
    bool send_initial_events;
    bool has_send_initial_events;
    int64_t timeout_s; /**< 0: none; ten years at most */
} act_list_query;

/** A boolean parameter that is there: true, unless it says "0" or "false". */
bool act_query_bool(act_str value);
/** The number of resourceVersion; 0 when there is none. ACT_EPARSE with a sentence. */
int act_query_version(const act_url_param *params, size_t n, int64_t *ret, act_err *reterr)
    ACT_NONNULL(3, 4) ACT_MUST_CHECK;

/** Read and check them as apimachinery does. A parameter that is no number, and a
 *  resourceVersion that is none, or is beside a continue token, which has its own:
 *  ACT_EPARSE with a sentence (400). Combinations that make
 *  no sense: problems of kind ListOptions and ACT_EINVAL (422). */
int act_list_query_read(const act_url_param *params, size_t n, act_problems *problems,
                        act_list_query *ret, act_err *reterr)
    ACT_NONNULL(3, 4, 5) ACT_MUST_CHECK;

enum act_field_validation { ACT_VALIDATE_WARN, ACT_VALIDATE_STRICT, ACT_VALIDATE_IGNORE };

/** Of create, update, patch and delete. */
typedef struct {
    bool dry_run;
    bool force;
    act_str field_manager;
    enum act_field_validation validation;
} act_write_query;

/** As above; @apply allows force. */
int act_write_query_read(const act_url_param *params, size_t n, bool apply,
                         act_problems *problems, act_write_query *ret)
    ACT_NONNULL(4, 5) ACT_MUST_CHECK;

/** A duration as Go writes it, "1m30s" or "0", of at most a day. ACT_EPARSE. */
int act_go_duration_parse(act_str text, int64_t *ret_ns) ACT_NONNULL(2) ACT_MUST_CHECK;

#endif
