/*
 * base/log.c - plain lines on stderr, see base/log.h.
 *
 * One line is one write(2), so that lines of threads and processes do not mix. `copy` and `verbosity` are
 * written at start-up, before other threads run. Programs close descriptors that they do not know, and get the numbers
 * again for files of theirs: each line looks first at what the number stands for. No locks; signal-safe.
 */
#include "base/log.h"

#include <stdarg.h>

#include "base/fd.h"
#include "base/sys.h"
#include "base/text.h"

enum { LINE = 1024, STDERR = 2 };

static struct base_fd copy = { .fd = -1 };
static unsigned verbosity;

void base_log_init(void)
{
    if (copy.fd < 0)
        copy = base_fd_note(base_fd_copy_high(STDERR));
}

int base_log_fd(void)
{
    struct base_fd original = copy;

    original.fd = STDERR;
    if (copy.fd < 0 || base_fd_still(&copy))
        return copy.fd;
    return base_fd_still(&original) ? STDERR : -1;
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
    base_sys_write_all(base_log_fd(), line, t.len);
}

void base_log(const char *fmt, ...)
{
    va_list ap;

    if (copy.fd < 0)
        return;
    va_start(ap, fmt);
    write_line(fmt, ap);
    va_end(ap);
}

void base_log_at(unsigned level, const char *fmt, ...)
{
    va_list ap;

    if (copy.fd < 0 || verbosity < level)
        return;
    va_start(ap, fmt);
    write_line(fmt, ap);
    va_end(ap);
}
