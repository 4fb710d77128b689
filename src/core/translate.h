/** @file
 *  A record and the policies in force to an activity: the one function that live
 *  translation, preview and reindexing share. */
#ifndef ACT_TRANSLATE_H
#define ACT_TRANSLATE_H

#include "base/clock.h"
#include "core/activity.h"
#include "core/identity.h"
#include "core/policy_set.h"
#include "core/subject.h"

enum act_outcome {
    ACT_OUTCOME_ACTIVITY, /**< a rule matched and its sentence is written */
    ACT_OUTCOME_SKIPPED,  /**< nothing to say, for the reason given */
    ACT_OUTCOME_FAILED,   /**< only failures: the record belongs to the dead letters */
};

/* Reasons of skipping, as the label values of the metric. */
#define ACT_SKIPS(X)                                                                       \
    X(NONE, "")                                                                            \
    X(NO_OBJECT, "no_object_ref")      /* not about an object */                           \
    X(DRY_RUN, "dry_run")              /* nothing was changed */                           \
    X(DELETED, "deleted")              /* an Event that is gone says nothing new */        \
    X(NO_POLICY, "no_matching_policy") /* nobody has rules for its kind */                 \
    X(NO_RULE, "no_matching_rule")     /* no rule selected it */
enum act_skip {
#define ACT_SKIP_ENUM(name, text) ACT_SKIP_##name,
    ACT_SKIPS(ACT_SKIP_ENUM)
#undef ACT_SKIP_ENUM
        ACT_SKIP_COUNT,
};
const char *act_skip_name(enum act_skip skip);

/* Kinds of failure, as the dead letter's errorType. */
#define ACT_FAILURES(X)                                                                    \
    X(UNMARSHAL, "unmarshal") /* not a record */                                           \
    X(MATCH, "cel_match")                                                                  \
    X(SUMMARY, "cel_summary")
enum act_failure_kind {
#define ACT_FAILURE_ENUM(name, text) ACT_FAILURE_##name,
    ACT_FAILURES(ACT_FAILURE_ENUM)
#undef ACT_FAILURE_ENUM
        ACT_FAILURE_COUNT,
};
const char *act_failure_name(enum act_failure_kind kind);

/** A rule that could not be evaluated, or a record that could not be read. */
typedef struct {
    enum act_failure_kind kind;
    const act_policy *policy; /**< NULL for UNMARSHAL */
    int32_t rule;             /**< index in its list; -1 before any rule */
    act_str error;            /**< text for people */
    uint32_t line, column;    /**< where in the expression or template; 0: nowhere */
} act_failure;

enum { ACT_ACTIVITY_BYTES_MAX = 1 << 20 }; /**< a larger one fails its rule */
enum { ACT_FAILURES_MAX = 8 };             /**< kept of one record, one a policy at most */

/** What became of one record. Views are valid until the translator's next call. */
typedef struct {
    enum act_outcome outcome;
    enum act_skip skip;
    act_str json;             /**< the activity, when there is one */
    act_activity activity;    /**< what it was written from; else what the record says */
    const act_policy *policy; /**< that made it */
    size_t rule;              /**< index of the rule that matched, in its list */
    act_series_state series;  /**< of an Event that could be read */
    size_t n_failures;
    const act_failure *failures;
} act_translation;

/** Working memory of one thread: parser, arena, evaluation contexts, buffers. After warm-up
 *  a translation allocates nothing. */
typedef struct act_translator act_translator;
int act_translator_new(const act_rule_env *env, act_translator **ret)
    ACT_NONNULL(1, 2) ACT_MUST_CHECK;
void act_translator_free(act_translator *t); /**< NULL is a no-op. */
ACT_DEFINE_AUTO(act_translator)

/** Translate the bytes of one audit.k8s.io/v1 Event (@kind AUDIT) or events.k8s.io/v1 Event
 *  (EVENT). Policies are tried in name order, rules in list order, the first that matches
 *  speaks. A rule whose match needs a field that the record does not have does not match;
 *  any other failure of a rule is noted and the next policy is tried. Dry runs are skipped.
 *  @padded_bytes as in act_json_parse(). Returns 0 or ACT_ENOMEM; everything that is the
 *  record's or a policy's fault is in @ret. */
int act_translate(act_translator *t, act_policy_set *set, enum act_rule_kind kind,
                  act_str record, size_t padded_bytes, act_translation *ret)
    ACT_NONNULL(1, 2, 6) ACT_MUST_CHECK;

/** What one rule has taken, over all records. Plain data. */
typedef struct {
    uint64_t tried, matched, failed;
    int64_t ns; /**< of its match and its summary together */
} act_rule_cost;

/** One policy on trial. */
typedef struct {
    const act_policy *policy;
    act_str kind_label; /**< `kind` in summaries; empty: as ever. */
    act_clock clock;
    act_rule_cost *costs[ACT_RULE_KINDS]; /**< added to, one a rule of the policy's lists */
} act_trial;

/** The same by the rules of one policy alone, whatever the record is about, and measured:
 *  what previews ask. */
int act_translate_trial(act_translator *t, const act_trial *trial, enum act_rule_kind kind,
                        act_str record, size_t padded_bytes, act_translation *ret)
    ACT_NONNULL(1, 2, 6) ACT_MUST_CHECK;

/** The same without measuring. */
int act_translate_by(act_translator *t, const act_policy *policy, enum act_rule_kind kind,
                     act_str record, size_t padded_bytes, act_translation *ret)
    ACT_NONNULL(1, 2, 6) ACT_MUST_CHECK;

/** Subject of the activity of @r (which has one) for the broker; failures stick in @out. */
void act_translation_subject(const act_translation *r, act_buf *out) ACT_NONNULL(1, 2);

#endif
