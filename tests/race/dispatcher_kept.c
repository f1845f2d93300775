// The dispatcher hands a state to the worker and goes on writing into it.
// expect: data-race field=number in=dispatch,work location=heap
#include "race.h"

struct state {
    int number;
    long result;
};

static struct state *queued;
static pthread_mutex_t queue_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t queue_ready = PTHREAD_COND_INITIALIZER;

NOINLINE static void *work(void *arg)
{
    struct state *state;

    pthread_mutex_lock(&queue_lock);
    while (!queued)
        pthread_cond_wait(&queue_ready, &queue_lock);
    state = queued;
    pthread_mutex_unlock(&queue_lock);
    unseen_until(1);
    state->result = state->number;
    return arg;
}

NOINLINE static void dispatch(struct state *state)
{
    pthread_mutex_lock(&queue_lock);
    queued = state;
    pthread_cond_signal(&queue_ready);
    pthread_mutex_unlock(&queue_lock);
    state->number = 7;
}

static void *send(void *arg)
{
    dispatch(arg);
    unseen_step();
    return arg;
}

int main(void)
{
    struct state *state = calloc(1, sizeof *state);

    race_two(send, work, state);
    MUST(state->result == 7);
    free(state);
    return 0;
}
