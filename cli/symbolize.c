/*
 * cli/symbolize.c - `seance symbolize FILE...`: findings without symbols in, findings with symbols out.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "report/render/render.h"

static int one_file(const char *name, enum render_format format)
{
    FILE *in = strcmp(name, "-") == 0 ? stdin : fopen(name, "re");
    unsigned broken;

    if (!in)
        return cli_error(1, "%s: %s", name, strerror(errno));
    broken = render_symbolize(in, name, format, stdout);
    if (in != stdin)
        fclose(in);
    return broken ? 1 : 0;
}

int cli_symbolize(int argc, char **argv)
{
    enum render_format format = RENDER_TEXT;
    int i, status = 0;

    for (i = 1; i < argc && strncmp(argv[i], "--", 2) == 0; i++) {
        if (strcmp(argv[i], "--") == 0) {
            i++;
            break;
        }
        if (strcmp(argv[i], "--format=json") == 0)
            format = RENDER_JSON;
        else if (strcmp(argv[i], "--format=text") == 0)
            format = RENDER_TEXT;
        else
            return cli_error(
                CLI_USAGE, "symbolize: unknown option '%s'; there is --format=text|json", argv[i]);
    }
    if (i == argc)
        return cli_error(CLI_USAGE, "symbolize: no file; write `seance symbolize FILE...`");
    for (; i < argc; i++)
        status = one_file(argv[i], format) ? 1 : status;
    if (fflush(stdout) != 0)
        return cli_error(1, "cannot write: %s", strerror(errno));
    return status;
}
