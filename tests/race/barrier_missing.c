// The second barrier of the round was forgotten: the next round's write meets this round's read.
// expect: data-race var=cell in=write_cell,read_cell location=global
#include "race.h"

static pthread_barrier_t round_end;
static long cell;

NOINLINE static void write_cell(long value)
{
    cell = value;
}

NOINLINE static long read_cell(void)
{
    return cell;
}

static void *writer(void *arg)
{
    write_cell(1);
    pthread_barrier_wait(&round_end);
    unseen_until(1);
    write_cell(2);
    return arg;
}

static void *reader(void *arg)
{
    pthread_barrier_wait(&round_end);
    MUST(read_cell() == 1);
    unseen_step();
    return arg;
}

int main(void)
{
    pthread_barrier_init(&round_end, NULL, 2);
    race_two(writer, reader, NULL);
    pthread_barrier_destroy(&round_end);
    return 0;
}
