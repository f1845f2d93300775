// Functions that libc calls on threads of its own, for a timer and for a queue: what stood before the timer was set or the
// queue asked is theirs; what they did is main's once it has waited for them.
// expect: none
#include "notify_thread.h"

int main(void)
{
    notify_all();
    MUST(sem_wait(&done) == 0);
    MUST(sem_wait(&done) == 0);
    printf("%d %d\n", timed.seen, queued.seen);
    return 0;
}
