/** @file
 *  An API server over a real engine, with records to ask about. Merges are stopped, so that
 *  states of a record that are rows of their own stay so. */
#ifndef ACT_TEST_QUERY_HELP_H
#define ACT_TEST_QUERY_HELP_H

#include "unit/api/api_help.h"

/* All the time there is. In single quotes, as bodies are written. */
#define EVER "'startTime':'2020-01-01T00:00:00Z','endTime':'now'"

/** Start `api` over an engine of its own. @tokens as in api_start_as(). */
void questions_start(const char *tokens);
/** The same with limits of its own. */
void questions_start_with(const char *tokens, act_api_limits limits);
void questions_stop(void);
/** For cmocka: questions_start(NULL), and its end. */
int questions_setup(void **state);
int questions_teardown(void **state);
/** A second server over the backends of `api`, as another replica is; its URL in @base. It
 * is to be freed before the first one. */
act_api_server *questions_start_replica(char base[96]);

/** Take records in as a sender posts them (quotes as in bodies), or a file of tests/data
 *  (lines or a list), and wait until they can be asked for. */
void questions_take(const char *body);
void questions_take_file(const char *name);
/** Publish an activity as the processor does, and wait likewise. */
void questions_take_activity(const char *json);
/** Wait until the store has all there is, and the tail of Events nothing any more. */
void questions_settle(void);
/** Run the processor over all records with the policies that the server has. */
void questions_process(void);

/** Create a KIND with this spec (its members, without braces); the HTTP status. */
int ask(const char *kind, const char *spec);
/** The same, which must be answered: the number of results. */
size_t ask_count(const char *kind, const char *spec);
/** Field @field of all results, joined by blanks, in a static buffer. */
const char *results(const char *field);
/** status.facets[i] as "value=count value=count", in a static buffer. */
const char *facet(size_t i);

#endif
