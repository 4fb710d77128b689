/** @file
 *  A real registry with policies, and a source that follows it, beside the log of
 *  log_help.h. */
#ifndef ACT_TEST_POLICY_HELP_H
#define ACT_TEST_POLICY_HELP_H

#include "pipeline/policy_source.h"
#include "unit/pipeline/log_help.h"

typedef struct {
    test_log log;
    act_registry *registry;
    act_rule_env *env;
    act_policy_source *source;
    int64_t skew_ns; /**< added to the wall clock of policy_clock() */
} test_policies;

/** Open the log, an empty registry, and a source. */
void policies_start(test_policies *t);
void policies_stop(test_policies *t);
/** The system's clock, moved by skew_ns. */
act_clock policies_clock(test_policies *t);

/** Put the policy (YAML or JSON) into the registry, in place of one of its name. */
void policies_put(test_policies *t, const char *text);
/** All files of examples/policies; returns how many policies there are. */
size_t policies_put_examples(test_policies *t);
void policies_remove(test_policies *t, const char *name);
/** Wait until the source shows what the registry holds. */
void policies_settle(test_policies *t);

#endif
