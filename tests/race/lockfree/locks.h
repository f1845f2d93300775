/* The body that the programs of one lock share: `lock` and `unlock` guard a plain total; racy, the total is changed once
 * more outside the lock at the end. */
#ifndef RACE_LOCKS_H
#define RACE_LOCKS_H

#include "lockfree.h"

long total;

static void lock(int self);
static void unlock(int self);

NOINLINE static void add_guarded(int self, long n)
{
    lock(self);
    total += n;
    unlock(self);
}

NOINLINE void add_bare(long n)
{
    total += n;
}

static void work(int self)
{
    for (int i = 0; i < 1000; i++)
        add_guarded(self, 1);
}

static void *first_worker(void *arg)
{
    work(0);
    IF_RACY(add_bare(0);)
    unseen_step();
    return arg;
}

static void *second_worker(void *arg)
{
    work(1);
    unseen_until(1);
    IF_RACY(add_bare(0);)
    return arg;
}

int main(void)
{
    race_two(first_worker, second_worker, NULL);
    return total == 2000 ? 0 : 1;
}

#endif
