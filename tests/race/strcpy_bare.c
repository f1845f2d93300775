// strcpy of one shared buffer by two threads, without a lock.
// expect: data-race in=write_buffer,write_buffer location=global var=buffer
// allow: data-race in=write_buffer,write_buffer
#include "race.h"

static char buffer[128];
static const char *volatile text = "a text of more than sixteen bytes";

NOINLINE static void write_buffer(void)
{
    strcpy(buffer, text);
    __asm__ volatile("" ::: "memory");
}

static void *early(void *arg)
{
    write_buffer();
    unseen_step();
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    write_buffer();
    return arg;
}

int main(void)
{
    race_two(early, late, NULL);
    return 0;
}
