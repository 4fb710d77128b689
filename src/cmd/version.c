#include "cmd/command.h"
#include "cmd/options.h"

static int run(const act_cli *cli, const act_args *args)
{
    (void)args;
    (void)fprintf(cli->out, "activity %s\n", ACT_VERSION);
    return ACT_EXIT_OK;
}

const act_command act_command_version = {
    .name = "version",
    .operands = "",
    .summary = "Print the version.",
    .description = "Prints the program's name and version.",
    .run = run,
};
