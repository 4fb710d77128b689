/* The manual page activity(1), in mdoc. */
#include "cmd/help.h"

#include "base/str.h"

#include <ctype.h>

enum { LINE_MAX = 76 };

static void put_char(FILE *out, char c, bool line_start)
{
    if (line_start && (c == '.' || c == '\''))
        (void)fputs("\\&", out);
    if (c == '\\')
        (void)fputs("\\e", out);
    else if (c == '-')
        (void)fputs("\\-", out);
    else
        (void)fputc(c, out);
}

/* Text with what mdoc would read as its own made harmless; each sentence starts a line. */
static void put_text(FILE *out, const char *text)
{
    size_t column = 0;
    for (const char *p = text; *p; p++) {
        bool space = *p == ' ' || *p == '\n';
        bool sentence_ends = space && p > text && p[-1] == '.';
        size_t word = space ? strcspn(p + 1, " \n") : 0;
        if (space && (sentence_ends || column + 1 + word > LINE_MAX)) {
            (void)fputc('\n', out);
            column = 0;
            continue;
        }
        put_char(out, space ? ' ' : *p, column == 0);
        column++;
    }
}

static void put_paragraphs(FILE *out, const char *text)
{
    for (const char *p = text; p;) {
        const char *end = strstr(p, "\n\n");
        char paragraph[4096];
        (void)snprintf(paragraph, sizeof paragraph, "%.*s",
                       end ? (int)(end - p) : (int)strlen(p), p);
        (void)fputs(".Pp\n", out);
        put_text(out, paragraph);
        (void)fputc('\n', out);
        p = end ? end + 2 : NULL;
    }
}

static void put_option(FILE *out, const act_option *o)
{
    (void)fprintf(out, ".It Fl \\-%s", o->name);
    if (o->placeholder)
        (void)fprintf(out, " Ar %s", o->placeholder);
    (void)fputc('\n', out);
    put_text(out, o->help);
    (void)fputs(o->type == ACT_OPTION_LIST ? ".\nMay be given several times.\n" : ".\n",
                out);
    if (o->fallback)
        (void)fprintf(out, "Default: %s.\n", o->fallback);
}

static void put_command(FILE *out, const act_command *c)
{
    (void)fprintf(out, ".Ss activity %s\n", c->name);
    (void)fprintf(out, ".Nm activity %s\n", c->name);
    if (c->n_options > 0)
        (void)fputs(".Op Ar option ...\n", out);
    if (c->operands[0])
        (void)fprintf(out, ".Ar %s\n", c->operands);
    put_paragraphs(out, c->description);
    if (c->n_options > 0) {
        (void)fputs(".Bl -tag -width Ds\n", out);
        for (size_t i = 0; i < c->n_options; i++)
            put_option(out, &c->options[i]);
        (void)fputs(".El\n", out);
    }
}

static void put_examples(FILE *out)
{
    bool first = true;
    for (size_t i = 0; act_commands[i]; i++) {
        const act_command *c = act_commands[i];
        for (size_t k = 0; k < ACT_COMMAND_EXAMPLES_MAX && c->examples[k].command; k++) {
            if (!first)
                (void)fputs(".Pp\n", out);
            first = false;
            put_text(out, c->examples[k].text);
            (void)fputs(":\n.Dl ", out);
            put_text(out, c->examples[k].command);
            (void)fputc('\n', out);
        }
    }
}

void act_help_manual(FILE *out)
{
    (void)fputs(
        ".Dd $Mdocdate$\n.Dt ACTIVITY 1\n.Os\n.Sh NAME\n.Nm activity\n"
        ".Nd who changed what on a Kubernetes-style platform, and what happened then\n"
        ".Sh SYNOPSIS\n.Nm\n.Ar command\n.Op Ar option ...\n.Sh DESCRIPTION\n"
        ".Nm\ntakes in the audit logs and Events of a control plane, keeps them,\n"
        "translates them into sentences by rules that service teams own,\n"
        "and serves all three views through a Kubernetes API.\n.Sh COMMANDS\n",
        out);
    for (size_t i = 0; act_commands[i]; i++)
        put_command(out, act_commands[i]);
    (void)fputs(".Sh EXIT STATUS\n.Bl -tag -width Ds\n.It 0\nThe work is done.\n.It 1\n"
                "It could not be done, or a check found something.\n.It 2\n"
                "The command line is not right.\n.El\n.Sh EXAMPLES\n",
                out);
    put_examples(out);
    (void)fputs(".Sh SEE ALSO\n.Xr kubectl 1\n", out);
}
