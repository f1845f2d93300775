// A request object goes back to its free list and is given to the next request, while a logger still
// reads the headers of the last one.
// expect: data-race in=set_header,log_request location=heap
#include "race.h"

struct header {
    long name;
    long value;
};

struct request {
    struct request *next;
    struct header headers[4];
    int count;
};

static struct request *free_list;
static pthread_mutex_t free_lock = PTHREAD_MUTEX_INITIALIZER;

NOINLINE static struct request *request_get(void)
{
    struct request *request;

    pthread_mutex_lock(&free_lock);
    request = free_list;
    free_list = request->next;
    pthread_mutex_unlock(&free_lock);
    return request;
}

NOINLINE static void request_put(struct request *request)
{
    pthread_mutex_lock(&free_lock);
    request->next = free_list;
    free_list = request;
    pthread_mutex_unlock(&free_lock);
}

NOINLINE static void set_header(struct request *request, int slot, long value)
{
    request->headers[slot].value = value;
}

NOINLINE static long log_request(struct request *request)
{
    return request->headers[1].value;
}

static void *serve_first(void *arg)
{
    struct request *request = request_get();

    set_header(request, 1, 10);
    request_put(request);
    unseen_step();
    unseen_until(2);
    MUST(log_request(request) == 20);
    return arg;
}

static void *serve_second(void *arg)
{
    unseen_until(1);
    struct request *request = request_get();

    set_header(request, 1, 20);
    unseen_step();
    return arg;
}

int main(void)
{
    free_list = calloc(1, sizeof *free_list);
    struct request *request = free_list;

    race_two(serve_first, serve_second, NULL);
    free(request);
    return 0;
}
