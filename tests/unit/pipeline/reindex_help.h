/** @file
 *  What tests of reindexing share: a real log, a real registry and a real engine with the
 *  pipeline between them, and jobs over them. */
#ifndef ACT_TEST_REINDEX_HELP_H
#define ACT_TEST_REINDEX_HELP_H

#include "pipeline/ingester.h"
#include "pipeline/processor.h"
#include "pipeline/reindex.h"
#include "unit/pipeline/faulty_store.h"
#include "unit/pipeline/policy_help.h"

/** One for all tests of a program. Merges are stopped, so that every version of an activity
 *  stays a row. */
typedef struct {
    test_policies p; /**< the log, the registry, the policies in force */
    char directory[40];
    act_store *real;
    faulty_store store; /**< what jobs read through */
    act_ingester *ingester;
    act_processor *processor;
    int hour; /**< of the test: of 2 January 2026 */
} test_house;

/** cmocka's setup and teardown of the group; *state is the test_house. */
int house_open(void **state);
int house_close(void **state);
/** Setup of a test: an hour of its own, and no policies. */
int house_next_hour(void **state);

/* ---- policies and records ------------------------------------------------------------ */

/** A policy about ConfigMaps with one rule, with the label of=@name; about Pods' Events.
 * Its closing brace is still to come. */
#define MAPS(name, match, summary)                                                         \
    "{metadata: {name: " name ", labels: {of: " name "}}, spec: {resource: {kind: "        \
    "ConfigMap}, auditRules: [{name: a, match: \"" match "\", summary: \"" summary "\"}]}"
#define PODS(name, summary)                                                                \
    "{metadata: {name: " name "}, spec: {resource: {kind: Pod}, eventRules: [{name: e, "   \
    "match: \"true\", summary: \"" summary "\"}]}"
/** The sentence of most tests, about every ConfigMap. */
#define MADE MAPS("maps", "true", "{{ actor }} made a map")

/** Put a policy that is Ready into the registry, or one that is not, and wait until it is
 * in force, or not. Names: maps, pods, creates, updates. */
void house_put(test_house *h, const char *policy);
void house_put_unready(test_house *h, const char *policy);
/** A body as the collector takes it. */
void house_take(test_house *h, const char *body);
/** Wait until everything is translated and stored. */
void house_drain(test_house *h);
/** @n requests about ConfigMaps, through: ids m0-HOUR, m1-HOUR ..., one each second of the
 *  hour, of project p0, p1 or p2, each other one a create and an update. */
void house_take_maps(test_house *h, int n);

/* ---- what is there ------------------------------------------------------------------- */

/** The number that @sql answers with; {hour:UInt64} is the test's. */
uint64_t house_number(test_house *h, const char *sql);
/** Activities of the hour as readers see them: of each the newest version, without those
 *  that are gone. */
uint64_t house_shown(test_house *h, const char *where);
/** All their rows. */
uint64_t house_rows(test_house *h);
/** The engine's own word, once it has merged. */
uint64_t house_merged(test_house *h);
/** A number of all keys that are shown: names, times and tenants. */
uint64_t house_keys(test_house *h);

/* ---- jobs ---------------------------------------------------------------------------- */

typedef struct {
    act_reindex_options o;
    act_reindex_state state;
    act_reindex_state saved; /**< as another process would read it */
    int saves;
    int stop_after; /**< saves; 0: never */
    int fail_saves; /**< so many fail with ACT_EIO */
    int lost_after; /**< saves after which somebody else does it; 0: never */
    atomic_bool stop;
    act_err e;
} test_job;

/** A job of the hour, at any speed. It stays where it is. */
void job_init(test_house *h, test_job *j);
void job_done(test_job *j);
/** Run it, and wait until what it wrote is stored. */
int job_run(test_house *h, test_job *j);
void job_run_ok(test_house *h, test_job *j);
/** A whole job of the hour; its state at the end. */
act_reindex_state job_of_the_hour(test_house *h);
/** @next goes on, in another process, with what @j has saved. */
void job_resume(test_house *h, const test_job *j, test_job *next);

/** Microseconds since 1970: of an RFC 3339 time, of seconds into the test's hour. */
int64_t at_us(const char *time);
int64_t in_hour(const test_house *h, double seconds);

#endif
