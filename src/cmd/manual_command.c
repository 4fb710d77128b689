#include "cmd/help.h"
#include "cmd/options.h"

static int run(const act_cli *cli, const act_args *args)
{
    (void)args;
    act_help_manual(cli->out);
    return ACT_EXIT_OK;
}

const act_command act_command_manual = {
    .name = "manual",
    .operands = "",
    .summary = "Print the manual page activity(1) in mdoc.",
    .description =
        "Prints the manual page that is made from the same tables as --help, for "
        "mandoc or man to show.",
    .examples = { { "activity manual | mandoc -a", "Read the manual" } },
    .run = run,
};
