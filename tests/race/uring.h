// What uring.c and its racy twin share: hand-overs through io_uring. Each hands a box on, or writes to it once more afterwards.
#include "race.h"

#include <liburing.h>
#include <unistd.h>

static struct io_uring ring;
static int to_ring[2], from_ring[2], late;
static int through_pipe, through_request, through_write;

static void handed_on(int *box)
{
    unseen_step();
    if (late)
        *box = 2;
    unseen_step();
}

/* A write(2) to the pipe that the ring reads from. */
NOINLINE static void *piper(void *arg)
{
    through_pipe = 1;
    MUST(write(to_ring[1], "x", 1) == 1);
    handed_on(&through_pipe);
    return arg;
}

/* A request that another thread sees the end of. */
NOINLINE static void *requester(void *arg)
{
    struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);

    through_request = 1;
    io_uring_prep_nop(sqe);
    MUST(io_uring_submit(&ring) == 1);
    handed_on(&through_request);
    return arg;
}

/* A write through the ring, read by another thread with read(2). */
NOINLINE static void *writer(void *arg)
{
    struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);

    through_write = 1;
    io_uring_prep_write(sqe, from_ring[1], "x", 1, 0);
    MUST(io_uring_submit(&ring) == 1);
    handed_on(&through_write);
    return arg;
}

static void reap(int result)
{
    struct io_uring_cqe *cqe;

    MUST(io_uring_wait_cqe(&ring, &cqe) == 0 && cqe->res == result);
    io_uring_cqe_seen(&ring, cqe);
}

NOINLINE static int take_from_pipe(void)
{
    reap(1);
    unseen_until(2);
    return through_pipe;
}

NOINLINE static int take_from_request(void)
{
    unseen_until(4);
    reap(0);
    return through_request;
}

NOINLINE static int take_from_write(void)
{
    char byte;

    MUST(read(from_ring[0], &byte, 1) == 1);
    unseen_until(6);
    return through_write;
}

static int each(race_body *body, int (*take)(void))
{
    pthread_t thread = race_start(body, NULL);
    int taken = take();

    MUST(pthread_join(thread, NULL) == 0);
    return taken;
}

static void hand_over(void)
{
    struct io_uring_sqe *sqe;
    char byte;

    unseen_open();
    MUST(pipe(to_ring) == 0 && pipe(from_ring) == 0);
    sqe = io_uring_get_sqe(&ring);
    io_uring_prep_read(sqe, to_ring[0], &byte, 1, 0);
    MUST(io_uring_submit(&ring) == 1);
    each(piper, take_from_pipe);
    each(requester, take_from_request);
    each(writer, take_from_write);
    reap(1);
    io_uring_queue_exit(&ring);
}
