/*
 * report/files.c - see report/files.h.
 *
 * Files are opened at start-up, since a daemon drops its privileges or changes its root later. Nothing is
 * truncated blindly: a file that another living process of the run writes (it holds a lock on it) or that this
 * same process wrote before it called exec() is not ours to empty. Programs close descriptors that they do not
 * know, and get the numbers again for files of theirs: a number is compared with what it stood for before each
 * use. Raw system calls only.
 */
#include "report/files.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/options.h"
#include "base/sys.h"
#include "base/text.h"

enum { HEAD = 4096, START_FIELD = 22, TICKS = 100 }; /* USER_HZ */
#define SECOND 1000000000u

static long call3(long nr, long a, long b, long c)
{
    return base_syscall(nr, a, b, c, 0, 0, 0);
}

void report_files_absolute(const char *path, char *out, size_t size)
{
    struct base_text t;
    char cwd[REPORT_FILES_PATH];

    base_text_init(&t, out, size);
    if (path[0] != '/' && base_syscall(SYS_getcwd, (long)cwd, sizeof cwd, 0, 0, 0, 0) > 0)
        base_text_format(&t, "%s/", cwd);
    base_text_str(&t, path);
}

/* When this process started, in nanoseconds since 1970; UINT64_MAX where that cannot be told. exec() keeps it. */
static uint64_t started(void)
{
    char text[HEAD + 1];
    struct timespec wall = { 0, 0 }, boot = { 0, 0 };
    int fd = base_sys_open("/proc/self/stat", O_RDONLY | O_CLOEXEC, 0);
    int64_t got = fd < 0 ? -1 : base_sys_read(fd, text, HEAD);
    const char *at = text, *name_end = text;
    uint64_t ticks = 0;

    if (fd >= 0)
        base_sys_close(fd);
    text[got > 0 ? got : 0] = '\0';
    for (; *at; at++)
        name_end = *at == ')' ? at : name_end;
    at = name_end;
    for (unsigned field = 2; *at && field < START_FIELD; at++)
        field += *at == ' ';
    for (; *at >= '0' && *at <= '9'; at++)
        ticks = ticks * 10 + (uint64_t)(*at - '0');
    if (ticks == 0)
        return UINT64_MAX;
    call3(SYS_clock_gettime, CLOCK_REALTIME, (long)&wall, 0);
    call3(SYS_clock_gettime, CLOCK_BOOTTIME, (long)&boot, 0);
    return (uint64_t)(wall.tv_sec - boot.tv_sec) * SECOND +
           (uint64_t)(wall.tv_nsec - boot.tv_nsec) + ticks * (SECOND / TICKS);
}

/* True if the file's first lines name this process, and it was written since this process started: it was ours
 * before exec(). In a container every run may have the same number. */
static bool written_by_us(int fd, const struct stat *st)
{
    char head[HEAD + 1], json[32], text[32];
    struct base_text t;
    int64_t got = base_syscall(SYS_pread64, fd, (long)head, HEAD, 0, 0, 0);

    if (got <= 0 ||
        (uint64_t)st->st_mtim.tv_sec * SECOND + (uint64_t)st->st_mtim.tv_nsec < started())
        return false;
    head[got] = '\0';
    base_text_init(&t, json, sizeof json);
    base_text_format(&t, "\"pid\":%d,", base_sys_getpid());
    base_text_init(&t, text, sizeof text);
    base_text_format(&t, "(pid=%d)", base_sys_getpid());
    for (const char *s = head; *s; s++) {
        if (base_str_starts(s, json) || base_str_starts(s, text))
            return true;
    }
    return false;
}

/* True if the lock that the line of /proc/locks tells of is this process's, on that inode:
 * "1: FLOCK  ADVISORY  WRITE 4711 08:01:1234 0 EOF". */
static bool our_lock(const char *line, uint64_t ino)
{
    char pid[32], file[32];
    struct base_text t;
    bool has_pid = false;

    base_text_init(&t, pid, sizeof pid);
    base_text_format(&t, " %d ", base_sys_getpid());
    base_text_init(&t, file, sizeof file);
    base_text_format(&t, ":%lu ", (unsigned long)ino);
    for (; *line && *line != '\n'; line++) {
        has_pid = has_pid || base_str_starts(line, pid);
        if (has_pid && base_str_starts(line, file))
            return true;
    }
    return false;
}

/* True if this process holds the lock: it took it before exec(), and its renderer of then has not ended yet. */
static bool locked_by_us(const struct stat *st)
{
    char text[HEAD + 1];
    size_t kept = 0;
    int fd = base_sys_open("/proc/locks", O_RDONLY | O_CLOEXEC, 0);
    int64_t got;
    bool ours = false;

    while (fd >= 0 && !ours && (got = base_sys_read(fd, text + kept, HEAD - kept)) > 0) {
        char *line = text, *end = text + kept + got;

        *end = '\0';
        for (char *at = text; at < end && !ours; at++) {
            if (*at == '\n') {
                ours = our_lock(line, st->st_ino);
                line = at + 1;
            }
        }
        kept = line == text ? 0 : (size_t)(end - line);
        for (size_t i = 0; i < kept; i++)
            text[i] = line[i];
    }
    if (fd >= 0)
        base_sys_close(fd);
    return ours;
}

