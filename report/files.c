/*
 * report/files.c - see report/files.h.
 *
 * Files are opened at start-up, since a daemon drops its privileges or changes its root later. Nothing is
 * truncated blindly: a file that another living process of the run writes (it holds a lock on it) or that this
 * same process wrote before it called exec() is not ours to empty. Raw system calls only.
 */
#include "report/files.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/options.h"
#include "base/sys.h"
#include "base/text.h"

enum { PATH = 4096, HEAD = 4096, HIGH = 900, HIGH_SMALL = 200 };

static long call3(long nr, long a, long b, long c)
{
    return base_syscall(nr, a, b, c, 0, 0, 0);
}

void report_files_expand(const char *path, const char *program, bool child, char *out, size_t size)
{
    struct base_text t;
    bool has_pid = false;

    base_text_init(&t, out, size);
    for (; *path; path++) {
        if (path[0] == '%' && path[1] == 'p') {
            base_text_u64(&t, (uint64_t)base_sys_getpid());
            has_pid = true;
            path++;
        } else if (path[0] == '%' && path[1] == 'e') {
            base_text_str(&t, base_str_basename(program));
            path++;
        } else {
            path += path[0] == '%' && path[1] == '%';
            base_text_char(&t, *path);
        }
    }
    if (child && !has_pid)
        base_text_format(&t, ".%d", base_sys_getpid());
}

int report_files_raise(int fd)
{
    static const int floors[] = { HIGH, HIGH_SMALL, 3 };
    long copy = -EMFILE;

    for (unsigned i = 0; i < sizeof floors / sizeof *floors && copy < 0; i++)
        copy = call3(SYS_fcntl, fd, F_DUPFD_CLOEXEC, floors[i]);
    if (copy < 0)
        return fd;
    base_sys_close(fd);
    return (int)copy;
}

struct report_fd report_files_note(int fd)
{
    struct stat st;
    struct report_fd f = { .fd = -1 };

    if (fd >= 0 && call3(SYS_fstat, fd, (long)&st, 0) == 0)
        f = (struct report_fd){ fd, st.st_dev, st.st_ino };
    return f;
}

bool report_files_still(const struct report_fd *f)
{
    struct stat st;

    return f->fd >= 0 && call3(SYS_fstat, f->fd, (long)&st, 0) == 0 && st.st_dev == f->dev &&
           st.st_ino == f->ino;
}

void report_files_write(const struct report_fd *f, const char *text, size_t len)
{
    if (report_files_still(f))
        base_sys_write_all(f->fd, text, len);
}

/* True if the file's first lines name this process: it was ours before exec(). */
static bool written_by_us(int fd)
{
    char head[HEAD + 1], json[32], text[32];
    struct base_text t;
    int64_t got = base_syscall(SYS_pread64, fd, (long)head, HEAD, 0, 0, 0);

    if (got <= 0)
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

/* Opens path for appending and empties it unless it is in use; -EBUSY where another process writes it. */
static int open_own(const char *path)
{
    int fd = base_sys_open(
        path, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600);
    struct stat st;

    if (fd < 0)
        return fd;
    if (call3(SYS_fstat, fd, (long)&st, 0) < 0 || !S_ISREG(st.st_mode))
        return fd; /* a pipe or /dev/null: as it is */
    if (call3(SYS_flock, fd, LOCK_EX | LOCK_NB, 0) == -EWOULDBLOCK) {
        base_sys_close(fd);
        return -EBUSY;
    }
    if (st.st_size > 0 && !written_by_us(fd))
        base_sys_ftruncate(fd, 0);
    return fd;
}

static struct report_fd open_file(const char *option, const char *pattern, const char *program,
                                  bool child)
{
    char path[PATH];
    int fd;

    report_files_expand(pattern, program, child, path, sizeof path);
    fd = open_own(path);
    if (fd == -EBUSY && !child) {
        report_files_expand(pattern, program, true, path, sizeof path);
        fd = open_own(path);
    }
    if (fd == -ENXIO) /* a FIFO that nobody reads, or a write-only place */
        fd = -EACCES;
    if (fd < 0) {
        base_log("%s: cannot open %s (error %d); going on without it", option, path, -fd);
        return (struct report_fd){ .fd = -1 };
    }
    return report_files_note(report_files_raise(fd));
}

void report_files_open(struct report_files *f, const char *program, bool child)
{
    f->text = f->json = (struct report_fd){ .fd = -1 };
    if (base_str_equal(base_options.text, "stderr"))
        f->text = report_files_note(base_log_fd());
    else if (!base_str_equal(base_options.text, "none") && base_options.text[0])
        f->text = open_file("text", base_options.text, program, child);
    if (base_options.json[0])
        f->json = open_file("json", base_options.json, program, child);
}

static void close_one(struct report_fd *f)
{
    if (f->fd != base_log_fd() && report_files_still(f))
        base_sys_close(f->fd);
    f->fd = -1;
}

void report_files_close(struct report_files *f)
{
    close_one(&f->text);
    close_one(&f->json);
}
