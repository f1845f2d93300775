/*
 * Random traces through our cells and through the naive model; the verdict of each access must agree.
 *
 * SHADOW_SEED gives the seed, SHADOW_EVENTS the number of events. A race makes both forget its granules. Objects:
 * mutexes, rwlocks, barriers, semaphores, atomics, each with the model's clocks beside it.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "model.h"
#include "shadow/limits.h"
#include "shadow/thread.h"

#define ACTORS 12
#define MUTEXES 4
#define RWLOCKS 2
#define BYTES 64 /* so few that threads meet */
#define FAR 96   /* from here on: long ranges, in two tracts of their own */

enum {
    OBJ_MUTEX = 0,
    OBJ_RW = 8,
    OBJ_RW_READERS = 16,
    OBJ_BARRIER = 24,
    OBJ_BARRIER_ALL,
    OBJ_SEM,
    OBJ_WORD
};

static struct naive naive;
static uint64_t state;

static struct world {
    struct actor actor[ACTORS];
    unsigned name[ACTORS]; /* the model's thread number */
    bool live[ACTORS];
    unsigned names;
    int holder[MUTEXES];       /* actor or -1 */
    int writer[RWLOCKS];       /* actor or -1 */
    uint32_t readers[RWLOCKS]; /* bit set of actors */
    unsigned block;            /* bytes allocated */
    unsigned races, cold, strips, events;
    bool slots_differ; /* slot reuse and resets may lose races */
    uint32_t careless; /* one access in so many ignores the locks; 1: all do */
} w;

static uint32_t rnd(uint32_t n)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)((state >> 20) % n);
}

static uint8_t *memory(unsigned byte)
{
    if (byte >= FAR)
        return model_memory + 7168 - 200 + (byte - FAR);
    return model_memory + 5120 - 32 + byte; /* two tracts, and the block in the second */
}

static uintptr_t object(unsigned n)
{
    return (uintptr_t)model_memory + 65536 + n * 64;
}

/* Both forget the granules of [byte, byte + size). */
static void forget(unsigned byte, unsigned size)
{
    unsigned lo = byte & ~3u, hi = (byte + size + 3) & ~3u;

    naive_forget(&naive, lo, hi - lo);
    for (unsigned i = 0; i < ACTORS; i++)
        if (w.live[i])
            shadow_clear(w.actor[i].t, (uintptr_t)memory(lo), hi - lo);
}

static void verdict(unsigned i, unsigned byte, unsigned size, bool expected, uint64_t before,
                    bool cold)
{
    bool got = model_races(&w.actor[i]) != before;

    w.cold += cold;
    if (expected != got && !(expected && w.slots_differ)) {
        fprintf(stderr, "event %u: actor %u byte %u size %u: model %d, cells %d\n", w.events, i,
                byte, size, expected, got);
        cr_assert_fail("cells and model disagree");
    }
    w.races += got;
    if (expected || got)
        forget(byte, size);
}

/* A careful thread: 16 bytes belong to each mutex. */
static bool may_touch(unsigned i, unsigned byte, unsigned size)
{
    if (rnd(w.careless) == 0)
        return true;
    for (unsigned b = byte; b < byte + size; b++)
        if (w.holder[b / 16 % MUTEXES] != (int)i)
            return false;
    return true;
}

/* In one of three ways. */
static void act(unsigned i, unsigned byte, unsigned size, bool write, uintptr_t pc)
{
    struct base_where at = { .pc = pc, .sp = 0x100 };
    uint64_t before = model_races(&w.actor[i]);
    bool expected = naive_access(&naive, w.name[i], byte, size, write), cold = true;

    if (rnd(2) && model_strip(&w.actor[i], (uintptr_t)memory(byte), size, write, pc))
        w.strips++;
    else if (rnd(8))
        cold = model_access(&w.actor[i], (uintptr_t)memory(byte), size, write, pc);
    else
        shadow_range(w.actor[i].t, (uintptr_t)memory(byte), size, write, &at);
    verdict(i, byte, size, expected, before, cold);
}

/* Any range of the far bytes, which belong to the first mutex; some in whole words. */
static void access_far(unsigned i)
{
    unsigned byte = FAR + rnd(NAIVE_BYTES - FAR), size = 1 + rnd(NAIVE_BYTES - byte);
    bool write = rnd(2) == 0;

    if (rnd(2))
        byte &= ~7u, size = (size + 7) & ~7u;
    if (w.holder[0] != (int)i && rnd(w.careless))
        return;
    act(i, byte, size, write, 0x300 + i);
}