/* Opens path for appending and empties it unless it is in use; -EBUSY where another process writes it. */
static int open_own(const char *path)
{
    int fd = base_sys_open(
        path, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600);
    struct stat st;
    bool busy;

    if (fd < 0)
        return fd;
    if (call3(SYS_fstat, fd, (long)&st, 0) < 0 || !S_ISREG(st.st_mode))
        return fd; /* a pipe or /dev/null: as it is */
    busy = call3(SYS_flock, fd, LOCK_EX | LOCK_NB, 0) == -EWOULDBLOCK;
    if ((busy && locked_by_us(&st)) || (st.st_size > 0 && written_by_us(fd, &st)))
        return fd;
    if (busy) {
        base_sys_close(fd);
        return -EBUSY;
    }
    if (st.st_size > 0)
        base_sys_ftruncate(fd, 0);
    return fd;
}

/* Fills f, whose file is at `pattern`; 0 or -errno. */
static int open_at(struct report_file *f, const char *pattern, const char *program, bool child)
{
    char path[REPORT_FILES_PATH];
    int fd;

    base_options_expand(pattern, program, child, path, sizeof path);
    report_files_absolute(path, f->path, sizeof f->path);
    fd = open_own(f->path);
    if (fd < 0)
        return fd == -ENXIO ? -EACCES : fd; /* a FIFO that nobody reads */
    f->fd = base_fd_note(base_fd_raise(fd));
    f->wanted = f->fd.fd >= 0;
    return 0;
}

static const char *why(int error)
{
    switch (error) {
    case -ENOENT: return "no such folder";
    case -EACCES:
    case -EPERM: return "permission denied";
    case -EROFS: return "read-only file system";
    case -EISDIR: return "it is a folder";
    case -ENOSPC:
    case -EDQUOT: return "no space left";
    case -EFBIG: return "the limit of file sizes is reached";
    case -ELOOP: return "it is a symbolic link";
    case -EMFILE:
    case -ENFILE: return "too many open files";
    case -EPIPE: return "nobody reads it";
    default: return "system error";
    }
}

static void open_file(struct report_file *f, const char *option, const char *pattern,
                      const char *program, bool child)
{
    int error;

    f->option = option;
    error = open_at(f, pattern, program, child);
    if (error == -EBUSY && !child)
        error = open_at(f, pattern, program, true);
    if (error < 0)
        base_log("%s: cannot open %s: %s (%d); going on without it", option, f->path, why(error),
                 -error);
}

static void none(struct report_file *f)
{
    f->wanted = f->log = f->failed = false;
    f->path[0] = '\0';
    f->fd.fd = -1;
}

void report_files_open(struct report_files *f, const char *program, bool child)
{
    none(&f->text);
    none(&f->json);
    f->text.option = "text";
    if (base_str_equal(base_options.text, "stderr"))
        f->text.log = f->text.wanted = base_log_fd() >= 0;
    else if (!base_str_equal(base_options.text, "none") && base_options.text[0])
        open_file(&f->text, "text", base_options.text, program, child);
    if (base_options.json[0])
        open_file(&f->json, "json", base_options.json, program, child);
}

static void close_one(struct report_file *f)
{
    if (f->wanted && !f->log && base_fd_still(&f->fd))
        base_sys_close(f->fd.fd);
    none(f);
}

void report_files_close(struct report_files *f)
{
    close_one(&f->text);
    close_one(&f->json);
}

/* The program has closed it: the same file once more, or -1 and a line. */
static int open_again(struct report_file *f)
{
    int fd = base_sys_open(f->path,
                           O_RDWR | O_APPEND | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0);
    struct base_fd now = base_fd_note(fd);

    if (now.fd >= 0 && now.dev == f->fd.dev && now.ino == f->fd.ino) {
        call3(SYS_flock, fd, LOCK_EX | LOCK_NB, 0);
        f->fd.fd = base_fd_raise(fd);
        return f->fd.fd;
    }
    if (fd >= 0)
        base_sys_close(fd);
    base_log("%s: the program has closed %s and it cannot be opened again; going on without it",
             f->option, f->path);
    f->wanted = false;
    return -1;
}

int report_files_fd(struct report_file *f)
{
    if (!f->wanted)
        return -1;
    if (f->log)
        return base_log_fd();
    return base_fd_still(&f->fd) ? f->fd.fd : open_again(f);
}

/* The size of a file that is only ours, or -1. */
static int64_t own_size(const struct report_file *f, int fd)
{
    struct stat st;

    if (f->log || call3(SYS_fstat, fd, (long)&st, 0) < 0 || !S_ISREG(st.st_mode))
        return -1;
    return st.st_size;
}

bool report_files_write(struct report_file *f, const char *text, size_t len)
{
    int fd = report_files_fd(f), error;
    int64_t before = fd < 0 ? -1 : own_size(f, fd);

    if (fd < 0)
        return false;
    error = base_sys_write_all(fd, text, len);
    if (error == 0)
        return true;
    if (before >= 0)
        base_sys_ftruncate(fd, before);
    if (!f->failed && !f->log)
        base_log("%s: cannot write %s: %s (%d); findings are missing there", f->option, f->path,
                 why(error), -error);
    f->failed = true;
    return false;
}
