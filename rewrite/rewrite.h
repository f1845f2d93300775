/*
 * rewrite/rewrite.h - loaded machine code, its copies with checks inlined, and the patches that lead there.
 *
 * Knows code bytes, not races: the entry addresses come from preload/ in a struct rewrite_runtime. A unit (function) is
 * rewritten when it is first entered. Everything that changes the tables runs under one lock; the thread that calls is
 * inside Seance, so that no handler of the program runs meanwhile. The rewrite_pc_*() may be called from anywhere.
 */
#ifndef REWRITE_REWRITE_H
#define REWRITE_REWRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the emitted code refers to. fs_* are displacements from the thread pointer. */
struct rewrite_runtime {
    int32_t fs_cur_read, fs_cur_write, fs_read_mask, fs_plane, fs_spill;
    bool gs_form; /* cells at %gs:operand; else lea, xor with %fs:fs_plane, plus plane_disp */
    int32_t plane_disp;
    int32_t
        fs_need; /* uint64_t [6][4]: bits of two cells that 1, 2, 4 bytes need, read and write, by place */
    bool checks;         /* false: copies and patches only */
    uint32_t passes;     /* enum rewrite_pass */
    uintptr_t cold;      /* entry of the cold path, see preload/x86_64/cold.S */
    uintptr_t cold_dead; /* the same for where the flags are dead */
    uintptr_t strip;     /* where loops ask how far they may run, see preload/x86_64/strip.S */
    uintptr_t
        resolve; /* where stubs of units that were never entered lead, see preload/x86_64/resolve.S */
    bool eager;  /* all units at once, when their module is added */
    bool traced; /* by a debugger: functions with breakpoints in them stay as they are */
};

enum rewrite_pass_number {
#define PASS(constant, name) REWRITE_PASS_NUMBER_##constant,
#include "rewrite/passes.def"
#undef PASS
    REWRITE_PASSES
};
enum rewrite_pass {
#define PASS(constant, name) REWRITE_PASS_##constant = 1 << REWRITE_PASS_NUMBER_##constant,
#include "rewrite/passes.def"
#undef PASS
};

/* The set that a comma list of names stands for, "all" and "none" among them; !name leaves one out. False: it holds
 * something else too, which is passed over. */
bool rewrite_passes(const char *text, uint32_t *passes);

enum rewrite_site_kind {
    REWRITE_ACCESS, /* a plain access: the cold path of an inlined compare */
    REWRITE_SYNC, /* a LOCK or XCHG instruction, or a known atomic load or store: always called, before it */
    REWRITE_RANGE,   /* a string instruction: always called, before it */
    REWRITE_REQUEST, /* a client request of Valgrind's: always called, its block is the operand */
    REWRITE_HINT,    /* a prefetch of the cells of what the program prefetches: never called */
    REWRITE_STRIP,   /* the head of a loop that is checked ahead: called at the end of each strip */
};

/* Of a string instruction: rcx times; while equal; while not equal. */
enum rewrite_repeat { REWRITE_ONCE, REWRITE_REP, REWRITE_REPE, REWRITE_REPNE };

/* A string instruction reads at rsi, and at rdi writes (REWRITE_WRITE) or reads. */
enum rewrite_site_flags {
    REWRITE_READ = 1,
    REWRITE_WRITE = 2,
    REWRITE_PLAIN = 4,
    REWRITE_STRING_DI = 8,
    REWRITE_STRING_SI = 16,
    REWRITE_UNMARKED =
        32 /* debug information, which says what is atomic, does not say it of this one */
};

/* One instrumented instruction operand. Its number is what the cold path receives. */
struct rewrite_site {
    uint64_t pc;    /* of the original instruction */
    int32_t copy;   /* from pc to the check in the copy */
    int32_t cold;   /* from pc to its cold part */
    uint16_t check; /* bytes of the check; the instruction itself follows */
    uint16_t look;  /* bytes of the second look that the cold part begins with; its stub follows */
    uint8_t size;   /* bytes; element size for REWRITE_RANGE */
    uint8_t kind;   /* enum rewrite_site_kind */
    uint8_t flags;  /* enum rewrite_site_flags */
    uint8_t rep;    /* REWRITE_RANGE: enum rewrite_repeat */
};

/* An operand of a loop that is checked ahead: in each iteration it lies `stride` bytes behind. */
struct rewrite_strip_access {
    uint32_t site; /* number of its check */
    int32_t stride;
    uint16_t size; /* bytes */
    uint8_t flags; /* enum rewrite_site_flags */
};

