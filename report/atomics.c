/*
 * report/atomics.c - see report/atomics.h and report_atomics(). Raw system calls only.
 *
 * A process of its own, since the renderer lives as long as the program, and most programs never need one. It ends when it
 * has told all, or when nobody listens any more.
 */
#include "report/atomics.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>

#include "base/mem.h"
#include "base/sys.h"
#include "base/text.h"
#include "report/handover.h"
#include "report/spawn.h"

enum { PATIENCE_MS = 15000, COLLECT_MS = 500, ASKED = 4 };

static struct record_atomics packet; /* this and the next under report.c's lock */
static unsigned asked;

/* False: the end. */
static bool receive(int fd, uint64_t until)
{
    for (;;) {
        uint64_t now = base_sys_now();
        struct pollfd p = { fd, POLLIN, 0 };
        struct timespec limit = { (long)((until - now) / 1000000000u),
                                  (long)((until - now) % 1000000000u) };
        long got;

        if (now >= until || base_syscall(SYS_ppoll, (long)&p, 1, (long)&limit, 0, 8, 0) == 0)
            return false;
        got = base_syscall(SYS_recvfrom, fd, (long)&packet, sizeof packet, MSG_DONTWAIT, 0, 0);
        if (got == sizeof packet)
            return packet.head.type == RECORD_ATOMIC && packet.head.version == RECORD_VERSION;
        if (got >= 0 || (got != -EAGAIN && got != -EINTR))
            return false;
    }
}

static int start(const struct report_atomics *ask, int theirs)
{
    static const char *argv[REPORT_ATOMIC_MODULES + 5] = { "seance", "atomics", "--fd", "3" };
    struct report_spawn job = { .argv = (char *const *)argv,
                                .fds = { -1, -1, -1, theirs, -1, -1 } };

    for (unsigned i = 0; i < ask->n; i++)
        argv[4 + i] = ask->paths[i];
    argv[4 + ask->n] = NULL;
    if (!report_handover_command(&job.path, &job.envp))
        return -ENOENT;
    return report_spawn_start(&job);
}

static void receive_all(const struct report_atomics *ask, int fd)
{
    uint64_t until = base_sys_now() + PATIENCE_MS * 1000000ull;

    while (receive(fd, until))
        for (uint32_t i = 0; packet.module < ask->n && i < packet.count && i < RECORD_ATOMICS; i++)
            ask->told(ask->arg, packet.module, packet.ranges[i].lo, packet.ranges[i].hi,
                      packet.ranges[i].data);
}

void report_atomics_ask(const struct report_atomics *ask)
{
    int ends[2];

    if (!ask->n || asked == ASKED || report_handover_socket(ends) != 0)
        return;
    asked++;
    if (start(ask, ends[1]) == 0) {
        base_sys_close(ends[1]);
        receive_all(ask, ends[0]);
        base_sys_close(ends[0]);
        report_spawn_finish(COLLECT_MS);
        return;
    }
    base_sys_close(ends[0]);
    base_sys_close(ends[1]);
}
