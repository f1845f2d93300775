/* Lines on stderr: one write each, cut but ended, errno kept, quiet where there is no stderr. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

static int ends[2];

/* Puts a pipe in stderr's place. */
static void take_stderr(void)
{
    cr_assert_eq(pipe(ends), 0);
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    dup2(ends[1], 2);
    base_log_init();
}

static const char *written(void)
{
    static char buf[8192];
    long n = read(ends[0], buf, sizeof buf - 1);

    buf[n > 0 ? n : 0] = '\0';
    return buf;
}

Test(base_log, a_line_has_prefix_and_newline)
{
    take_stderr();
    errno = 4711;
    base_log("%s is %d", "answer", 42);
    cr_assert_eq(errno, 4711);
    cr_assert_str_eq(written(), "Seance: answer is 42\n");
}

Test(base_log, survives_a_host_that_closes_stderr)
{
    take_stderr();
    close(2);
    base_log("still here");
    cr_assert_str_eq(written(), "Seance: still here\n");
    cr_assert(fcntl(base_log_fd(), F_GETFD) & FD_CLOEXEC);
    cr_assert_gt(base_log_fd(), 2);
}

Test(base_log, nothing_where_stderr_was_closed)
{
    close(2);
    base_log_init();
    cr_assert_eq(base_log_fd(), -1);
    base_log("nobody hears this");
}

Test(base_log, a_long_line_is_cut_and_ended)
{
    char text[5000];
    const char *line;

    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    take_stderr();
    base_log("%s", text);
    line = written();
    cr_assert_lt(strlen(line), 1025);
    cr_assert_eq(line[strlen(line) - 1], '\n');
    cr_assert_eq(strchr(line, '\n') - line, (long)strlen(line) - 1);
}

Test(base_log, verbosity_decides)
{
    take_stderr();
    base_log_at(1, "hidden");
    cr_assert_str_eq(written(), "");
    base_log_set_verbosity(1);
    base_log_at(1, "shown");
    base_log_at(2, "hidden");
    cr_assert_str_eq(written(), "Seance: shown\n");
}