static void access_memory(unsigned i)
{
    static const unsigned sizes[] = { 1, 1, 2, 2, 4, 4, 4, 4, 8, 8, 8, 16, 16, 32 };
    unsigned size = sizes[rnd(14)], byte = rnd(BYTES - 32);
    bool write = rnd(3) == 0;

    if (rnd(16) == 0) {
        access_far(i);
        return;
    }
    if (rnd(4))
        byte &= ~(size - 1);
    if (rnd(64) == 0)
        size = 1 + rnd(48), byte = rnd(BYTES - 48);
    if (!may_touch(i, byte, size))
        return;
    act(i, byte, size, write, 0x100 + i);
}

static void mutex(unsigned i)
{
    unsigned m = rnd(MUTEXES);
    struct shadow_thread *t = w.actor[i].t;

    if (w.holder[m] == -1) {
        w.holder[m] = (int)i;
        shadow_mutex_lock(t, object(OBJ_MUTEX + m), 0, NULL);
        naive_acquire(&naive, w.name[i], OBJ_MUTEX + m);
    } else if (w.holder[m] == (int)i) {
        w.holder[m] = -1;
        shadow_mutex_unlock(t, object(OBJ_MUTEX + m));
        naive.object[OBJ_MUTEX + m] = (struct naive_clock){ { 0 } };
        naive_release(&naive, w.name[i], OBJ_MUTEX + m);
    }
}

static void rwlock(unsigned i)
{
    unsigned l = rnd(RWLOCKS);
    struct shadow_thread *t = w.actor[i].t;

    if (w.writer[l] == (int)i) {
        w.writer[l] = -1;
        shadow_rwlock_unlock(t, object(OBJ_RW + l));
        naive_release(&naive, w.name[i], OBJ_RW + l);
    } else if (w.readers[l] >> i & 1) {
        w.readers[l] &= ~(1u << i);
        shadow_rwlock_unlock(t, object(OBJ_RW + l));
        naive_release(&naive, w.name[i], OBJ_RW_READERS + l);
    } else if (w.writer[l] == -1 && rnd(2)) {
        w.readers[l] |= 1u << i;
        shadow_rwlock_lock(t, object(OBJ_RW + l), SHADOW_LOCK_SHARED, NULL);
        naive_acquire(&naive, w.name[i], OBJ_RW + l);
    } else if (w.writer[l] == -1 && !w.readers[l]) {
        w.writer[l] = (int)i;
        shadow_rwlock_lock(t, object(OBJ_RW + l), 0, NULL);
        naive_acquire(&naive, w.name[i], OBJ_RW + l);
        naive_acquire(&naive, w.name[i], OBJ_RW_READERS + l);
    }
}

/* A whole round of all live threads; one in two enters the next round before the last has left this one. */
static void barrier(void)
{
    uintptr_t b = object(OBJ_BARRIER);
    unsigned order[ACTORS], n = 0;

    for (unsigned i = 0; i < ACTORS; i++)
        if (w.live[i])
            order[n++] = i;
    shadow_barrier_init(b, n);
    for (unsigned round = 0; round < 2; round++) {
        struct naive_clock all = { { 0 } };

        for (unsigned k = 0; k < n; k++) {
            shadow_barrier_enter(w.actor[order[k]].t, b);
            naive_join(&all, &naive.thread[w.name[order[k]]]);
            naive.thread[w.name[order[k]]].at[w.name[order[k]]]++;
        }
        for (unsigned k = 0; k < n; k++) {
            shadow_barrier_leave(w.actor[order[k]].t, b);
            naive_join(&naive.thread[w.name[order[k]]], &all);
            if (round == 0 && k + 1 < n)
                access_memory(order[k]);
        }
    }
    shadow_barrier_destroy(b);
}

static void semaphore(unsigned i)
{
    if (rnd(2)) {
        shadow_sem_post(w.actor[i].t, object(OBJ_SEM));
        naive_release(&naive, w.name[i], OBJ_SEM);
    } else {
        shadow_sem_wait(w.actor[i].t, object(OBJ_SEM));
        naive_acquire(&naive, w.name[i], OBJ_SEM);
    }
}

