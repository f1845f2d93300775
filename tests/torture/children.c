/* fork, vfork, posix_spawn, system, popen, exec of itself, fork in threads, fork in a signal handler's neighbourhood. */
#include "torture.h"
#include <spawn.h>
#include <sys/syscall.h>

extern char **environ;
static char *self;

static void shown(const char *command)
{
    FILE *f = popen(command, "r");
    char line[200] = "";

    while (f && fgets(line, sizeof(line), f))
        say("popen: %s", line);
    report_status("pclose", f ? pclose(f) : -1);
}

static void vforked(const char *path, const char *arg)
{
    int status = 0;
    pid_t pid = vfork();

    if (pid == 0) {
        execl(path, path, arg, (char *)NULL);
        _exit(33);
    }
    waitpid(pid, &status, 0);
    report_status("vfork", status);
}

static void spawned(char *arg)
{
    char *args[] = { self, arg, NULL };
    posix_spawnattr_t attr;
    sigset_t all;
    pid_t pid;
    int status = 0, err;

    sigfillset(&all);
    posix_spawnattr_init(&attr);
    posix_spawnattr_setsigdefault(&attr, &all);
    posix_spawnattr_setsigmask(&attr, &all);
    posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    err = posix_spawn(&pid, self, NULL, &attr, args, environ);
    if (!err)
        waitpid(pid, &status, 0);
    report_status(err ? strerror(err) : "spawn", status);
}

static void *forker(void *arg)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    uint64_t *memory = calloc(64, 8);
    long bad = 0;

    for (int i = 0; i < 10; i++) {
        int status = 0;
        pid_t pid = fork();

        if (pid == 0) {
            churn(memory, 64, 2);
            free(malloc(1000));
            _exit(40 + i);
        }
        pthread_mutex_lock(&lock);
        churn(memory, 64, 2);
        pthread_mutex_unlock(&lock);
        waitpid(pid, &status, 0);
        bad += status != (40 + i) << 8;
    }
    free(memory);
    return (void *)bad;
}

static void tock(int sig, siginfo_t *info, void *context) {}

int main(int argc, char **argv)
{
    pthread_t t[4];
    uint64_t memory[64] = { 0 };

    self = argv[0];
    if (argc > 1) {
        sigset_t now;

        sigprocmask(SIG_BLOCK, NULL, &now);
        say("%s: segv blocked %d stkflt %d churn %llx\n", argv[1], sigismember(&now, SIGSEGV),
            sigismember(&now, SIGSTKFLT), (unsigned long long)churn(memory, 64, 4));
        if (strcmp(argv[1], "thrice") == 0)
            execl(self, self, "twice", (char *)NULL);
        if (strcmp(argv[1], "twice") == 0)
            execl(self, self, "once", (char *)NULL);
        return 12;
    }
    shown("echo one; echo two; exit 4");
    report_status("system", system("exit 9"));
    report_status("system signal", system("kill -TERM $$"));
    vforked(self, "vforked");
    vforked("/nonexistent", "x");
    spawned("spawned");
    on_signal(SIGALRM, tock, SA_RESTART);
    tick(ITIMER_REAL, 1500);
    for (int i = 0; i < 4; i++)
        pthread_create(&t[i], NULL, forker, NULL);
    for (int i = 0; i < 4; i++) {
        void *bad;

        pthread_join(t[i], &bad);
        say("forks gone wrong: %ld\n", (long)bad);
    }
    tick(ITIMER_REAL, 0);
    IN_CHILD(
        "raw fork", if (syscall(SYS_fork) == 0) {
            say("%llx\n", (unsigned long long)churn(memory, 64, 2));
            _exit(1);
        } wait(NULL));
    IN_CHILD("chain", execl(self, self, "thrice", (char *)NULL));
    return 0;
}
