/*
 * shadow/shadow.h - the detector: who touched which word when, and what orders it.
 *
 * FastTrack (Flanagan and Freund, PLDI 2009) over two shared planes of 32-bit cells, a private inline plane a
 * thread, slots, vector clocks and sync objects. The thread's state is an argument: nothing here touches TLS, so
 * a unit test plays many threads on one. Callers are inside Seance (depth raised, signals deferred).
 */
#ifndef SHADOW_SHADOW_H
#define SHADOW_SHADOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/where.h"

/*
 * What the inlined check reads through %fs; offsets are part of the emitted code. One cell of the private plane
 * covers 4 bytes of the program:
 *
 *      31            8 7      4 3       0
 *      tag (24 bits)   readmask writemask        a write sets both masks
 *
 * read hit: ((cell ^ cur_read) >> 4) == 0; write hit: cell == cur_write. Both halves of each word are equal, for
 * 8-byte accesses. All three bytes of a tag are below 0xF0, so a misaligned load of cells never matches.
 */
struct shadow_inline {
    uint64_t cur_read;  /* tag << 8 | 0xF0, twice */
    uint64_t cur_write; /* tag << 8 | 0xFF, twice */
    uint64_t read_mask; /* 0xFFFFFFF0FFFFFFF0 */
    uint64_t
        plane; /* GS form: cell(x) is at (x & ~3) + plane; XOR form: ((x & ~3) ^ plane) + SHADOW_PLANE_DISP */
    uint64_t spill[4]; /* scratch registers of the emitted code; the signal wrapper saves them */
};

/* XOR form: added after the xor, so that planes differ from the program modulo 4096. */
#define SHADOW_PLANE_DISP 0x240

enum shadow_form { SHADOW_FORM_GS, SHADOW_FORM_XOR };

struct shadow_thread;
struct shadow_sync;

/* ---- life -------------------------------------------------------------------------------------------- */

/* Up to 8 windows of program address space that planes must cover. */
struct shadow_layout {
    enum shadow_form form;
    unsigned nwindows;
    struct {
        uintptr_t lo, hi;
    } windows[8];
};

/* Reserves the shared planes; 0 or -errno (-ENOMEM: not enough address space; run without checks). */
int shadow_init(const struct shadow_layout *layout);
/* The program's address space in blocks of 64 GiB. */
#define SHADOW_BLOCK_SHIFT 36
#define SHADOW_BLOCKS 2048
#define SHADOW_END ((uintptr_t)SHADOW_BLOCKS << SHADOW_BLOCK_SHIFT)
extern uint8_t
    shadow_window[SHADOW_BLOCKS]; /* 1: planes cover the block; read-only after shadow_init() */

/* True if planes cover all of [addr, addr + len), len > 0. */
static inline bool shadow_covers(uintptr_t addr, size_t len)
{
    uintptr_t last = addr + len - 1;
    uintptr_t b = addr >> SHADOW_BLOCK_SHIFT, e = last >> SHADOW_BLOCK_SHIFT;

    return last >= addr && e < SHADOW_BLOCKS && shadow_window[b] && shadow_window[e];
}

/* True if addr lies in one of our planes (for the fault handler). */
bool shadow_owns(uintptr_t addr);

/* ---- threads ----------------------------------------------------------------------------------------- */

/* The first thread. `in` is where the emitted code will look; must stay valid until exit. */
struct shadow_thread *shadow_thread_first(struct shadow_inline *in, uintptr_t stack_lo,
                                          uintptr_t stack_hi);
/* By the parent, before the real create: snapshot of the parent's clock. NULL: out of memory. */
struct shadow_thread *shadow_thread_create(struct shadow_thread *parent,
                                           const struct base_where *at);
void shadow_thread_abandon(struct shadow_thread *child); /* the create failed */
/* By the child itself, before its first own instruction. handle is its pthread_t. Clears [stack_lo, stack_hi). */
void shadow_thread_start(struct shadow_thread *child, struct shadow_inline *in, uintptr_t handle,
                         uintptr_t stack_lo, uintptr_t stack_hi);
/* Who asked for threads that libc makes by itself, when it likes, and where: a report's word on their creation. */
struct shadow_origin {
    uint32_t thread, stack;
};
/* By t, before it asks for them: from now on another thread may run at any time. False: out of memory. */
bool shadow_thread_foresee(struct shadow_thread *t, const struct base_where *at,
                           struct shadow_origin *origin);
