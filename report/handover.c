/*
 * report/handover.c - see report/handover.h. Raw system calls only; no locks of its own.
 *
 * The socket is SOCK_SEQPACKET: one record, one packet, and end of file when either side goes. Sends never raise
 * SIGPIPE. The host's end is checked before each use, since hosts close descriptors that they do not know.
 */
#include "report/handover.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/options.h"
#include "base/sys.h"
#include "base/text.h"
#include "report/modules.h"
#include "report/spawn.h"

enum { VARIABLES = 4096, SEND_MS = 20000, COLLECT_MS = 2000 };

static char own_path[RECORD_PATH];   /* of libseance.so; absolute */
static char rules_path[RECORD_PATH]; /* of the suppressions; absolute, "" for none */
static struct base_fd sock = { .fd = -1 };
static bool running;

static const char *environment[VARIABLES + 1];
static char command[RECORD_PATH];

void report_handover_init(const char *self)
{
    report_files_absolute(self, own_path, sizeof own_path);
    if (!base_options.suppressions[0])
        return;
    report_files_absolute(base_options.suppressions, rules_path, sizeof rules_path);
    if (base_syscall(SYS_faccessat, AT_FDCWD, (long)rules_path, R_OK, 0, 0, 0) < 0) {
        base_log("suppressions: cannot read %s; going on without it", rules_path);
        rules_path[0] = '\0';
    }
}

static bool executable(void)
{
    return base_syscall(SYS_faccessat, AT_FDCWD, (long)command, X_OK, 0, 0, 0) == 0;
}

/* Sets command to directory (of `len` bytes) + rest. */
static bool try_command(const char *directory, size_t len, const char *rest)
{
    struct base_text t;

    base_text_init(&t, command, sizeof command);
    while (len-- > 0)
        base_text_char(&t, *directory++);
    base_text_str(&t, rest);
    return command[0] == '/' && executable();
}

static const char *variable(const char *name)
{
    size_t len = base_str_length(name);

    for (char **v = environ; v && *v; v++) {
        if (base_str_starts(*v, name) && (*v)[len] == '=')
            return *v + len + 1;
    }
    return NULL;
}

static bool find_command(void)
{
    size_t len = (size_t)(base_str_basename(own_path) - own_path);
    const char *path = variable("PATH");

    if (try_command(own_path, len, "seance") || try_command(own_path, len, "../bin/seance"))
        return true;
    while (path && *path) {
        size_t n = 0;

        while (path[n] && path[n] != ':')
            n++;
        if (try_command(path, n, "/seance"))
            return true;
        path += n + (path[n] == ':');
    }
    return false;
}

/* The program's environment without what would put Seance, or another preload, into the renderer. */
static void copy_environment(void)
{
    size_t n = 0;

    for (char **v = environ; v && *v && n < VARIABLES; v++) {
        if (!base_str_starts(*v, "LD_PRELOAD=") && !base_str_starts(*v, "SEANCE_OPTIONS=") &&
            !base_str_starts(*v, "LD_AUDIT=") && !base_str_starts(*v, "LD_LIBRARY_PATH="))
            environment[n++] = *v;
    }
    environment[n] = NULL;
}

bool report_handover_command(const char **path, const char *const **envp)
{
    if (!find_command())
        return false;
    copy_environment();
    *path = command;
    *envp = environment;
    return true;
}

static int spawn(int theirs, struct report_files *files)
{
    static char *const argv[] = { "seance", "render", "--fd", "3", NULL };
    struct report_spawn job = {
        .argv = argv,
        .fds = { -1, -1, base_log_fd(), theirs, report_files_fd(&files->text),
                 report_files_fd(&files->json) },
    };

    if (!report_handover_command(&job.path, &job.envp))
        return -ENOENT;
    return report_spawn_start(&job);
}

static void send_hello(const char *program, struct report_files *files,
                       const struct record_counts *before)
{
    static struct record_hello hello;

    hello = (struct record_hello){
        .head = { RECORD_HELLO, RECORD_VERSION, sizeof hello },
        .pid = base_sys_getpid(),
        .max_reports = base_options.max_reports,
        .verbosity = base_options.verbosity,
        .halt_on_error = base_options.halt_on_error != 0,
        .alignment = base_options.alignment != 0,
        .exit_on_likely = base_str_equal(base_options.exit_on, "likely"),
        .text = report_files_fd(&files->text) >= 0,
        .json = report_files_fd(&files->json) >= 0,
        .text_log = files->text.log,
        .before = *before,
    };
    base_str_copy(hello.program, program, sizeof hello.program);
    base_str_copy(hello.suppressions, rules_path, sizeof hello.suppressions);
    base_str_copy(hello.text_path, files->text.path, sizeof hello.text_path);
    base_str_copy(hello.json_path, files->json.path, sizeof hello.json_path);
    report_handover_send(&hello.head);
}

