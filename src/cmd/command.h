/** @file
 *  A command of the program: its options, its words for help and manual, and what it does.
 */
#ifndef ACT_COMMAND_H
#define ACT_COMMAND_H

#include "base/clock.h"

#include <stdio.h>

/** How the value of an option is read. */
enum act_option_type {
    ACT_OPTION_SWITCH,   /**< takes no value */
    ACT_OPTION_TEXT,     /**< any text; given again, the last counts */
    ACT_OPTION_LIST,     /**< any text, may be given several times */
    ACT_OPTION_NUMBER,   /**< 0 and up */
    ACT_OPTION_DURATION, /**< 500ms, 30s, 15m, 24h, 7d */
    ACT_OPTION_SIZE,     /**< bytes; 64Ki, 512Mi, 10Gi */
    ACT_OPTION_ADDRESS,  /**< HOST:PORT as act_address_parse() reads it */
};

/** One `--name`. Constant tables. */
typedef struct {
    const char *name;
    enum act_option_type type;
    const char *placeholder; /**< "DIR"; NULL for a switch */
    const char *fallback;    /**< the default, as text of the type; NULL: none */
    const char *help;        /**< a sentence without its dot */
} act_option;

typedef struct act_args act_args;

/** What a command may use of the world around it. */
typedef struct {
    FILE *in;
    FILE *out;
    FILE *err;
    bool err_is_terminal;
    act_clock clock;
} act_cli;

enum { ACT_COMMAND_EXAMPLES_MAX = 6 };

/** Exit statuses of all commands. */
enum {
    ACT_EXIT_OK = 0,
    ACT_EXIT_FAILED = 1, /**< the work could not be done, or a check found something */
    ACT_EXIT_USAGE = 2,  /**< the command line is not right */
};

typedef struct {
    const char *name;        /**< "policy check" */
    const char *operands;    /**< "FILE..."; "" for none */
    const char *summary;     /**< one line */
    const char *description; /**< paragraphs, a blank line between them */
    const act_option *options;
    size_t n_options;
    size_t min_operands;
    size_t max_operands; /**< SIZE_MAX: any number */
    struct {
        const char *command;
        const char *text;
    } examples[ACT_COMMAND_EXAMPLES_MAX];
    int (*run)(const act_cli *cli, const act_args *args); /**< returns an exit status */
} act_command;

/** All commands, in the order of the manual; ended by NULL. */
extern const act_command *const act_commands[];

extern const act_command act_command_serve;
extern const act_command act_command_import;
extern const act_command act_command_policy_check;
extern const act_command act_command_cel_eval;
extern const act_command act_command_cel_check;
extern const act_command act_command_version;
extern const act_command act_command_manual;

#endif
