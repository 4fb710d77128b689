/* The program `activity`: finds the command and runs it. */
#include "cmd/help.h"
#include "cmd/options.h"

#include <signal.h>
#include <unistd.h>

const act_command *const act_commands[] = {
    &act_command_serve,        &act_command_import,
    &act_command_policy_check, &act_command_cel_eval,
    &act_command_cel_check,    &act_command_manual,
    &act_command_version,      NULL,
};

/* The command that the first one or two of @words name; *ret_used of them. */
static const act_command *find_command(char **words, int n, int *ret_used)
{
    for (size_t i = 0; act_commands[i]; i++) {
        const char *name = act_commands[i]->name;
        const char *space = strchr(name, ' ');
        size_t first = space ? (size_t)(space - name) : strlen(name);
        if (n < 1 || strlen(words[0]) != first || strncmp(words[0], name, first) != 0)
            continue;
        if (space && (n < 2 || strcmp(words[1], space + 1) != 0))
            continue;
        *ret_used = space ? 2 : 1;
        return act_commands[i];
    }
    return NULL;
}

static bool wants_help(char **words, int n)
{
    for (int i = 0; i < n && strcmp(words[i], "--") != 0; i++)
        if (strcmp(words[i], "--help") == 0 || strcmp(words[i], "-h") == 0)
            return true;
    return false;
}

static int run_command(const act_command *command, char **words, int n)
{
    if (wants_help(words, n)) {
        act_help_command(command, stdout);
        return ACT_EXIT_OK;
    }
    act_args *args = NULL;
    act_err e = ACT_ERR_INIT;
    int r = act_args_parse(command, words, (size_t)n, &args, &e);
    if (r) {
        (void)fprintf(stderr, "activity %s: %s\nactivity %s --help tells how it is used.\n",
                      command->name, e.text[0] ? e.text : act_strerror(r), command->name);
        return ACT_EXIT_USAGE;
    }
    act_cli cli = { .in = stdin,
                    .out = stdout,
                    .err = stderr,
                    .err_is_terminal = isatty(STDERR_FILENO),
                    .clock = act_clock_system() };
    int status = command->run(&cli, args);
    act_args_free(args);
    if (fflush(stdout) != 0 && status == ACT_EXIT_OK)
        status = ACT_EXIT_FAILED;
    return status;
}

int main(int argc, char **argv)
{
    (void)signal(SIGPIPE, SIG_IGN);
    char **words = argv + 1;
    int n = argc - 1;
    if (n == 0) {
        act_help_program(stderr);
        return ACT_EXIT_USAGE;
    }
    int used;
    const act_command *command = find_command(words, n, &used);
    if (command)
        return run_command(command, words + used, n - used);
    if (wants_help(words, 1) || strcmp(words[0], "help") == 0) {
        act_help_program(stdout);
        return ACT_EXIT_OK;
    }
    if (strcmp(words[0], "--version") == 0)
        return run_command(&act_command_version, NULL, 0);
    bool asked = n >= 2 && wants_help(words + 1, 1);
    if (act_help_group(words[0], asked ? stdout : stderr))
        return asked ? ACT_EXIT_OK : ACT_EXIT_USAGE;
    (void)fprintf(stderr,
                  "activity: there is no command \"%s\"\nactivity --help lists them.\n",
                  words[0]);
    return ACT_EXIT_USAGE;
}