/* By such a thread, before shadow_thread_start(). It knows of nobody yet. NULL: out of memory. */
struct shadow_thread *shadow_thread_foreseen(const struct shadow_origin *origin);
void shadow_thread_set_name(struct shadow_thread *t, const char *name);
/* Last act of a thread: releases to whoever joins. The state lives on until joined or detached; the thread itself must
 * not use it any more (its inline compare misses from now on, and finds readable cells). */
void shadow_thread_exit(struct shadow_thread *t);
/* By the joiner, BEFORE the real join (the handle may be reused right after it): a token, or NULL. The handle is known
 * from shadow_thread_start() on, so a pthread_create() must not return before its child has been there. */
struct shadow_thread *shadow_thread_find(uintptr_t handle);
void shadow_thread_join(struct shadow_thread *t,
                        struct shadow_thread *joined); /* after a successful join */
void shadow_thread_detach(struct shadow_thread *target);
/* At the end of the process: reports threads that have ended and were neither joined nor detached. */
void shadow_thread_leaks(struct shadow_thread *t);

/*
 * Before a barrier that t has all running threads make (membarrier(2)): t acquires what each of them knows and has done by now.
 * That is more than such a barrier orders by itself, and at least what a program can come to know by it.
 */
void shadow_thread_gather(struct shadow_thread *t);

void shadow_fork_prepare(struct shadow_thread *t);
void shadow_fork_parent(struct shadow_thread *t);
/* The child has one thread; all history is forgotten (everything before the fork is ordered before the child). */
void shadow_fork_child(struct shadow_thread *t);

/* ---- accesses ---------------------------------------------------------------------------------------- */

enum shadow_access_flags {
    SHADOW_WRITE = 1, /* else a read; an unlocked read-modify-write is a write */
    SHADOW_PLAIN =
        2, /* evidence of plainness: vector, unaligned, string, unlocked read-modify-write */
    SHADOW_UNMARKED = 8, /* not atomic by debug information, at a first look */
    SHADOW_EXACT = 4,    /* with PLAIN: the compiler says so, and which accesses are atomic */
};

/* The cold path of an inlined check: addr, size (1..64 bytes). Stamps and checks each granule under its own lock: of two
 * threads that race, one sees the other. */
void shadow_access(struct shadow_thread *t, uintptr_t addr, uint32_t size, uint32_t flags,
                   const struct base_where *at);
/*
 * Before that, outside any bracket, changing no register but the result's. shadow_fast_known(): true if the access is
 * recorded already. shadow_fast(): true if it could be recorded at once. number: of the check, from 1 on, as in base_where;
 * shadow_fast_learn() tells what it is, whenever these did not know. shadow_lane() (x86_64/lane.S) is shadow_fast() for the
 * commonest cases, to be tried before; it changes rcx, rsi and r8 besides. It calls shadow_shared() in a SHARED tract, with the depot id
 * of the callers; shadow_fast_shared() is what that leaves of it.
 */
bool shadow_fast_known(uintptr_t addr, uint32_t number, const struct shadow_inline *in)
    __attribute__((no_caller_saved_registers));
bool shadow_fast(uintptr_t addr, uint32_t number, struct shadow_thread *t, uintptr_t sp,
                 uintptr_t bp) __attribute__((no_caller_saved_registers));
bool shadow_fast_shared(uintptr_t addr, uint32_t number, struct shadow_thread *t, uint32_t callers)
    __attribute__((no_caller_saved_registers));
bool shadow_shared(uintptr_t addr, uint32_t number, struct shadow_thread *t, uint32_t callers)
    __attribute__((no_caller_saved_registers));
bool shadow_lane(uintptr_t addr, uint32_t number, struct shadow_thread *t, uintptr_t sp);
void shadow_fast_learn(uint32_t number, uintptr_t pc, uint32_t size, uint32_t flags);
/* A range of any length: memcpy, read(2), rep movs. */
void shadow_range(struct shadow_thread *t, uintptr_t addr, size_t len, uint32_t flags,
                  const struct base_where *at);

enum shadow_atomic_op { SHADOW_ATOMIC_LOAD, SHADOW_ATOMIC_STORE, SHADOW_ATOMIC_RMW };
/*
 * Called BEFORE a LOCK or XCHG instruction: the word becomes a sync word until freed; releases into it now, and notes
 * a pending acquire that is carried out at the thread's next call of any kind here, which is after the instruction
 * has read its value: no release that the value came from can be missed. Misaligned: a misaligned-atomic finding.
 */
