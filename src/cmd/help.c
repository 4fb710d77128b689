#include "cmd/help.h"

#include "base/str.h"

enum { WIDTH = 80, OPTION_COLUMN = 30 };

/* @text filled to lines of WIDTH behind @indent spaces; the first line starts at @at. */
static void put_filled(FILE *out, const char *text, int indent, int at)
{
    int column = at;
    for (const char *p = text; *p;) {
        if (p[0] == '\n' && p[1] == '\n') {
            (void)fprintf(out, "\n\n%*s", indent, "");
            column = indent;
            p += 2;
            continue;
        }
        size_t word = strcspn(p, " \n");
        if (column > indent && column + 1 + (int)word > WIDTH) {
            (void)fprintf(out, "\n%*s", indent, "");
            column = indent;
        }
        if (column > indent) {
            (void)fputc(' ', out);
            column++;
        }
        (void)fprintf(out, "%.*s", (int)word, p);
        column += (int)word;
        p += word;
        if (*p == ' ' || (*p == '\n' && p[1] != '\n'))
            p++;
    }
    (void)fputc('\n', out);
}

static void put_option(FILE *out, const act_option *o)
{
    int n = fprintf(out, "  --%s%s%s", o->name, o->placeholder ? " " : "",
                    o->placeholder ? o->placeholder : "");
    if (n >= OPTION_COLUMN - 1) {
        (void)fputc('\n', out);
        n = 0;
    }
    (void)fprintf(out, "%*s", OPTION_COLUMN - n, "");
    char text[1024];
    (void)snprintf(text, sizeof text, "%s%s%s%s%s", o->help,
                   o->type == ACT_OPTION_LIST ? " (may be given several times)" : "",
                   o->fallback ? " [" : "", o->fallback ? o->fallback : "",
                   o->fallback ? "]" : "");
    put_filled(out, text, OPTION_COLUMN, OPTION_COLUMN);
}

static void put_command_line(FILE *out, const act_command *c)
{
    (void)fprintf(out, "  %-14s %s\n", c->name, c->summary);
}

void act_help_program(FILE *out)
{
    (void)fputs(
        "activity answers who changed what on a Kubernetes-style platform, and what "
        "happened then.\n\n"
        "Usage: activity COMMAND [OPTION...]\n\nCommands:\n",
        out);
    for (size_t i = 0; act_commands[i]; i++)
        put_command_line(out, act_commands[i]);
    (void)fputs("\nactivity COMMAND --help tells more about a command.\n", out);
}

bool act_help_group(const char *group, FILE *out)
{
    size_t len = strlen(group);
    bool found = false;
    for (size_t i = 0; act_commands[i]; i++) {
        const act_command *c = act_commands[i];
        if (strncmp(c->name, group, len) != 0 || c->name[len] != ' ')
            continue;
        if (!found)
            (void)fprintf(out, "Usage: activity %s COMMAND [OPTION...]\n\nCommands:\n",
                          group);
        found = true;
        put_command_line(out, c);
    }
    return found;
}

void act_help_command(const act_command *c, FILE *out)
{
    (void)fprintf(out, "%s\n\nUsage: activity %s%s%s%s\n\n", c->summary, c->name,
                  c->n_options > 0 ? " [OPTION...]" : "", c->operands[0] ? " " : "",
                  c->operands);
    put_filled(out, c->description, 0, 0);
    (void)fputs("\nOptions:\n", out);
    for (size_t i = 0; i < c->n_options; i++)
        put_option(out, &c->options[i]);
    put_option(out, &(act_option){ .name = "help", .help = "print this help" });
    if (c->examples[0].command)
        (void)fputs("\nExamples:\n", out);
    for (size_t i = 0; i < ACT_COMMAND_EXAMPLES_MAX && c->examples[i].command; i++)
        (void)fprintf(out, "  %s\n      %s\n", c->examples[i].command, c->examples[i].text);
}
