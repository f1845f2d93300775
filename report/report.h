/*
 * report/report.h - how facts leave the host: stacks, findings, hand-over to the renderer process.
 *
 * Callers are shadow/ and preload/, always inside Seance (depth raised, signals deferred). Nothing here knows
 * symbols or formats: the renderer (report/render, in the `seance` command) makes all that people read.
 */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/where.h"

/* ---- stacks ------------------------------------------------------------------------------------------ */

#define REPORT_WALK_DEPTH 128

/* How the frame of one instruction finds its CFA and what it leaves its caller in bp; see report/callers.c. */
struct report_leaf {
    int32_t cfa_off;
    int16_t bp_at;    /* the caller's bp lies at cfa + bp_at; 0: not known */
    uint8_t base;     /* enum report_base: what cfa_off is added to */
    uint8_t keeps_bp; /* the caller's bp is its own */
};
enum report_base { REPORT_BASE_NONE, REPORT_BASE_SP, REPORT_BASE_BP };

/* A frame as it was put on top of its callers some time before. */
struct report_call {
    uintptr_t ret, bp;     /* its return address, 0: unused; the bp that it left its caller */
    uint32_t callers, top; /* depot nodes: without and with it */
    uint32_t gap;          /* from its CFA to its caller's */
    uint32_t serial;       /* of the walker */
    uint32_t generation;   /* of the rules */
    uint8_t bp_used;
};

/* A thread's last walk. Frames that have not changed since are recognised by their return addresses, still in
 * place on the stack, and are not walked again. Zeroed memory is a valid empty walker. */
struct report_walker {
    uint32_t depth;
    uint32_t top;              /* depot id of the frames [0, depth) */
    struct report_call *calls; /* by hash of ret and callers; NULL: none yet, or no memory */
    uint32_t calls_mask;       /* how many, less 1 */
    uint32_t serial;           /* calls with another one are an earlier thread's */
    uint32_t plain;            /* depth, or 0: see report_walker_set() */
    uintptr_t no_cfa;          /* 0, and before cfa[]: no frame has it */
    uintptr_t cfa[REPORT_WALK_DEPTH];
    uintptr_t ret[REPORT_WALK_DEPTH];
    uintptr_t bp[REPORT_WALK_DEPTH];
    uint8_t bp_used
        [REPORT_WALK_DEPTH]; /* the frame, or one outside it, finds its CFA by its callee's bp */
    uint32_t node[REPORT_WALK_DEPTH];
    uintptr_t stack_lo, stack_hi; /* readable stack bounds; 0 where unknown */
};

/* Walks the stack at `at` and returns its depot id (the pc first, then callers' return addresses); 0 when memory
 * ran out. Cheap when little changed since the last call on this walker (tens of nanoseconds). The rule of each
 * return address (how its frame finds its caller) is learnt once from libunwind and cached. */
uint32_t report_stack(struct report_walker *w, const struct base_where *at);
/* The depot id of the callers of the frame at `at`; 0: it has none, or memory ran out. */
uint32_t report_stack_callers(struct report_walker *w, const struct report_leaf *leaf,
                              const struct base_where *at);
struct report_leaf report_leaf_of(uintptr_t pc);
/* The stack of pc with these callers. */
uint32_t report_stack_at(uint32_t callers, uintptr_t pc);
/* The walker is a new thread's. */
void report_stack_forget(struct report_walker *w);
/* Only the pc, no callers. */
uint32_t report_stack_site(uintptr_t pc);
/* Copies at most max pcs of a depot stack, leaf first; returns how many. */
unsigned report_stack_frames(uint32_t id, uintptr_t *pcs, unsigned max);

/* ---- findings ---------------------------------------------------------------------------------------- */

enum report_kind {
#define KIND(constant, name, title, prefix, severity) REPORT_##constant,
#include "report/kinds.def"
#undef KIND
    REPORT_KINDS
};

