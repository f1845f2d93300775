/*
 * base/log.c - plain lines on stderr, see base/log.h.
 *
 * One line is one write(2), so that lines of threads and processes do not mix. `fd` and `verbosity` are
 * written at start-up, before other threads run. No locks; signal-safe.
 */
#include "base/log.h"

#include <fcntl.h>
#include <stdarg.h>
#include <sys/syscall.h>

#include "base/sys.h"
#include "base/text.h"

enum { LINE = 1024, STDERR = 2 };

static int fd = -1;
static unsigned verbosity;

/* As high as the limit of descriptors lets us: out of the way of programs that count on low numbers. */
static int duplicate(void)
{
    static const int floors[] = { 900, 200, 3 };

    for (unsigned i = 0; i < sizeof floors / sizeof *floors; i++) {
        long copy = base_syscall(SYS_fcntl, STDERR, F_DUPFD_CLOEXEC, floors[i], 0, 0, 0);

        if (copy >= 0)
            return (int)copy;
    }
    return -1;
}

void base_log_init(void)
{
    if (fd < 0)
        fd = duplicate();
}

int base_log_fd(void)
{
    return fd;
}

void base_log_set_verbosity(unsigned level)
{
    verbosity = level;
}

static void write_line(const char *fmt, va_list ap)
{
    char line[LINE];
    struct base_text t;

    /* One byte is held back, so that a line that is cut still ends in a newline. */
    base_text_init(&t, line, sizeof line - 1);
    base_text_str(&t, "Seance: ");
    base_text_vformat(&t, fmt, ap);
    t.size++;
    base_text_char(&t, '\n');
    base_sys_write_all(fd, line, t.len);
}

void base_log(const char *fmt, ...)
{
    va_list ap;

    if (fd < 0)
        return;
    va_start(ap, fmt);
    write_line(fmt, ap);
    va_end(ap);
}

void base_log_at(unsigned level, const char *fmt, ...)
{
    va_list ap;

    if (fd < 0 || verbosity < level)
        return;
    va_start(ap, fmt);
    write_line(fmt, ap);
    va_end(ap);
}
