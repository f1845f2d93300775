// memcpy of one shared buffer by two threads, under a mutex.
// expect: none
#include "race.h"

static pthread_mutex_t buffer_lock = PTHREAD_MUTEX_INITIALIZER;
static char buffer[128];
static const char *volatile text = "a text of more than sixteen bytes";

NOINLINE static void write_buffer(void)
{
    pthread_mutex_lock(&buffer_lock);
    memcpy(buffer, text, strlen(text));
    pthread_mutex_unlock(&buffer_lock);
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
