/*
 * cli/run.c - `seance run [options] -- PROGRAM`: checks everything, sets the environment and becomes the program.
 *
 * It does not stay as a parent: the program keeps its process id, terminal, signals and exit status. The summary
 * at the end comes from the library.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/options.h"
#include "cli/cli.h"

enum { LINE = 512 };

static unsigned wrong;             /* options that were refused */
static struct base_options chosen; /* what the library will read from `joined` */

static void bad_option(const char *line)
{
    cli_error(CLI_USAGE, "SEANCE_OPTIONS: %s", line);
    wrong++;
}

/* ---- options: SEANCE_OPTIONS first, then the flags, which win ------------------------------------------ */

static char *joined; /* the new SEANCE_OPTIONS */

static bool append(const char *key, const char *value)
{
    bool quote = value[strcspn(value, ": \t\n")] != '\0';
    char *grown;

    if (strchr(value, '"'))
        return false;
    if (asprintf(&grown, "%s%s%s=%s%s%s", joined ? joined : "", joined && *joined ? ":" : "", key,
                 quote ? "\"" : "", value, quote ? "\"" : "") < 0)
        return false;
    free(joined);
    joined = grown;
    return true;
}

static int take_flag(const char *key, const char *value)
{
    char line[LINE];

    if (!base_options_set(&chosen, key, value, line, sizeof line))
        return cli_error(CLI_USAGE, "%s", line);
    if (!append(key, value))
        return cli_error(CLI_USAGE, "--%s: a value cannot contain a double quote", key);
    return 0;
}

/* Reads --key=value and --key value; *at is left at the program's name. */
static int take_flags(int argc, char **argv, int *at)
{
    int i, status = 0;

    for (i = 1; i < argc && status == 0; i++) {
        char *key, *equals;

        if (strcmp(argv[i], "--") == 0) {
            i++;
            break;
        }
        if (argv[i][0] != '-')
            break;
        if (strncmp(argv[i], "--", 2) != 0)
            return cli_error(CLI_USAGE, "unknown option '%s'; options are written --key=value",
                             argv[i]);
        key = strdup(argv[i] + 2);
        equals = strchr(key, '=');
        if (equals)
            *equals = '\0';
        if (equals)
            status = take_flag(key, equals + 1);
        else if (i + 1 < argc && strcmp(argv[i + 1], "--") != 0)
            status = take_flag(key, argv[++i]);
        else
            status = cli_error(CLI_USAGE, "--%s needs a value", key);
        free(key);
    }
    *at = i;
    return status;
}

static int take_options(int argc, char **argv, int *at)
{
    const char *environment = getenv("SEANCE_OPTIONS");

    base_options_defaults(&chosen);
    if (environment) {
        base_options_parse(&chosen, environment, bad_option);
        joined = strdup(environment);
    }
    return wrong ? CLI_USAGE : take_flags(argc, argv, at);
}

/* ---- the library ---------------------------------------------------------------------------------------- */

static bool beside(const char *directory, const char *rest, char *out)
{
    char path[PATH_MAX];

    snprintf(path, sizeof path, "%.*s%s", PATH_MAX - 64, directory, rest);
    return realpath(path, out) && access(out, R_OK) == 0;
}

static int find_library(char *out)
{
    char self[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", self, sizeof self - 1);

    self[len > 0 ? len : 0] = '\0';
    if (strrchr(self, '/'))
        *strrchr(self, '/') = '\0';
    if (!beside(self, "/libseance.so", out) && !beside(self, "/../lib/libseance.so", out) &&
        !beside(self, "/../lib/x86_64-linux-gnu/libseance.so", out) &&
        !beside(self, "/../lib64/libseance.so", out))
        return cli_error(CLI_USAGE, "libseance.so is not beside this command (%s) nor in ../lib",
                         self);
    if (strpbrk(out, ": \t"))
        return cli_error(CLI_USAGE,
                         "%s: the loader takes no LD_PRELOAD path with a blank or a colon; move it",
                         out);
    return 0;
}

/* ---- the program ---------------------------------------------------------------------------------------- */

static bool is_program(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && !S_ISDIR(st.st_mode) && access(path, X_OK) == 0;
}

/* Searches PATH as execvp() does; out is PATH_MAX bytes. */
static bool search_path(const char *name, char *out, bool *seen)
{
    const char *path = getenv("PATH");

    path = path ? path : "/usr/local/bin:/bin:/usr/bin";
    for (;;) {
        size_t n = strcspn(path, ":");

        if (snprintf(out, PATH_MAX, "%.*s%s%s", (int)n, path, n ? "/" : "", name) < PATH_MAX) {
            *seen = *seen || access(out, F_OK) == 0;
            if (is_program(out))
                return true;
        }
        if (path[n] == '\0')
            return false;
        path += n + 1;
    }
}

static int find_program(const char *name, char *out)
{
    bool seen = false;

    if (name[0] == '\0')
        return cli_error(CLI_NOT_FOUND, "run: the program's name is empty; give its path");
    if (!strchr(name, '/')) {
        if (search_path(name, out, &seen))
            return 0;
        return seen ? cli_error(CLI_CANNOT_RUN,
                                "%s: found, but it is not an executable file; "
                                "check its mode",
                                name)
                    : cli_error(CLI_NOT_FOUND, "%s: not found in PATH; give its path", name);
    }
    snprintf(out, PATH_MAX, "%s", name);
    if (access(out, F_OK) != 0)
        return cli_error(CLI_NOT_FOUND, "%s: %s", name, strerror(errno));
    if (!is_program(out))
        return cli_error(CLI_CANNOT_RUN, "%s: not an executable file; check its path and mode",
                         name);
    return 0;
}

static int become(const char *program, char **argv, const char *library)
{
    const char *before = getenv("LD_PRELOAD");
    char *preload, standin[PATH_MAX];
    bool sanitized = cli_sanitizer(program, library, standin);

    if (asprintf(&preload, "%s%s%s%s%s", library, sanitized ? ":" : "", sanitized ? standin : "",
                 before && *before ? ":" : "", before ? before : "") < 0)
        return cli_error(1, "out of memory");
    setenv("LD_PRELOAD", preload, 1);
    if (joined)
        setenv("SEANCE_OPTIONS", joined, 1);
    execv(program, argv);
    if (errno == ENOEXEC) { /* a script without #!, as a shell would */
        argv[0] = (char *)(uintptr_t)program;
        argv[-1] = (char *)(uintptr_t) "/bin/sh";
        execv("/bin/sh", argv - 1);
    }
    return cli_error(CLI_CANNOT_RUN, "%s: %s", program, strerror(errno));
}

int cli_run(int argc, char **argv)
{
    char program[PATH_MAX], library[PATH_MAX];
    int at = 1, status = take_options(argc, argv, &at);

    if (status == 0 && at >= argc)
        status = cli_error(
            CLI_USAGE, "run: no program; write `seance run [options] -- PROGRAM [ARGUMENT...]`");
    if (status == 0)
        status = find_program(argv[at], program);
    if (status == 0)
        status = cli_check_program(program);
    if (status == 0)
        status = cli_check_files(&chosen, program);
    if (status == 0)
        status = find_library(library);
    return status ? status : become(program, argv + at, library);
}