/* The pending acquire is carried out at the thread's next call: here at once, by an access elsewhere. */
static void atomic_word(unsigned i)
{
    unsigned op = rnd(5), o = OBJ_WORD + rnd(2);
    struct shadow_thread *t = w.actor[i].t;
    struct base_where at = { .pc = 0x500 };
    uintptr_t x = object(o);

    if (op >= 3 && !naive.object[o].at[63])
        return; /* plain, and no atomic was there yet: who has it in the plane will acquire more than it must */
    if (op == 0)
        shadow_atomic(t, x, 4, SHADOW_ATOMIC_LOAD, &at);
    else if (op == 1)
        shadow_atomic(t, x, 4, SHADOW_ATOMIC_STORE, &at);
    else if (op == 2)
        shadow_atomic(t, x, 4, SHADOW_ATOMIC_RMW, &at);
    else
        model_access(&w.actor[i], x, 4, op == 3 ? 0 : SHADOW_WRITE, 0x600);
    if (op == 0 || op == 2 || op == 3)
        naive_acquire(&naive, w.name[i], o);
    if (op == 1 || op == 2 || op == 4)
        naive_release(&naive, w.name[i], o);
    if (op < 3)
        naive.object[o].at[63] = 1; /* no thread has this name: says that the word is a sync word */
    shadow_sync_forget(0);
    shadow_acquire(t, object(63));
}

static void heap(unsigned i)
{
    const unsigned at = BYTES, size = w.block ? w.block : 1 + rnd(24);
    struct base_where here = { .pc = 0x700 + i };
    uint64_t before = model_races(&w.actor[i]);

    if (w.block) {
        bool expected;

        if (!may_touch(i, 0, 4))
            return;
        expected = naive_access(&naive, w.name[i], at, size, true);
        shadow_heap_free(w.actor[i].t, (uintptr_t)memory(at), &here);
        verdict(i, at, size, expected, before, true);
    } else {
        naive_forget(&naive, at, (size + 3) & ~3u);
        naive_access(&naive, w.name[i], at, size & ~3u,
                     true); /* what a granule has in part is only forgotten */
        shadow_heap_alloc(w.actor[i].t, (uintptr_t)memory(at), size, &here);
    }
    w.block = w.block ? 0 : size;
}

static void use_block(unsigned i)
{
    unsigned size = 1u << rnd(4), byte = BYTES + (rnd(24) & ~(size - 1));
    bool write = rnd(3) == 0;

    if (!w.block || byte + size > BYTES + w.block || !may_touch(i, 0, 4))
        return;
    act(i, byte, size, write, 0x200 + i);
}

static void spawn(unsigned parent, unsigned child)
{
    if (w.names >= NAIVE_THREADS - 1)
        return;
    w.name[child] = w.names++;
    model_spawn(&w.actor[parent], &w.actor[child]);
    w.live[child] = true;
    naive_join(&naive.thread[w.name[child]], &naive.thread[w.name[parent]]);
    naive.thread[w.name[parent]].at[w.name[parent]]++;
}

static void join(unsigned i, unsigned child)
{
    for (unsigned m = 0; m < MUTEXES; m++)
        if (w.holder[m] == (int)child)
            return;
    for (unsigned l = 0; l < RWLOCKS; l++)
        if (w.writer[l] == (int)child || w.readers[l] >> child & 1)
            return;
    model_join(&w.actor[i], &w.actor[child]);
    w.live[child] = false;
    naive_join(&naive.thread[w.name[i]], &naive.thread[w.name[child]]);
}

static void life(unsigned i)
{
    unsigned other = 1 + rnd(ACTORS - 1);

    if (other == i)
        return;
    if (w.live[other])
        join(i, other);
    else
        spawn(i, other);
}

static void event(unsigned actors)
{
    unsigned i = rnd(actors), what = rnd(200);
    int holder = w.holder[rnd(MUTEXES)];

    w.events++;
    while (!w.live[i])
        i = rnd(actors);
    if (w.careless > 1 && holder >= 0 && rnd(2))
        i = (unsigned)holder;
    if (what < 120)
        access_memory(i);
    else if (what < 140)
        use_block(i);
    else if (what < 165)
        mutex(i);
    else if (what < 177)
        rwlock(i);
    else if (what < 183)
        semaphore(i);
    else if (what < 191)
        atomic_word(i);
    else if (what < 196)
        heap(i);
    else if (what < 198)
        life(i);
    else if (what == 199 && rnd(8) == 0)
        barrier();
}

