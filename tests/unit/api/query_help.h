/** @file
 *  An API server over a real engine, with records to ask about. Merges are stopped, so that
 *  states of a record that are rows of their own stay so. */
#ifndef ACT_TEST_QUERY_HELP_H
#define ACT_TEST_QUERY_HELP_H

#include "unit/api/api_help.h"

#define GROUP "/apis/activity.miloapis.com/v1alpha1/"
/* All the time there is. In single quotes, as bodies are written. */
#define EVER "'startTime':'2020-01-01T00:00:00Z','endTime':'now'"

typedef struct {
    test_api api;
    char directory[40];
    act_store *store;
} test_questions;

/** @tokens as in api_start_as(). */
void questions_start(test_questions *q, const char *tokens);
/** The same with limits of its own. */
void questions_start_limited(test_questions *q, act_api_limits limits);
void questions_start_with(test_questions *q, const char *tokens, act_api_limits limits);
void questions_stop(test_questions *q);
/** A second server over the same backends, as another replica is; its URL in @base. It is
 *  to be freed before the first one. */
act_api_server *questions_start_replica(const test_api *t, char base[96]);

/** Take records in as a sender posts them (quotes as in bodies), or a file of tests/data
 *  (lines or a list), and wait until they can be asked for. */
void questions_take(test_questions *q, const char *body);
void questions_take_file(test_questions *q, const char *name);
/** Publish an activity as the processor does, and wait likewise. */
void questions_take_activity(test_questions *q, const char *json);
/** Run the processor over all records with the policies that the server has. */
void questions_process(test_questions *q);

/** Create a KIND with this spec (its members, without braces); the HTTP status. */
int ask(test_questions *q, const char *kind, const char *spec);
/** The same, which must be answered: the number of results. */
size_t ask_count(test_questions *q, const char *kind, const char *spec);
/** Field @field of all results, joined by blanks, in a static buffer. */
const char *results(test_questions *q, const char *field);
/** status.facets[i] as "value=count value=count", in a static buffer. */
const char *facet(test_questions *q, size_t i);

#endif