enum report_role {
#define ROLE(constant, name) REPORT_##constant,
#include "report/ops.def"
    REPORT_ROLES
};
enum report_op {
#define OP(constant, name, words, writes, atomic) REPORT_##constant,
#include "report/ops.def"
    REPORT_OPS
};

/* What is wrong with the use of a lock. */
enum report_misuse {
#define MISUSE(constant, op, words) REPORT_##constant,
#include "report/misuses.def"
#undef MISUSE
    REPORT_MISUSES
};

enum report_lock_type {
    REPORT_MUTEX,
    REPORT_RWLOCK,
    REPORT_SPIN,
    REPORT_CONDITION,
    REPORT_BARRIER,
    REPORT_SEMAPHORE,
    REPORT_LOCK_TYPES
};
#define REPORT_LOCK_TYPE_WORDS                                                                     \
    "mutex", "readers-writer lock", "spin lock", "condition", "barrier", "semaphore"

#define REPORT_LOCKS 8

/* One access or event of a finding. */
struct report_side {
    uint8_t role; /* enum report_role */
    uint8_t op;   /* enum report_op */
    bool
        plain; /* evidence that the access is not an atomic one: vector, unlocked read-modify-write, string... */
    bool lost;     /* the stack was lost from the history (stack is 0 or only a site) */
    uint32_t size; /* bytes */
    uint64_t addr;
    uint32_t thread; /* Seance's thread number; the first thread is 0 */
    uint32_t stack;  /* depot id; 0: none */
    uint32_t lock;   /* id of the lock that is taken, released, ... here; 0: none */
    uint32_t
        under; /* of a cycle of lock orders: the lock held meanwhile that leads there; 0: none */
    uint8_t nlocks;
    uint32_t locks[REPORT_LOCKS]; /* lock ids held, outermost first */
};

enum report_place {
    REPORT_PLACE_UNKNOWN,
    REPORT_PLACE_GLOBAL,
    REPORT_PLACE_HEAP,
    REPORT_PLACE_STACK,
    REPORT_PLACE_TLS,
    REPORT_PLACE_DESCRIPTOR
};

struct report_location {
    uint8_t
        type; /* enum report_place; GLOBAL and TLS are decided by the renderer from the modules */
    uint64_t block; /* heap: start of the block; stack: lowest address; descriptor: its number */
    uint64_t block_size; /* bytes */
    uint32_t thread;     /* heap: who allocated; stack: whose */
    uint32_t stack;      /* heap: allocation stack */
};

struct report_thread {
    uint32_t id;
    uint32_t parent;
    uint32_t created; /* depot id of the creation; 0 for the first thread */
    char name[16];
};

struct report_lock {
    uint32_t id;
    uint64_t addr;
    uint32_t created; /* depot id of init or first use */
};

#define REPORT_SIDES 40 /* a cycle of 20 locks, with both acquisitions of each order */
#define REPORT_THREADS 24
#define REPORT_NAMED_LOCKS 40

struct report_finding {
    uint8_t kind; /* enum report_kind */
    uint8_t nsides;
    uint8_t nthreads;
    uint8_t nlocks;
    uint8_t misuse;    /* enum report_misuse */
    uint8_t lock_type; /* enum report_lock_type, of a misuse */
    bool
        doubtful; /* accesses that may have ordered it, if they were atomic, were too many to be followed */
    uint16_t length; /* locks of a cycle, which may be more than are named */
    uint64_t same;   /* findings of one kind with one of these are equal; 0: the leaves say it */
    uint64_t addr;   /* of the conflicting bytes, or of the lock */
    uint32_t size;
    struct report_side sides[REPORT_SIDES]; /* [0] is the access that completed the finding */
    struct report_location location;
    struct report_thread threads[REPORT_THREADS];
    struct report_lock locks[REPORT_NAMED_LOCKS];
};

