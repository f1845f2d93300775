/* A turnstile that no happens-before detector can see: the only state is the file offset of an
 * anonymous kernel file, moved and read by lseek in inline system-call instructions. No memory, no
 * lock, no descriptor event orders the threads, yet they run in a fixed order on every machine.
 *
 *   thread a:  touch(x); unseen_step();           thread b:  unseen_until(1); touch(x);
 */
#ifndef RACE_UNSEEN_H
#define RACE_UNSEEN_H

#if defined(__x86_64__)
enum { UNSEEN_LSEEK = 8, UNSEEN_NANOSLEEP = 35, UNSEEN_MEMFD = 319 };

static inline long unseen_call(long number, long a, long b, long c)
{
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c)
                     : "rcx", "r11", "memory");
    return result;
}
#elif defined(__aarch64__)
enum { UNSEEN_LSEEK = 62, UNSEEN_NANOSLEEP = 101, UNSEEN_MEMFD = 279 };

static inline long unseen_call(long number, long a, long b, long c)
{
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    __asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
    return x0;
}
#endif

/* The kernel file; written once before the first thread is made, only read afterwards. */
static long unseen_file = -1;

static inline void unseen_open(void)
{
    unseen_file = unseen_call(UNSEEN_MEMFD, (long)"unseen", 0, 0);
}

/* Moves the turnstile on by one. */
static inline void unseen_step(void)
{
    unseen_call(UNSEEN_LSEEK, unseen_file, 1, 1);
}

static inline void unseen_nap(long microseconds)
{
    long time[2] = { 0, microseconds * 1000 };

    unseen_call(UNSEEN_NANOSLEEP, (long)time, 0, 0);
}

/* Waits until the turnstile was moved `steps` times in all. */
static inline void unseen_until(long steps)
{
    while (unseen_call(UNSEEN_LSEEK, unseen_file, 0, 1) < steps)
        unseen_nap(100);
}

#endif