void shadow_atomic(struct shadow_thread *t, uintptr_t addr, uint32_t size, enum shadow_atomic_op op,
                   const struct base_where *at);

/* The bytes are known to be atomic objects: sync words from now on, as if an atomic instruction had worked on each. */
void shadow_atomic_declare(struct shadow_thread *t, uintptr_t addr, size_t size);

/*
 * An atomic operation of compiled code, which says its memory order (__ATOMIC_RELAXED to __ATOMIC_SEQ_CST); the rules are
 * those of C11, see sequence.h. The caller makes the operation itself between begin and end, with nothing else there. end: what
 * it turned out to be, a compare-exchange that failed being a load, and its order.
 */
struct shadow_exact_op {
    struct shadow_thread *t;
    uintptr_t addr;
    uint32_t size; /* 1 to 16 bytes */
    const struct base_where *at;
    struct shadow_sync *word; /* the rest is shadow's own */
    uint32_t stack;
    bool entered;
};
void shadow_exact_begin(struct shadow_exact_op *op, enum shadow_atomic_op kind);
void shadow_exact_end(struct shadow_exact_op *op, enum shadow_atomic_op kind, int order);
/* atomic_thread_fence(). */
void shadow_fence(struct shadow_thread *t, int order);
/* There is checked code in the process that was not compiled so: its atomics may look like plain accesses. Set by preload/. */
extern bool shadow_rewritten;

/* n accesses of `size` bytes, the first one at addr, each `stride` bytes behind the one before. Where size is a multiple of
 * the stride, each may be several of that size. */
struct shadow_strip {
    uintptr_t addr;
    int64_t stride;
    uint32_t size;
    uint32_t flags; /* enum shadow_access_flags */
    uint64_t n;
};

/* How many of the accesses, from the first one on, t has recorded in this epoch. Outside the bracket; records nothing. */
uint64_t shadow_strip_known(struct shadow_thread *t, const struct shadow_strip *s);
/* The thread makes all of them next. True: recorded, as by n calls of shadow_access(), none of which would have found anything. False:
 * each has to be checked when it is made, though some may be recorded already. */
bool shadow_strip_record(struct shadow_thread *t, const struct shadow_strip *s,
                         const struct base_where *at);

/* ---- annotations ------------------------------------------------------------------------------------- */

enum shadow_ignore {
    SHADOW_IGNORE_READS,
    SHADOW_IGNORE_WRITES,
    SHADOW_IGNORE_SYNC,
    SHADOW_IGNORES
};
/* t's own reads, writes, or releases and acquires count for nothing until as many ends. */
void shadow_ignore(struct shadow_thread *t, enum shadow_ignore what, bool begin);
/* Ends all that t has begun, for resume to begin again; false: nothing was. */
bool shadow_ignore_pause(struct shadow_thread *t, uint32_t begun[SHADOW_IGNORES]);
void shadow_ignore_resume(struct shadow_thread *t, const uint32_t begun[SHADOW_IGNORES]);
/* Races on these bytes are not reported, until the memory is handed out anew. */
void shadow_benign_add(uintptr_t lo, size_t len);
/* They are again; accesses made meanwhile are forgotten. */
void shadow_benign_remove(struct shadow_thread *t, uintptr_t lo, size_t len);
/* What t would report is not reported until as many ends; all is recorded. */
void shadow_mute(struct shadow_thread *t, bool begin);

/* ---- synchronisation: after a successful acquire, before a release ------------------------------------- */

void shadow_acquire(struct shadow_thread *t, uintptr_t object);
void shadow_release(struct shadow_thread *t, uintptr_t object);
void shadow_sync_forget(uintptr_t object); /* destroyed or initialised anew */

