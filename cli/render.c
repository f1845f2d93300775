/*
 * cli/render.c - `seance render --fd N`: what libseance.so starts at its first finding. Not for people.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "cli/cli.h"
#include "report/render/render.h"

int cli_render(int argc, char **argv)
{
    int fd, type = 0;
    socklen_t len = sizeof type;

    if (argc != 3 || strcmp(argv[1], "--fd") != 0)
        return cli_error(CLI_USAGE, "render is started by libseance.so");
    fd = atoi(argv[2]);
    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) != 0 || type != SOCK_SEQPACKET)
        return cli_error(CLI_USAGE,
                         "render is started by libseance.so: descriptor %d is not its socket", fd);
    return render_serve(fd);
}
