/** @file
 *  Answers of handlers, in the form that the client asked for. */
#ifndef ACT_API_ANSWER_H
#define ACT_API_ANSWER_H

#include "api/call.h"
#include "kube/body.h"

/** Each fills the response once. */
void act_answer_status(act_call *c, const act_kube_status *status) ACT_NONNULL(1, 2);
void act_answer_error(act_call *c, enum act_kube_reason reason, const char *format, ...)
    ACT_NONNULL(1) ACT_PRINTF(3, 4);
/** 422 with all problems (family A of the API contract). */
void act_answer_invalid(act_call *c, act_str name, const act_problems *problems)
    ACT_NONNULL(1, 3);
/** An internal failure by its number: 503 for what passes by itself, else 500. */
void act_answer_failure(act_call *c, int err, const char *what) ACT_NONNULL(1, 3);

/** One object, as itself, as a table, or as its metadata; JSON or YAML. */
void act_answer_object(act_call *c, int code, const act_json *object) ACT_NONNULL(1, 3);
/** A list of objects, likewise. */
void act_answer_list(act_call *c, const act_json *const *items, size_t n,
                     const act_list_meta *meta) ACT_NONNULL(1, 4);
/** JSON text that is ready (moved), as JSON or YAML. */
void act_answer_json(act_call *c, int code, act_buf *json) ACT_NONNULL(1, 3);

/** One Warning header each. */
void act_answer_warnings(act_call *c, const act_str *texts, size_t n) ACT_NONNULL(1);

/** Read, decode and check the body of a create or update. False: answered already. */
bool act_call_body(act_call *c, enum act_field_validation validation, act_body *ret)
    ACT_NONNULL(1, 3) ACT_MUST_CHECK;
/** The resourceVersion that a GET asks for; 0: any. False: answered already (400). */
bool act_call_version(act_call *c, int64_t *ret) ACT_NONNULL(1, 2) ACT_MUST_CHECK;
/** 422 about the options of a request (@kind "DeleteOptions") rather than its object. */
void act_answer_bad_options(act_call *c, const char *kind, const act_problems *problems)
    ACT_NONNULL(1, 2, 3);
/** 504: the state @asked for is still to come. */
void act_answer_version_too_large(act_call *c, uint64_t asked, uint64_t current)
    ACT_NONNULL(1);
/** Is it a server-side apply? */
bool act_call_applies(const act_call *c) ACT_NONNULL(1);
/** What a write's query says. False: answered already. */
bool act_call_write_query(act_call *c, act_write_query *ret)
    ACT_NONNULL(1, 2) ACT_MUST_CHECK;
/** What a list's or watch's query says. False: answered already. */
bool act_call_list_query(act_call *c, act_list_query *ret) ACT_NONNULL(1, 2) ACT_MUST_CHECK;
/** What a table is to be like for this call. */
act_table_options act_call_table(const act_call *c) ACT_NONNULL(1);

#endif
