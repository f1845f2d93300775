/* Limits set by the program itself: stack, descriptors, locked memory, file size; what fails natively fails, nothing else. */
#include "torture.h"
#include <sys/resource.h>

static void *work(void *arg)
{
    uint64_t memory[64] = { 0 };

    return (void *)churn(memory, 64, 3);
}

static void threads(const char *what)
{
    pthread_t t;
    void *h = NULL;
    int err = pthread_create(&t, NULL, work, NULL);

    if (!err)
        pthread_join(t, &h);
    say("%s: %s %p\n", what, strerror(err), h);
}

int main(void)
{
    struct rlimit l = { 4 << 20, 4 << 20 }, back;

    setrlimit(RLIMIT_STACK, &l);
    threads("stack");
    l = (struct rlimit){ 20, 20 };
    setrlimit(RLIMIT_NOFILE, &l);
    threads("descriptors");
    l = (struct rlimit){ 3ul << 20, 3ul << 20 };
    say("memlock %d\n", setrlimit(RLIMIT_MEMLOCK, &l));
    getrlimit(RLIMIT_MEMLOCK, &back);
    say("limit %lu %lu\n", (unsigned long)back.rlim_cur, (unsigned long)back.rlim_max);
    l = (struct rlimit){ 0, 0 };
    setrlimit(RLIMIT_FSIZE, &l);
    threads("file size");
    return 0;
}