#define REWRITE_STRIP_ACCESSES 8

/* A loop whose accesses all lie at distances from each other that it does not change. */
struct rewrite_strip {
    int64_t
        step; /* added to the register that its strips are counted by, each iteration; positive */
    int64_t counter_step; /* the same of the one that ends it where it is equal to the bound */
    uint8_t counter_bits; /* 64 or 32; 0: when it ends is not known */
    uint8_t n;
    struct rewrite_strip_access accesses[REWRITE_STRIP_ACCESSES];
};

/* By the number that the emitted code gives. */
const struct rewrite_strip *rewrite_strip(uint32_t number);

/* Bytes [lo, hi) from the load bias. */
struct rewrite_range {
    uint32_t lo, hi;
};

struct rewrite_module {
    uintptr_t bias;   /* load bias */
    const void *phdr; /* Elf64_Phdr array in memory */
    unsigned phnum;
    bool sync_only; /* its plain accesses need no check, its LOCK and XCHG instructions do */
    uintptr_t stack_lo,
        stack_hi; /* of the only thread, which may be inside; both 0: nothing of the module has run yet */
    bool
        llvm; /* an unlocked read-modify-write may be an atomic load and store, and nothing else tells; see report_file_facts() */
    const struct rewrite_range
        *atomics; /* ascending; their loads and stores are REWRITE_SYNC; stays */
    uint32_t natomics;
    bool classified; /* what `atomics` does not name is not atomic */
    uint32_t number; /* filled by rewrite_module_add() */
};

#define REWRITE_MODULES 1024 /* at one time */

enum rewrite_reason {
#define REASON(constant, text) REWRITE_SKIP_##constant,
#include "rewrite/reasons.def"
#undef REASON
    REWRITE_REASONS
};

/* Of the units that were rewritten so far. */
struct rewrite_stats {
    uint64_t text_bytes, functions; /* of the whole module */
    uint64_t rewritten, rewritten_bytes, functions_skipped, instructions;
    uint64_t
        accesses; /* memory accesses that need a check: stack-private and read-only ones are not among them */
    uint64_t own_jump; /* patched by a jump of its own */
    uint64_t entered;  /* instrumented, entered only from a patched place before it */
    uint64_t dropped; /* of the instrumented ones: the check of an access before them covers them */
    uint64_t merged;  /* covered by a check that was widened for them */
    uint64_t moved;   /* checked before the instruction that sets the flags they keep */
    uint64_t skipped[REWRITE_REASONS];
    uint64_t copy_bytes;
    uint64_t nanoseconds;
};

/* 0, or -errno where code cannot be changed at all. */
int rewrite_init(const struct rewrite_runtime *rt);
/* Before any code of the module runs: from now on its units are rewritten as they are entered. 0, or -errno with the
 * module left as it was. */
int rewrite_module_add(struct rewrite_module *m);
/* The same for units that have not been entered yet. */
void rewrite_module_atomics(uint32_t number, const struct rewrite_module *from);
/* The module has been unloaded. */
void rewrite_module_remove(uint32_t number);
void rewrite_module_stats(uint32_t number, struct rewrite_stats *stats);
/* Memory (bytes) and mappings of the stubs that short jumps need. */
void rewrite_stub_stats(uint64_t *bytes, uint64_t *maps);
/* From a stub, by its return address: rewrites what it stands for. On the caller's stack only until it has the lock. */
void rewrite_resolve(uintptr_t ret);

/* Turns a function that only returns into a jump to `to`, before there are threads; -ENOTSUP: it does something. */
int rewrite_detour(uintptr_t function, uintptr_t to);

/* Around a fork: nobody is half-way. */
void rewrite_fork_prepare(void);
void rewrite_fork_done(void);

const struct rewrite_site *rewrite_site(uint32_t number);
/* n numbers in a row that no site will have, for checks that others make; false: none left. */
bool rewrite_reserve(uint32_t n, uint32_t *first);
/* Original address of a pc inside a copy, or pc itself. */
uintptr_t rewrite_pc_original(uintptr_t pc);
/* Where an instruction of the original is in its copy, or pc itself. */
uintptr_t rewrite_pc_copy(uintptr_t pc);
/* For a fault inside an inlined check: the address of its cold stub, or 0 where pc is not in a check. */
uintptr_t rewrite_pc_cold(uintptr_t pc);
/* True for a pc in a check, behind its first byte, in a cold stub or in a jump between text and copy. */
bool rewrite_pc_inside(uintptr_t pc);
const char *rewrite_reason_text(enum rewrite_reason reason);

#endif
