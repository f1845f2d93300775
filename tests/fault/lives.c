// A program that ends or goes on in an unusual way, for the fault tests: `lives WAY [ARGUMENT]`. Each way is a
// function below. race() makes a race on the counter it is told; the two functions that touch it name the counter.
#include "../race/race.h"

#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FILES = 1200, NOBODY = 65534 };

long first_count, second_count;
static char *argument, *self;

NOINLINE void touch_first(void)
{
    first_count++;
}

NOINLINE void touch_second(void)
{
    second_count++;
}

static void *early(void *touch)
{
    ((void (*)(void))touch)();
    unseen_step();
    return NULL;
}

static void *late(void *touch)
{
    unseen_until(1);
    ((void (*)(void))touch)();
    return NULL;
}

static void race(void (*touch)(void))
{
    race_two(early, late, (void *)touch);
}

static void ends_by_return(void)
{
    race(touch_first);
}

static void *call_exit(void *status)
{
    race(touch_second);
    exit((int)(intptr_t)status);
}

static void ends_in_a_thread(void)
{
    race_start(call_exit, (void *)(intptr_t)atoi(argument));
    pause();
}

static void ends_by_pthread_exit(void)
{
    race(touch_first);
    pthread_exit(NULL);
}

static void ends_by_abort(void)
{
    race(touch_first);
    abort();
}

static void ends_by_underscore_exit(void)
{
    race(touch_first);
    _exit(atoi(argument));
}

static void ends_by_quick_exit(void)
{
    race(touch_first);
    quick_exit(atoi(argument));
}

static void ends_by_signal(void)
{
    race(touch_first);
    raise(atoi(argument));
}

static void becomes_itself(void)
{
    race(touch_first);
    execl(self, self, "second", (char *)NULL);
}

static void second(void)
{
    race(touch_second);
}

static int wait_for(pid_t pid)
{
    int status = 0;

    MUST(waitpid(pid, &status, 0) == pid);
    return status;
}

static void child_races(void)
{
    pid_t pid = fork();

    MUST(pid >= 0);
    if (pid == 0) {
        race(touch_first);
        exit(0);
    }
    printf("child %d: %d\n", (int)pid, WEXITSTATUS(wait_for(pid)));
}

static void both_race(void)
{
    race(touch_first);
    child_races();
}

// A program that looks after its own children only, and counts them.
static void has_no_other_child(void)
{
    race(touch_first);
    MUST(waitpid(-1, NULL, WNOHANG) < 0);
}

static void closes_all(void)
{
    MUST(close_range(0, ~0u, 0) == 0);
    race(touch_first);
}

// As daemon(3) does it, and gives up root.
static void is_a_daemon(void)
{
    pid_t pid = fork();
    int null;

    if (pid != 0) {
        wait_for(pid);
        return;
    }
    setsid();
    if (fork() != 0)
        _exit(0);
    MUST(chdir("/") == 0);
    null = open("/dev/null", O_RDWR);
    for (int i = 0; i < 3; i++)
        dup2(null, i);
    close(null);
    if (geteuid() == 0)
        MUST(setgroups(0, NULL) == 0 && setgid(NOBODY) == 0 && setuid(NOBODY) == 0);
    race(touch_first);
}

static void drops_root(void)
{
    MUST(setgroups(0, NULL) == 0 && setgid(NOBODY) == 0 && setuid(NOBODY) == 0);
    race(touch_first);
}

static void changes_root(void)
{
    MUST(chroot(argument) == 0 && chdir("/") == 0);
    race(touch_first);
}

static void changes_folder(void)
{
    MUST(chdir("/") == 0);
    race(touch_first);
}

static void closes_standard(void)
{
    close(0);
    close(1);
    close(2);
    race(touch_first);
}

// Between two findings, so that the renderer's socket is closed too.
static void closes_between(void)
{
    race(touch_first);
    closefrom(3);
    race(touch_second);
}

static void closes_after(void)
{
    race(touch_first);
    closefrom(3);
}

// Every number of ours gets a file of the program's; ARGUMENT is its name.
static void reuses_numbers(void)
{
    int file = 0;

    closefrom(3);
    for (int i = 0; i < FILES && file >= 0; i++)
        file = open(argument, O_RDWR | O_CREAT | O_APPEND, 0600);
    for (int i = 3; i < 10; i++) // for the races
        close(i);
    race(touch_first);
}

static const struct {
    const char *name;
    void (*live)(void);
} ways[] = {
    { "return", ends_by_return },
    { "thread", ends_in_a_thread },
    { "pthread_exit", ends_by_pthread_exit },
    { "abort", ends_by_abort },
    { "_exit", ends_by_underscore_exit },
    { "quick_exit", ends_by_quick_exit },
    { "signal", ends_by_signal },
    { "exec", becomes_itself },
    { "second", second },
    { "child", child_races },
    { "both", both_race },
    { "children", has_no_other_child },
    { "daemon", is_a_daemon },
    { "setuid", drops_root },
    { "chroot", changes_root },
    { "chdir", changes_folder },
    { "closes_all", closes_all },
    { "closes_standard", closes_standard },
    { "closes_between", closes_between },
    { "closes_after", closes_after },
    { "reuses_numbers", reuses_numbers },
};

int main(int argc, char **argv)
{
    self = argv[0];
    argument = argc > 2 ? argv[2] : NULL;
    for (size_t i = 0; argc > 1 && i < sizeof ways / sizeof *ways; i++) {
        if (strcmp(ways[i].name, argv[1]) == 0) {
            ways[i].live();
            printf("done\n");
            return 0;
        }
    }
    return 3;
}