void report_handover_send_module(const struct report_module *m)
{
    static struct record_module record;
    size_t len;

    record.base = m->base;
    record.lo = m->lo;
    record.hi = m->hi;
    record.build_id_len = m->build_id_len;
    base_mem_copy(record.build_id, m->build_id, sizeof record.build_id);
    len = base_str_copy(record.path, m->path, sizeof record.path);
    record.head =
        (struct record_head){ RECORD_MODULE, RECORD_VERSION,
                              (uint32_t)(offsetof(struct record_module, path) + len + 1) };
    report_handover_send(&record.head);
}

int report_handover_socket(int ends[2])
{
    long error =
        base_syscall(SYS_socketpair, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, (long)ends, 0, 0);

    if (error < 0)
        return (int)error;
    ends[0] = base_fd_raise(ends[0]);
    ends[1] = base_fd_raise(ends[1]);
    return 0;
}

bool report_handover_start(const char *program, struct report_files *files,
                           const struct record_counts *before)
{
    int ends[2], error = report_handover_socket(ends);

    if (error == 0) {
        sock = base_fd_note(ends[0]);
        error = spawn(ends[1], files);
        base_sys_close(ends[1]);
        if (error < 0)
            report_handover_stop(false);
    }
    if (error < 0) {
        base_log(
            "cannot start the symboliser (the command `seance`, error %d): reports have modules and offsets "
            "only; `seance symbolize` can finish them",
            -error);
        return false;
    }
    running = true;
    send_hello(program, files, before);
    for (unsigned i = 0; i < report_modules_count(); i++)
        report_handover_send_module(report_modules_at(i));
    return running;
}

bool report_handover_running(void)
{
    return running;
}

bool report_handover_closed(void)
{
    return running && !base_fd_still(&sock);
}

static long wait_for(short events, unsigned ms)
{
    struct pollfd p = { sock.fd, events, 0 };
    struct timespec limit = { ms / 1000, (long)(ms % 1000) * 1000000 };

    return base_syscall(SYS_ppoll, (long)&p, 1, (long)&limit, 0, 8, 0);
}

bool report_handover_send(struct record_head *record)
{
    long sent = -EPIPE;

    if (!running)
        return false;
    if (base_fd_still(&sock)) {
        do {
            sent = base_syscall(SYS_sendto, sock.fd, (long)record, record->size,
                                MSG_NOSIGNAL | MSG_DONTWAIT, 0, 0);
        } while (sent == -EINTR || (sent == -EAGAIN && wait_for(POLLOUT, SEND_MS) > 0));
    }
    if (sent >= 0)
        return true;
    if (!report_handover_closed())
        base_log("the symboliser has gone (error %d)", (int)-sent);
    return false;
}

bool report_handover_wait(uint32_t findings, bool done, unsigned ms, struct record_answer *answer)
{
    uint64_t end = base_sys_now() + (uint64_t)ms * 1000000;
    struct record_answer a;

    while (running && base_fd_still(&sock)) {
        long got = base_syscall(SYS_recvfrom, sock.fd, (long)&a, sizeof a, MSG_DONTWAIT, 0, 0);
        uint64_t now = base_sys_now();

        if (got == sizeof a && a.head.type == RECORD_ANSWER && a.head.version == RECORD_VERSION) {
            *answer = a;
            if (done ? a.done : a.counts.read >= findings)
                return true;
        } else if (got >= 0 || (got != -EAGAIN && got != -EINTR)) {
            return false;
        } else if (now >= end || wait_for(POLLIN, (unsigned)((end - now) / 1000000) + 1) == 0) {
            return false;
        }
    }
    return false;
}

void report_handover_stop(bool collect)
{
    if (base_fd_still(&sock))
        base_sys_close(sock.fd);
    sock.fd = -1;
    running = false;
    report_spawn_finish(collect ? COLLECT_MS : 0);
}

void report_handover_forget(void)
{
    if (base_fd_still(&sock))
        base_sys_close(sock.fd);
    sock.fd = -1;
    running = false;
    report_spawn_forget();
}
