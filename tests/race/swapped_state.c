// Immutable states: a writer makes a new one and swaps the pointer under a lock; readers take the
// pointer under the lock and read outside it. Old ones are freed at the end.
// expect: none
#include "race.h"

struct state {
    struct state *older;
    long version;
    long twice;
};

static struct state *current;
static pthread_mutex_t current_lock = PTHREAD_MUTEX_INITIALIZER;

static struct state *state_take(void)
{
    pthread_mutex_lock(&current_lock);
    struct state *state = current;
    pthread_mutex_unlock(&current_lock);
    return state;
}

static void state_swap(long version)
{
    struct state *state = malloc(sizeof *state);

    state->version = version;
    state->twice = version * 2;
    pthread_mutex_lock(&current_lock);
    state->older = current;
    current = state;
    pthread_mutex_unlock(&current_lock);
}

static void *writer(void *arg)
{
    for (long i = 1; i < 300; i++)
        state_swap(i);
    return arg;
}

static void *reader(void *arg)
{
    for (int i = 0; i < 300; i++) {
        struct state *state = state_take();

        MUST(state->twice == state->version * 2);
    }
    return arg;
}

int main(void)
{
    state_swap(0);
    race_two(writer, reader, NULL);
    while (current) {
        struct state *older = current->older;

        free(current);
        current = older;
    }
    return 0;
}
