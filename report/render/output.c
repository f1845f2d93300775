/*
 * report/render/output.c - see output.h. SIGPIPE and SIGXFSZ are ignored by render_serve().
 */
#include "report/render/output.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATIENCE_MS = 10000 };

/* The host may have made its end of a pipe non-blocking: waits for a slow reader. */
static bool writable(int fd)
{
    struct pollfd p = { .fd = fd, .events = POLLOUT };

    return poll(&p, 1, PATIENCE_MS) > 0;
}

/* 0 or an errno; *wrote is what got there. */
static int write_all(int fd, const char *text, size_t len, size_t *wrote)
{
    *wrote = 0;
    while (*wrote < len) {
        ssize_t n = write(fd, text + *wrote, len - *wrote);

        if (n > 0)
            *wrote += (size_t)n;
        else if (n == 0)
            return EIO;
        else if (errno != EINTR && (errno != EAGAIN || !writable(fd)))
            return errno;
    }
    return 0;
}

static void take_back(int fd, size_t wrote)
{
    struct stat st;

    if (wrote > 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size >= (off_t)wrote &&
        ftruncate(fd, st.st_size - (off_t)wrote) != 0)
        return;
}

static long long size_of(int fd)
{
    struct stat st;

    return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? (long long)st.st_size : 0;
}

bool render_output_write(struct render_output *o, const char *text, size_t len)
{
    size_t wrote;
    int error;

    if (o->fd < 0)
        return true;
    error = write_all(o->fd, text, len, &wrote);
    if (error == 0) {
        o->size = size_of(o->fd);
        return true;
    }
    if (o->own) {
        take_back(o->fd, wrote);
        if (!o->failed)
            dprintf(STDERR_FILENO, "Seance: %s: cannot write %s: %s; findings are missing there\n",
                    o->option, o->path, strerror(error));
    }
    o->failed = true;
    return false;
}

bool render_output_grown(const struct render_output *o)
{
    return o->fd >= 0 && o->size > 0 && size_of(o->fd) > o->size;
}
