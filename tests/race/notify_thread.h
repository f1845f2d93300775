// What notify_thread.c and its racy twin share.
#include "race.h"

#include <fcntl.h>
#include <mqueue.h>
#include <semaphore.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

static struct {
    int given, seen;
} timed, queued;

static sem_t done;

NOINLINE static void on_timer(union sigval value)
{
    timed.seen = timed.given + value.sival_int;
    sem_post(&done);
    unseen_step();
}

NOINLINE static void on_message(union sigval value)
{
    *(int *)value.sival_ptr = queued.given + 1;
    sem_post(&done);
    unseen_step();
}

static void ask_timer(void)
{
    struct sigevent event = { .sigev_notify = SIGEV_THREAD, .sigev_notify_function = on_timer };
    struct itimerspec spec = { .it_value = { 0, 1000000 } };
    timer_t timer;

    event.sigev_value.sival_int = 1;
    MUST(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
    timed.given = 40;
    MUST(timer_settime(timer, 0, &spec, NULL) == 0);
}

static void ask_queue(void)
{
    struct sigevent event = { .sigev_notify = SIGEV_THREAD, .sigev_notify_function = on_message };
    struct mq_attr attr = { .mq_maxmsg = 1, .mq_msgsize = 8 };
    char name[64];
    mqd_t queue;

    snprintf(name, sizeof(name), "/notify_thread-%d", (int)getpid());
    queue = mq_open(name, O_CREAT | O_RDWR, 0600, &attr);
    MUST(queue != (mqd_t)-1 && mq_unlink(name) == 0);
    event.sigev_value.sival_ptr = &queued.seen;
    queued.given = 40;
    MUST(mq_notify(queue, &event) == 0);
    MUST(mq_send(queue, "x", 1, 0) == 0);
}

static void notify_all(void)
{
    MUST(sem_init(&done, 0, 0) == 0);
    unseen_open();
    ask_timer();
    ask_queue();
}
