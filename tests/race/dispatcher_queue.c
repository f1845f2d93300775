// States fanned out to three workers through one dispatcher's queue (mutex and condition variable).
// expect: none
#include "race.h"

struct state {
    struct state *next;
    int number;
    long result;
};

static struct state *head, *done;
static int closed;
static pthread_mutex_t queue_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t queue_ready = PTHREAD_COND_INITIALIZER;

NOINLINE static struct state *queue_take(void)
{
    struct state *state;

    pthread_mutex_lock(&queue_lock);
    while (!head && !closed)
        pthread_cond_wait(&queue_ready, &queue_lock);
    state = head;
    if (state)
        head = state->next;
    pthread_mutex_unlock(&queue_lock);
    return state;
}

static void *work(void *arg)
{
    struct state *state;

    while ((state = queue_take())) {
        state->result = state->number * 2L;
        pthread_mutex_lock(&queue_lock);
        state->next = done;
        done = state;
        pthread_mutex_unlock(&queue_lock);
    }
    return arg;
}

static void dispatch(int number)
{
    struct state *state = malloc(sizeof *state);

    state->number = number;
    pthread_mutex_lock(&queue_lock);
    state->next = head;
    head = state;
    pthread_cond_signal(&queue_ready);
    pthread_mutex_unlock(&queue_lock);
}

int main(void)
{
    pthread_t workers[3];
    long total = 0;

    for (int i = 0; i < 3; i++)
        workers[i] = race_start(work, NULL);
    for (int i = 0; i < 200; i++)
        dispatch(i);
    pthread_mutex_lock(&queue_lock);
    closed = 1;
    pthread_cond_broadcast(&queue_ready);
    pthread_mutex_unlock(&queue_lock);
    for (int i = 0; i < 3; i++)
        pthread_join(workers[i], NULL);
    while (done) {
        struct state *state = done;

        done = state->next;
        total += state->result;
        free(state);
    }
    return total == 199 * 200 ? 0 : 1;
}
