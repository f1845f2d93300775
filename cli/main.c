/*
 * cli/main.c - `seance`: the table of sub-commands, help and version.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/options.h"
#include "base/text.h"
#include "cli/cli.h"

struct command {
    const char *name, *arguments, *help;
    int (*run)(int argc, char **argv); /* NULL: not in this version */
    bool hidden;
};

static const struct command commands[] = {
    { "run", "[options] -- PROGRAM [ARGUMENT...]", "runs a program under Seance", cli_run, false },
    { "symbolize", "[--format=text|json] FILE...",
      "adds functions and lines to findings that were written without", cli_symbolize, false },
    { "report", "FILE...", "rereads, merges and converts findings files", NULL, false },
    { "lint", "BINARY...", "looks at debug information for misaligned and falsely shared data",
      NULL, false },
    { "attach", "PID", "puts the detector into a running process", NULL, false },
    { "detach", "PID", "takes it out again", NULL, false },
    { "atomics", "--fd N FILE...",
      "lists what is atomic by debug information; started by the library", cli_atomics, true },
    { "render", "--fd N", "the process that finds symbols; started by the library", cli_render,
      true },
};

enum { COMMANDS = sizeof commands / sizeof *commands, NEAR = 2 /* letters */ };

int cli_error(int status, const char *format, ...)
{
    va_list ap;

    fputs("seance: ", stderr);
    va_start(ap, format);
    vfprintf(stderr, format, ap);
    va_end(ap);
    fputc('\n', stderr);
    return status;
}

static void help_options(void)
{
    puts("\nOptions, also as SEANCE_OPTIONS=key=value:key=value in the environment:");
    for (size_t i = 0; i < base_option_count; i++) {
        const struct base_option_row *row = &base_option_rows[i];

        printf("  --%s=%s\n        %s (default: %s)\n", row->name,
               row->words ? row->words
               : row->max ? "N"
                          : "TEXT",
               row->help, row->def[0] && strcmp(row->def, "\"\"") != 0 ? row->def : "none");
    }
}

static int help_command(const struct command *c)
{
    printf("usage: seance %s %s\n\n%s%s\n", c->name, c->arguments, c->help,
           c->run ? "" : " (not in this version)");
    if (c->run == cli_run)
        help_options();
    return 0;
}

static int help(void)
{
    puts("usage: seance COMMAND ...\n\nSeance finds data races in unmodified native programs.\n");
    for (unsigned i = 0; i < COMMANDS; i++) {
        if (!commands[i].hidden)
            printf("  %-10s %s%s\n", commands[i].name, commands[i].help,
                   commands[i].run ? "" : " (not in this version)");
    }
    puts("\n  seance COMMAND --help says more; seance --version names the version.\n"
         "  Without the command: LD_PRELOAD=/path/libseance.so PROGRAM");
    return 0;
}

/* The command that was meant, or NULL where none is near. */
static const struct command *nearest(const char *name)
{
    const struct command *best = NULL;
    unsigned least = NEAR + 1;

    for (unsigned i = 0; i < COMMANDS; i++) {
        unsigned d = base_text_distance(name, commands[i].name);

        if (!commands[i].hidden && d < least) {
            best = &commands[i];
            least = d;
        }
    }
    return best;
}

static int unknown(const char *name)
{
    const struct command *near = nearest(name);

    if (near)
        return cli_error(CLI_USAGE, "unknown command '%s', did you mean '%s'?", name, near->name);
    return cli_error(CLI_USAGE, "unknown command '%s'; `seance --help` lists them", name);
}

static const struct command *find(const char *name)
{
    for (unsigned i = 0; i < COMMANDS; i++) {
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    }
    return NULL;
}

/* True if --help is among the arguments before a "--" or the program. */
static bool asks_for_help(int argc, char **argv)
{
    for (int i = 1; i < argc && argv[i][0] == '-' && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    }
    return false;
}

int main(int argc, char **argv)
{
    const struct command *c;

    if (argc < 2)
        return cli_error(
            CLI_USAGE,
            "no command; `seance run -- PROGRAM` runs a program, `seance --help` says more");
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0)
        return help();
    if (strcmp(argv[1], "--version") == 0) {
        puts("seance " SEANCE_VERSION);
        return 0;
    }
    c = find(argv[1]);
    if (!c)
        return unknown(argv[1]);
    if (asks_for_help(argc - 1, argv + 1))
        return help_command(c);
    if (!c->run)
        return cli_error(CLI_USAGE, "'%s' is not in this version", c->name);
    return c->run(argc - 1, argv + 1);
}