/* What a lock is, and how it is taken. */
enum shadow_lock_flags {
    SHADOW_LOCK_SHARED = 1,   /* as a reader */
    SHADOW_LOCK_TRIED = 2,    /* without waiting, or not for ever */
    SHADOW_LOCK_ROBUST = 4,   /* a mutex that its holder may leave when it ends */
    SHADOW_LOCK_CHECKED = 8,  /* libc refuses to give it back for a thread that does not hold it */
    SHADOW_LOCK_WRITERS = 16, /* readers wait while a writer does */
    SHADOW_LOCK_RW = 32,
    SHADOW_LOCK_SPIN = 64,
    /* Of locks that annotations tell of only: */
    SHADOW_LOCK_REENTRANT = 128, /* its holder may take it once more */
    SHADOW_LOCK_STATIC = 256,    /* it lives to the end, whatever its destructor says */
    SHADOW_LOCK_NOT_STATIC =
        512, /* made: the opposite; destroyed: only counts for one that was made so */
    SHADOW_LOCK_LIFE = 2048,   /* made or destroyed by checked code: see "the life of an object" */
    SHADOW_LOCK_EITHER = 1024, /* given back: it is not said whether by a reader */
};

/*
 * Before a lock is taken by a call that may wait: true if t holds it already, so that it will (a reader may hold it
 * once more). Where the call may wait for ever (not TRIED), what t holds now is taken before this lock: a cycle of such
 * orders is a lock-order-inversion.
 */
bool shadow_lock_wanted(struct shadow_thread *t, uintptr_t lock, unsigned flags,
                        const struct base_where *at);

/* Mutexes and spin locks. A recursive lock counts. An unlock returns false where t is not known to hold the lock. */
void shadow_mutex_init(struct shadow_thread *t, uintptr_t m, unsigned flags,
                       const struct base_where *at);
void shadow_mutex_lock(struct shadow_thread *t, uintptr_t m, unsigned flags,
                       const struct base_where *at);
bool shadow_mutex_unlock(struct shadow_thread *t, uintptr_t m);
/* Before the real one. What is held is reported, and stays. */
void shadow_mutex_destroy(struct shadow_thread *t, uintptr_t m, unsigned flags,
                          const struct base_where *at);

/* Made and destroyed like mutexes. */
void shadow_rwlock_lock(struct shadow_thread *t, uintptr_t l, unsigned flags,
                        const struct base_where *at);
bool shadow_rwlock_unlock(struct shadow_thread *t, uintptr_t l);

/* Locks of the program's own making, of readers and writers or of one holder; init: nothing is said of one that is held. */
void shadow_custom_init(struct shadow_thread *t, uintptr_t l, unsigned flags,
                        const struct base_where *at);
/* Before it is taken, where that is told: as shadow_lock_wanted(). */
void shadow_custom_want(struct shadow_thread *t, uintptr_t l, unsigned flags,
                        const struct base_where *at);
void shadow_custom_lock(struct shadow_thread *t, uintptr_t l, unsigned flags,
                        const struct base_where *at);
void shadow_custom_unlock(struct shadow_thread *t, uintptr_t l, unsigned flags,
                          const struct base_where *at);
void shadow_custom_destroy(struct shadow_thread *t, uintptr_t l, unsigned flags,
                           const struct base_where *at);
/* How often t holds it. */
uint32_t shadow_custom_depth(struct shadow_thread *t, uintptr_t l);

/* t does what must not be done with a lock: a finding. `what` (enum report_misuse) of an unlock or a wait is the one for a lock that nobody
 * holds; who holds it is looked up here. */
void shadow_misuse(struct shadow_thread *t, unsigned what, uintptr_t lock, unsigned flags,
                   const struct base_where *at);

/* The same for what nobody holds: a condition, a barrier, a semaphore (type: enum report_lock_type), a thread's handle. */
void shadow_misuse_object(struct shadow_thread *t, unsigned what, uintptr_t object, unsigned type,
                          const struct base_where *at);

void shadow_barrier_init(uintptr_t b, uint32_t count);
/* Before it is destroyed, or initialised: a finding, and false, if a thread is sure to wait at it. */
bool shadow_barrier_idle(struct shadow_thread *t, uintptr_t b, unsigned what,
                         const struct base_where *at);
/* By each before it enters, where no call makes the barrier: how many take part in it, 0 where that is not known. */
void shadow_barrier_expect(uintptr_t b, uint32_t count);
void shadow_barrier_enter(struct shadow_thread *t, uintptr_t b); /* before the real wait */
void shadow_barrier_leave(struct shadow_thread *t, uintptr_t b); /* after it */
/* Where nobody tells of the leaving: when as many have arrived as take part, each acquires from all at its next call here. */
void shadow_barrier_arrive(struct shadow_thread *t, uintptr_t b);
/* How many take part from now on; where so many have arrived already, they may go. */
void shadow_barrier_resize(struct shadow_thread *t, uintptr_t b, uint32_t count);
void shadow_barrier_destroy(uintptr_t b);

