/** @file
 *  Help and manual from the tables of commands: the one source of both. */
#ifndef ACT_HELP_H
#define ACT_HELP_H

#include "cmd/command.h"

/** What `activity --help` prints. */
void act_help_program(FILE *out) ACT_NONNULL(1);
/** What `activity COMMAND --help` prints. */
void act_help_command(const act_command *command, FILE *out) ACT_NONNULL(1, 2);
/** Commands whose names begin with the word @group ("policy"); false when there are none.
 */
bool act_help_group(const char *group, FILE *out) ACT_NONNULL(1, 2);
/** The manual page activity(1) in mdoc. */
void act_help_manual(FILE *out) ACT_NONNULL(1);

#endif
