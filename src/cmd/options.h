/** @file
 *  The command line of one command, read by its table of options. */
#ifndef ACT_OPTIONS_H
#define ACT_OPTIONS_H

#include "cmd/command.h"

/** Options given or defaulted, and operands. Views of argv. Immutable. */
struct act_args;

/** Read @n words (after the command's name). ACT_EINVAL with a sentence in @reterr,
 *  ACT_ENOMEM. `--name VALUE`, `--name=VALUE`; `--` ends the options. */
int act_args_parse(const act_command *command, char *const *words, size_t n, act_args **ret,
                   act_err *reterr) ACT_NONNULL(1, 4) ACT_MUST_CHECK;
void act_args_free(act_args *a); /**< NULL is a no-op. */
ACT_DEFINE_AUTO(act_args)

/* Values by option name, which must be in the command's table with that type. */

bool act_args_switch(const act_args *a, const char *name) ACT_NONNULL(1, 2);
/** The text given, else the default, else NULL. Any type but a switch. */
const char *act_args_text(const act_args *a, const char *name) ACT_NONNULL(1, 2);
uint64_t act_args_number(const act_args *a, const char *name) ACT_NONNULL(1, 2);
/** The same for who counts in an unsigned: a larger number is the largest one. */
unsigned act_args_count(const act_args *a, const char *name) ACT_NONNULL(1, 2);
/** Nanoseconds. More than a century is a century, which can be added to any clock. */
int64_t act_args_duration(const act_args *a, const char *name) ACT_NONNULL(1, 2);
uint64_t act_args_size(const act_args *a, const char *name) ACT_NONNULL(1, 2);
/** The @i-th value of a LIST, or NULL when there are fewer. */
const char *act_args_list(const act_args *a, const char *name, size_t i) ACT_NONNULL(1, 2);

size_t act_args_operand_count(const act_args *a) ACT_NONNULL(1);
const char *act_args_operand(const act_args *a, size_t i) ACT_NONNULL(1);

#endif
