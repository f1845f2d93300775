// Children by posix_spawn, vfork with exec, system and popen, while threads run.
// expect: none
#include "race.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long total;
static char *const words[] = { "true", NULL };
static char *environment[] = { NULL };

static void *work(void *arg)
{
    for (int i = 0; i < 500; i++) {
        pthread_mutex_lock(&lock);
        total++;
        pthread_mutex_unlock(&lock);
    }
    return arg;
}

static void *start_children(void *arg)
{
    int status;
    pid_t pid;
    char line[16] = "";

    MUST(posix_spawnp(&pid, "true", NULL, NULL, words, environment) == 0);
    MUST(waitpid(pid, &status, 0) == pid && status == 0);
    pid = vfork();
    if (pid == 0) {
        execvp("true", words);
        _exit(127);
    }
    MUST(waitpid(pid, &status, 0) == pid && status == 0);
    MUST(system("true") == 0);
    FILE *pipe = popen("echo word", "r");
    MUST(pipe && fgets(line, sizeof line, pipe) && !strcmp(line, "word\n") && pclose(pipe) == 0);
    return arg;
}

int main(void)
{
    race_two(work, start_children, NULL);
    return total == 500 ? 0 : 1;
}
