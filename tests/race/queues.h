/* Messages and semaphores of the kernel, locks of streams, asynchronous input and output. See handover.h. */
#define _GNU_SOURCE
#include <aio.h>
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <semaphore.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <unistd.h>

#include "handover.h"

static mqd_t queue, again;
static int messages, semaphores, zero;
static sem_t *named, *shared;
static struct aiocb control;
int flag; /* under the lock of a stream; a static one may be moved across calls that are declared `leaf` */

struct message {
    long type;
    char text[4];
};

static void send_message(void)
{
    struct message m = { 1, "abc" };

    MUST(msgsnd(messages, &m, sizeof(m.text), 0) == 0);
}

static void receive_message(void)
{
    struct message m;

    MUST(msgrcv(messages, &m, sizeof(m.text), 0, 0) == sizeof(m.text));
}

static void step(int id, short by)
{
    struct sembuf op = { 0, by, 0 };

    MUST(semop(id, &op, 1) == 0);
}

static void receive_posix(void)
{
    char text[64];

    MUST(mq_receive(again, text, sizeof(text), NULL) == 3);
}

static void start_writing(void)
{
    static char text[] = "text";

    control.aio_buf = text;
    control.aio_nbytes = 4;
    MUST(aio_write(&control) == 0);
#ifdef TOO_EARLY
    unseen_step();
#endif
}

static void wait_written(void)
{
    const struct aiocb *list[] = { &control };

    while (aio_error(&control) == EINPROGRESS)
        aio_suspend(list, 1, NULL);
}

static void set_flag(void)
{
    flockfile(stderr);
    flag = 1;
    funlockfile(stderr);
}

static void wait_flag(void)
{
    for (int seen = 0; !seen;) {
        flockfile(stderr);
        seen = flag;
        funlockfile(stderr);
    }
}

HANDOVER(posix, MUST(mq_send(queue, "abc", 3, 0) == 0), receive_posix())
HANDOVER(sysv, send_message(), receive_message())
HANDOVER(semop, step(semaphores, 1), step(semaphores, -1))
HANDOVER(zero, step(zero, -1), step(zero, 0))
HANDOVER(named, MUST(sem_post(named) == 0), MUST(sem_wait(named) == 0))
HANDOVER(shared, MUST(sem_post(shared) == 0), MUST(sem_wait(shared) == 0))
HANDOVER(stream, set_flag(), wait_flag())

/* The request must be there before its state is asked for. */
static long payload_aio;
NOINLINE static void *early_aio(void *arg)
{
#ifdef TOO_EARLY
    start_writing();
    payload_aio = 41;
    unseen_step();
#else
    payload_aio = 41;
    start_writing();
    unseen_step();
#endif
    return arg;
}

NOINLINE static void *late_aio(void *arg)
{
    unseen_until(unseen_steps + 1);
    wait_written();
#ifdef TOO_EARLY
    unseen_until(unseen_steps + 2);
    unseen_steps++;
#endif
    payload_aio++;
    return arg;
}

int main(void)
{
    struct mq_attr attributes = { .mq_maxmsg = 4, .mq_msgsize = 64 };
    char name[64], file[] = "/tmp/race-queues-XXXXXX";

    unseen_open();
    snprintf(name, sizeof(name), "/race-queues-%ld", (long)getpid());
    queue = mq_open(name, O_CREAT | O_EXCL | O_RDWR, 0600, &attributes);
    again = mq_open(name, O_RDWR);
    MUST(queue != (mqd_t)-1 && again != (mqd_t)-1 && mq_unlink(name) == 0);
    messages = msgget(IPC_PRIVATE, 0600);
    semaphores = semget(IPC_PRIVATE, 1, 0600);
    zero = semget(IPC_PRIVATE, 1, 0600);
    MUST(messages >= 0 && semaphores >= 0 && zero >= 0 && semctl(zero, 0, SETVAL, 1) == 0);
    named = sem_open(name, O_CREAT | O_EXCL, 0600, 0);
    MUST(named != SEM_FAILED && sem_unlink(name) == 0);
    shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    MUST(shared != MAP_FAILED && sem_init(shared, 1, 0) == 0);
    control.aio_fildes = mkstemp(file);
    MUST(control.aio_fildes >= 0 && unlink(file) == 0);
    RUN(posix);
    RUN(sysv);
    RUN(semop);
    RUN(zero);
    RUN(named);
    RUN(shared);
    RUN(stream);
    RUN(aio);
    MUST(aio_return(&control) == 4);
    sem_close(named);
    msgctl(messages, IPC_RMID, NULL);
    semctl(semaphores, 0, IPC_RMID);
    semctl(zero, 0, IPC_RMID);
    return 0;
}
