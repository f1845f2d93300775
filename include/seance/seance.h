/*
 * seance/seance.h - what a program can tell Seance of itself. C and C++; include it and use it, there is nothing to link.
 *
 * Each macro asks whether libseance.so is in the process, and does nothing where it is not: three instructions. So they
 * may stay in what is delivered. A program that is linked statically never has it.
 */
#ifndef SEANCE_SEANCE_H
#define SEANCE_SEANCE_H

#ifdef __cplusplus
extern "C" {
#endif

/* The numbers are part of the interface between program and library; they never change. */
enum seance_what {
    SEANCE_WHAT_RUNNING,
    SEANCE_WHAT_RELEASE,
    SEANCE_WHAT_ACQUIRE,
    SEANCE_WHAT_FORGET,
    SEANCE_WHAT_LOCK_INIT,
    SEANCE_WHAT_LOCK_DESTROY,
    SEANCE_WHAT_LOCKED,
    SEANCE_WHAT_UNLOCKED,
    SEANCE_WHAT_BENIGN,
    SEANCE_WHAT_NEW_MEMORY,
    SEANCE_WHAT_IGNORE_BEGIN,
    SEANCE_WHAT_IGNORE_END,
    SEANCE_WHAT_THREAD_NAME
};

enum seance_ignored { SEANCE_READS, SEANCE_WRITES, SEANCE_SYNC };

typedef long seance_annotate_fn(int what, const volatile void *address, unsigned long n,
                                const char *text);

/* The library's entry, or a null pointer. By the global offset table, which the loader fills in every kind of program; a plain
 * weak reference in one that is not position-independent is settled when it is linked. */
static inline seance_annotate_fn *seance_entry(void)
{
#if defined(__x86_64__) && defined(__linux__) && !defined(__ILP32__)
    seance_annotate_fn *entry;

    __asm__(".weak seance_annotate\n\tmovq seance_annotate@GOTPCREL(%%rip), %0" : "=r"(entry));
    return entry;
#else
    return 0; /* there is no library for this machine yet */
#endif
}

static inline long seance_tell(int what, const volatile void *address, unsigned long n,
                               const char *text)
{
    seance_annotate_fn *entry = seance_entry();

    return entry ? entry(what, address, n, text) : 0;
}

#ifdef __cplusplus
}
#endif

/* 1 where the program is being checked. */
#define SEANCE_RUNNING() ((int)seance_tell(SEANCE_WHAT_RUNNING, 0, 0, 0))

/* What comes before SEANCE_HAPPENS_BEFORE(p) in one thread comes before what follows SEANCE_HAPPENS_AFTER(p) in another that
 * executes it later. p is any address, used as a name. */
#define SEANCE_HAPPENS_BEFORE(p) ((void)seance_tell(SEANCE_WHAT_RELEASE, (p), 0, 0))
#define SEANCE_HAPPENS_AFTER(p) ((void)seance_tell(SEANCE_WHAT_ACQUIRE, (p), 0, 0))
/* p is used anew: nothing has happened before it. */
#define SEANCE_HAPPENS_FORGET(p) ((void)seance_tell(SEANCE_WHAT_FORGET, (p), 0, 0))

/* A lock of the program's own making, of readers and writers or of one holder (then always a writer). LOCKED right after it was
 * taken, UNLOCKED right before it is given back. */
#define SEANCE_LOCK_INIT(lock) ((void)seance_tell(SEANCE_WHAT_LOCK_INIT, (lock), 0, 0))
#define SEANCE_LOCK_DESTROY(lock) ((void)seance_tell(SEANCE_WHAT_LOCK_DESTROY, (lock), 0, 0))
#define SEANCE_READ_LOCKED(lock) ((void)seance_tell(SEANCE_WHAT_LOCKED, (lock), 0, 0))
#define SEANCE_WRITE_LOCKED(lock) ((void)seance_tell(SEANCE_WHAT_LOCKED, (lock), 1, 0))
#define SEANCE_UNLOCKED(lock) ((void)seance_tell(SEANCE_WHAT_UNLOCKED, (lock), 0, 0))

/* Races on these bytes are meant; why: for whoever reads the source. Until the memory is freed. */
#define SEANCE_BENIGN_RACE(p, bytes, why)                                                          \
    ((void)seance_tell(SEANCE_WHAT_BENIGN, (p), (bytes), (why)))

/* What this thread reads, writes, or synchronises counts for nothing until the end: SEANCE_READS, _WRITES, _SYNC. Nests. */
#define SEANCE_IGNORE_BEGIN(what) ((void)seance_tell(SEANCE_WHAT_IGNORE_BEGIN, 0, (what), 0))
#define SEANCE_IGNORE_END(what) ((void)seance_tell(SEANCE_WHAT_IGNORE_END, 0, (what), 0))

/* An allocator of the program's own hands these bytes out: nobody has touched them. */
#define SEANCE_NEW_MEMORY(p, bytes) ((void)seance_tell(SEANCE_WHAT_NEW_MEMORY, (p), (bytes), 0))

/* The calling thread's name in reports, at most 15 characters. */
#define SEANCE_THREAD_NAME(name) ((void)seance_tell(SEANCE_WHAT_THREAD_NAME, 0, 0, (name)))

#endif
