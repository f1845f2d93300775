/* Closes every descriptor, opens others in their place and finds in them what it wrote, and nothing else. */
#include "torture.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

static uint64_t memory[64];

static void *work(void *arg)
{
    return (void *)churn(memory, 64, 3);
}

int main(void)
{
    int out = dup(1), fd[40];
    pthread_t t;
    void *h;

    dup2(out, 200);
    for (int i = 0; i < 4096; i++)
        if (i != 200)
            close(i);
    for (int i = 0; i < 40; i++) {
        fd[i] = memfd_create("torture", 0);
        if (write(fd[i], "same", 4) != 4)
            _exit(80);
    }
    pthread_create(&t, NULL, work, NULL);
    pthread_join(t, &h);
    if (fork() == 0)
        _exit(3);
    wait(NULL);
    dup2(200, 1);
    for (int i = 0; i < 40; i++) {
        struct stat st;
        char text[8] = "";

        if (fd[i] == 1)
            continue;
        fstat(fd[i], &st);
        if (pread(fd[i], text, 4, 0) != 4 || strcmp(text, "same") || st.st_size != 4 || fd[i] > 41)
            say("descriptor %d: %ld bytes %s\n", fd[i], (long)st.st_size, text);
    }
    say("%p\n", h);
    return 0;
}
