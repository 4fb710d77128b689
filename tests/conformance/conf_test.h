/** @file
 *  One conformance test: what a JSON line says, and how to run it. */
#ifndef CONF_TEST_H
#define CONF_TEST_H

#include "base/json.h"
#include "cel/cel.h"

/* A line is an object with `expr` and, where they apply:
 *
 *   id, file, section, name   what the test is called
 *   container, type_env       the environment: [{name, type} or {name, overloads: [{member,
 *                             params, result}]}]
 *   bindings                  {name: value}, values tagged as in conf_value.h
 *   disable_check, check_only how far to go
 *   value, error, type        what must come out: a value, any error, a deduced type
 *   message                   with error: a part of its text, in lines of our own
 *   go_ast, go_type, go_error what cel-go says with nothing but its standard library
 *
 * In the sets `parsing`, `checking` and `comprehension` only the last three tell the
 * outcome; conf_test.c says how they are read. */

enum { CONF_REASON_MAX = 4096 };

/** Why a test failed: text, cut if need be. */
typedef struct {
    char text[CONF_REASON_MAX];
} conf_reason;

/** Run the test in @line. ACT_OK when it passes, ACT_EEVAL with the @reason when it does
 *  not, another error when the line is no test or memory is out. */
int conf_test_run(const act_json *line, act_arena *arena, conf_reason *reason)
    ACT_NONNULL(1, 2, 3) ACT_MUST_CHECK;

/** "file/section/name", or the id that the line has; in @arena. Never empty. */
act_str conf_test_id(const act_json *line, act_arena *arena) ACT_NONNULL(1, 2);

#endif
