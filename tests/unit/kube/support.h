/** @file
 *  What tests of the Kubernetes conventions share: JSON from text, and back. */
#ifndef KUBE_SUPPORT_H
#define KUBE_SUPPORT_H

#include "base/base.h"
#include "base/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

/** An arena for the test at hand. */
extern act_arena *test_arena;
int test_arena_setup(void **state);
int test_arena_teardown(void **state);

/** Single quotes stand for double ones. Fails the test when it is no JSON. */
const act_json *json_of(const char *text);
/** Compact text of @v with single quotes for double ones; in the arena. */
const char *text_of(const act_json *v);

#endif
