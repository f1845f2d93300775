/*
 * cli/render.c - `seance render --fd N`: what libseance.so starts at its first finding, and `seance atomics --fd N FILE...`:
 * what it asks about modules with debug information. Not for people.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "cli/cli.h"
#include "report/render/render.h"

/* The descriptor behind --fd; -1 after one line on stderr. */
static int socket_of(const char *command, char **argv)
{
    int fd = atoi(argv[2]), type = 0;
    socklen_t len = sizeof type;

    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0 && type == SOCK_SEQPACKET)
        return fd;
    cli_error(CLI_USAGE, "%s is started by libseance.so: descriptor %d is not its socket", command,
              fd);
    return -1;
}

int cli_render(int argc, char **argv)
{
    int fd;

    if (argc != 3 || strcmp(argv[1], "--fd") != 0)
        return cli_error(CLI_USAGE, "render is started by libseance.so");
    fd = socket_of("render", argv);
    return fd < 0 ? CLI_USAGE : render_serve(fd);
}

int cli_atomics(int argc, char **argv)
{
    int fd;

    if (argc < 4 || strcmp(argv[1], "--fd") != 0)
        return cli_error(CLI_USAGE, "atomics is started by libseance.so");
    fd = socket_of("atomics", argv);
    return fd < 0 ? CLI_USAGE : render_atomics_serve(fd, argv + 3);
}