/* A fresh history for both; actor 0 goes on. */
static void trace(unsigned length)
{
    struct actor first = w.actor[0];
    unsigned cold = w.cold, races = w.races, strips = w.strips, events = w.events,
             actors = 2 + rnd(ACTORS - 1);
    bool differ = w.slots_differ;

    memset(&w, 0, sizeof(w));
    w.cold = cold, w.races = races, w.strips = strips, w.events = events, w.slots_differ = differ;
    naive_init(&naive);
    w.careless = 1u << (2 * rnd(6));
    w.actor[0] = first;
    w.live[0] = true;
    w.names = 1;
    for (unsigned m = 0; m < MUTEXES; m++)
        w.holder[m] = -1;
    for (unsigned l = 0; l < RWLOCKS; l++)
        w.writer[l] = -1;
    for (unsigned o = 0; o < 64; o++)
        shadow_clear(w.actor[0].t, object(o), 64);
    shadow_clear(w.actor[0].t, (uintptr_t)memory(0), 4096);
    for (unsigned i = 1; i < actors; i++)
        spawn(0, i);
    for (unsigned n = 0; n < length; n++)
        event(actors > 2 ? actors : 2);
    for (unsigned i = 1; i < ACTORS; i++)
        if (w.live[i])
            model_join(&w.actor[0], &w.actor[i]);
}

static void run(enum shadow_form form, unsigned events, unsigned length)
{
    const char *seed = getenv("SHADOW_SEED"), *many = getenv("SHADOW_EVENTS");

    state = seed ? strtoull(seed, NULL, 0) : (uint64_t)time(NULL) * 2654435761u + events;
    state |= 1;
    events = many ? (unsigned)strtoul(many, NULL, 0) : events;
    fprintf(stderr, "SHADOW_SEED=%llu\n", (unsigned long long)state);
    model_start(&w.actor[0], form);
    while (w.events < events)
        trace(length);
    fprintf(stderr, "%u events, %u races, %u cold\n", w.events, w.races, w.cold);
    cr_assert(w.races > 10 && w.strips > 10);
}

Test(model, agrees)
{
    run(SHADOW_FORM_GS, 4000000, 400);
}

Test(model, agrees_long_xor)
{
    run(SHADOW_FORM_XOR, 2000000, 5000);
}

Test(model, agrees_where_tracts_change_hands)
{
    shadow_limits.eager = true;
    run(SHADOW_FORM_GS, 2000000, 400);
}

Test(model, agrees_where_tracts_change_hands_xor)
{
    shadow_limits.eager = true;
    run(SHADOW_FORM_XOR, 1000000, 5000);
}

Test(model, agrees_without_tracts)
{
    shadow_limits.no_tracts = true;
    run(SHADOW_FORM_GS, 1000000, 400);
}

Test(model, few_tags_and_clocks_where_tracts_change_hands)
{
    shadow_limits.eager = true;
    shadow_limits.tags = 300;
    shadow_limits.clocks = 200;
    w.slots_differ = true;
    run(SHADOW_FORM_GS, 500000, 400);
}

Test(model, few_tags_where_tracts_change_hands)
{
    shadow_limits.eager = true;
    shadow_limits.tags = 300;
    run(SHADOW_FORM_GS, 500000, 400);
}

Test(model, agrees_without_tier2)
{
    shadow_limits.no_tier2 = true;
    run(SHADOW_FORM_GS, 1000000, 400);
}

Test(model, agrees_on_common_plane)
{
    shadow_limits.planes = 3;
    run(SHADOW_FORM_GS, 1000000, 400);
}

Test(model, agrees_on_memfd)
{
    shadow_limits.memfd = true;
    run(SHADOW_FORM_GS, 300000, 400);
}

Test(model, few_tags)
{
    shadow_limits.tags = 300;
    shadow_limits.planes = 3;
    w.slots_differ = true;
    run(SHADOW_FORM_GS, 300000, 400);
}

/* What is lost must never become an alarm. */
Test(model, few_slots_and_clocks)
{
    shadow_limits.slots = 5;
    shadow_limits.clocks = 200;
    w.slots_differ = true;
    run(SHADOW_FORM_GS, 500000, 400);
}

Test(model, slots_reused)
{
    shadow_limits.slots = 14;
    w.slots_differ = true;
    run(SHADOW_FORM_GS, 1000000, 1000);
}

Test(model, few_records)
{
    shadow_limits.records = 6;
    w.slots_differ = true;
    run(SHADOW_FORM_GS, 500000, 400);
}