/* Hands one finding over. Equal findings (kind, and `same` or both leaf pcs) are sent once; repeats are counted and sent with
 * the summary. Starts the renderer at the first call, and waits until it has written the finding; where the
 * renderer cannot start, module+offset text and JSON are written by the host itself. */
void report_emit(const struct report_finding *f);
/*
 * What became of the finding with these leaf pcs (either order), after report_emit(). REPORT_UNKNOWN: none was sent.
 * REPORT_ATOMIC: according to the debug information both accesses are atomic ones (std::atomic, C11, builtins), so
 * nothing was reported, and the word is a synchronisation word. REPORT_UNPROVEN: reported as likely, since nothing tells whether
 * the two are atomic; if they are, they order what came before.
 */
enum report_verdict { REPORT_UNKNOWN, REPORT_STANDS, REPORT_ATOMIC, REPORT_UNPROVEN };
enum report_verdict report_verdict(enum report_kind kind, uintptr_t pc_a, uintptr_t pc_b);

/*
 * Asks a process of its own what the debug information of n modules, by path, says: code of functions that are atomic
 * operations, and objects of atomic types. told() gets each range, in bytes from the load bias, module by module, code before
 * data, ascending. Nothing is told of modules without debug information, or with more than 256 MiB of it. Waits, seconds at most.
 */
struct report_atomics {
    const char *const *paths;
    unsigned n; /* at most REPORT_ATOMIC_MODULES */
    void (*told)(void *arg, unsigned module, uint32_t lo, uint32_t hi, bool data);
    void *arg;
};
#define REPORT_ATOMIC_MODULES 16
void report_atomics(const struct report_atomics *ask);
/* What a module's file says of how it was made. */
struct report_module;
struct report_file_facts {
    bool debug; /* it has debug information, in it or in a file of its own */
    bool
        llvm; /* some of it was made by LLVM, which makes one instruction of an atomic load, an addition and an atomic store */
};
void report_file_facts(const struct report_module *m, struct report_file_facts *facts);

/* True if a finding with this kind and leaf pc pair (either order) was sent already; counts the repeat. */
bool report_seen(enum report_kind kind, uintptr_t pc_a, uintptr_t pc_b);

/* ---- life -------------------------------------------------------------------------------------------- */

/* A module as loaded; told before any finding names it. */
struct report_module {
    const char *path;
    uintptr_t base; /* load bias */
    uintptr_t lo, hi;
    uint8_t build_id[20];
    uint8_t build_id_len;
    bool gone; /* unloaded: still names what ran there */
};

/* Counts for the summary line; filled by preload from rewrite and shadow. */
struct report_summary {
    uint64_t modules, functions, accesses, instrumented, skipped;
    uint64_t tier2, tier3, sync_ops, lost_history, threads;
    struct {
        const char *reason;
        uint64_t count;
    } skips[16];
    unsigned nskips;
};

/* Reads options (text, json, ...) from base_options, opens the files (0600, O_NOFOLLOW) and says so in one line
 * where one cannot be opened. `program` is the executable's path, `self` the path of libseance.so. */
int report_init(const char *program, const char *self);
void report_module_add(const struct report_module *m);
/* What covered [lo, hi) was unloaded: how its frames are walked is forgotten. */
void report_module_gone(uintptr_t lo, uintptr_t hi);
/* With halt_on_error, called by report_emit() after an error that counts was reported; does not return. Without
 * it, report_emit() calls report_fini() with an empty summary and ends the process with status `exitcode`. */
void report_on_halt(void (*halt)(void));
/* At exit: sends the summary, waits for the renderer; returns how many errors count for the exit status. */
unsigned report_fini(const struct report_summary *s);
/* In a forked child: own files, own renderer when needed, nothing counted yet. */
void report_fork_child(void);
void report_fork_prepare(void);
void report_fork_parent(void);

#include "report/record.h"

#include "report/callers.h"

#endif
