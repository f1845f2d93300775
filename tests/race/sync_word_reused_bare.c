// The same, but the pointer is read without the mutex.
// expect: data-race in=check,writer
#include "sync_word_reused.h"

NOINLINE static void *reader(void *arg)
{
    unseen_until(1);
    check();
    return arg;
}

int main(void)
{
    race_two(count, count, NULL);
    race_two(writer, reader, NULL);
    return 0;
}