void shadow_cond_signal(struct shadow_thread *t, uintptr_t c);
void shadow_cond_broadcast(struct shadow_thread *t, uintptr_t c);
/* Before a wait that gives m up. False: a thread that waits already has given up another mutex. */
bool shadow_cond_enter(struct shadow_thread *t, uintptr_t c, uintptr_t m);
/* After it; woken: not by its end of time, an error or cancellation. */
void shadow_cond_leave(struct shadow_thread *t, uintptr_t c, bool woken);
/* As shadow_barrier_idle(). */
bool shadow_cond_idle(struct shadow_thread *t, uintptr_t c, unsigned what,
                      const struct base_where *at);
void shadow_cond_destroy(uintptr_t c);

void shadow_sem_init(uintptr_t s);
void shadow_sem_post(struct shadow_thread *t, uintptr_t s);
void shadow_sem_wait(struct shadow_thread *t, uintptr_t s);
void shadow_sem_destroy(uintptr_t s);

void shadow_once_done(struct shadow_thread *t,
                      uintptr_t once); /* by the initialiser, after its routine */
void shadow_once_pass(struct shadow_thread *t, uintptr_t once); /* by every caller, on return */

/* The life of an object, in checked code: that it is made, after the call; that a condition or barrier is used, before it, but
 * a signal behind its release; that it is about to be destroyed. A use that is not ordered with its making or its end is a
 * race. Locks tell of all by SHADOW_LOCK_LIFE. */
void shadow_life_made(struct shadow_thread *t, uintptr_t object, const struct base_where *at);
void shadow_life_used(struct shadow_thread *t, uintptr_t object, const struct base_where *at);
void shadow_life_ended(struct shadow_thread *t, uintptr_t object, const struct base_where *at);

/* ---- descriptors --------------------------------------------------------------------------------------- */

/* Before the real call. A use and a close without an order between them are a race; two uses are none. */
void shadow_descriptor_use(struct shadow_thread *t, int fd, const struct base_where *at);
void shadow_descriptor_close(struct shadow_thread *t, int fd, const struct base_where *at);
/* The number is about to be free: whoever has it next is behind all that t did. */
void shadow_descriptor_end(struct shadow_thread *t, int fd);
/* The number is free, or has been given to another file, which is behind its end: nothing is known of it. */
void shadow_descriptor_forget(struct shadow_thread *t, int fd);
/* Whose word lies there; -1: nobody's. For findings. */
int shadow_descriptor_of(uintptr_t addr);

/* ---- memory ------------------------------------------------------------------------------------------ */

/* After the real malloc: the block is stamped as written by t (an imitated write), its history gone. A foreign place
 * only clears. */
void shadow_heap_alloc(struct shadow_thread *t, uintptr_t block, size_t size,
                       const struct base_where *at);
/* Before the real free: checked as a write of the block, then forgotten when it is allocated again. From a foreign
 * place it is not checked: what orders it may be a lock inside a system library. */
void shadow_heap_free(struct shadow_thread *t, uintptr_t block, const struct base_where *at);
/* The same for an allocator whose code is checked, and goes on using what was given back to it. */
void shadow_heap_give_back(struct shadow_thread *t, uintptr_t block, const struct base_where *at);
/* A block that has grown or shrunk where it is. */
void shadow_heap_resize(struct shadow_thread *t, uintptr_t block, size_t old, size_t size,
                        const struct base_where *at);
/* Nothing is known of the block any more. */
void shadow_heap_fresh(struct shadow_thread *t, uintptr_t block);
/*
 * From now on freed memory is remembered until it is handed out again, if there is address space for the table: an access to it is a
 * heap-use-after-free. To be called where the code of the allocator, which goes on using what was freed, is not checked.
 */
void shadow_heap_watch(void);
/* [addr, addr + size) is in use; by whom is not known. For any thread. */
void shadow_heap_used(uintptr_t addr, size_t size);
/* munmap, mmap over, a reused stack, dlclose: nothing is known of [lo, lo+len) any more. */
void shadow_clear(struct shadow_thread *t, uintptr_t lo, size_t len);

struct shadow_stats {
    uint64_t tier2, tier3, inflations, sync_ops, lost_history, epochs, threads, dropped;
    uint64_t resets; /* how often all history was forgotten */
};
void shadow_stats(struct shadow_stats *s);

#endif
