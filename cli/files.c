/*
 * cli/files.c - cli_check_files(): the files that options name, looked at before the program starts.
 *
 * Nothing is created here: that is the library's, which gets the same process id by exec(). What changes in
 * between is told by the library in one line.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"

static int refuse(const char *option, const char *path, const char *reason)
{
    return cli_error(CLI_USAGE, "--%s: cannot write %s: %s", option, path, reason);
}

static int check_folder(const char *option, const char *path)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    struct stat st;

    snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) + 1 : 1,
             slash ? path : ".");
    if (stat(folder, &st) != 0)
        return refuse(option, path, strerror(errno));
    if (access(folder, W_OK | X_OK) != 0)
        return refuse(option, path, strerror(errno));
    return 0;
}

/* The library opens it in the same way: never through a symbolic link. */
static int check_output(const char *option, const char *pattern, const char *program)
{
    char path[PATH_MAX];
    struct stat st;

    base_options_expand(pattern, program, false, path, sizeof path);
    if (path[0] == '\0')
        return 0;
    if (path[strlen(path) - 1] == '/')
        return refuse(option, path, "it is a folder");
    if (lstat(path, &st) != 0)
        return errno == ENOENT ? check_folder(option, path) : refuse(option, path, strerror(errno));
    if (S_ISLNK(st.st_mode))
        return refuse(option, path, "it is a symbolic link; name the file itself");
    if (S_ISDIR(st.st_mode))
        return refuse(option, path, "it is a folder");
    if (access(path, R_OK | W_OK) != 0)
        return refuse(option, path, strerror(errno));
    return 0;
}

static int check_rules(const char *path)
{
    struct stat st;

    if (path[0] == '\0')
        return 0;
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return cli_error(CLI_USAGE, "--suppressions: %s is a folder", path);
    if (access(path, R_OK) != 0)
        return cli_error(CLI_USAGE, "--suppressions: cannot read %s: %s", path, strerror(errno));
    return 0;
}

int cli_check_files(const struct base_options *o, const char *program)
{
    bool is_file = strcmp(o->text, "stderr") != 0 && strcmp(o->text, "none") != 0;
    int status = is_file ? check_output("text", o->text, program) : 0;

    if (status == 0)
        status = check_output("json", o->json, program);
    if (status == 0)
        status = check_rules(o->suppressions);
    return status;
}
