/*
 * report/render/model.h - a finding as a person reads it: symbols resolved, nothing formatted yet.
 *
 * Built by input.c from the host's records or by reread.c from JSON lines; judged by judge.c; printed by the formats.
 * All memory comes from malloc and lives until render_finding_free().
 */
#ifndef REPORT_RENDER_MODEL_H
#define REPORT_RENDER_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "report/report.h"

enum { RENDER_FRAMES = 192 };

struct render_frame {
    char *function; /* NULL: unknown */
    char *file;     /* as DWARF names it; NULL: unknown */
    char *path;     /* where it may be read; NULL: unknown */
    unsigned line, column;
    bool inlined;
    bool helper;  /* the frame of a lock operation of some library */
    bool atomic;  /* the frame of an atomic operation of some library */
    bool covered; /* debug information describes this place */
    char *module; /* NULL: none */
    uint64_t offset;
    char *build_id; /* hexadecimal; "" where there is none */
    uint64_t pc;
};

struct render_stack {
    struct render_frame *frames;
    unsigned count;
};

struct render_side {
    char role[16], op[16];
    bool write, atomic, plain, lost, access; /* access: one of those that conflict */
    bool atomic_by_debug;
    bool of_lock;         /* op is a lock's, which has no size */
    uint32_t lock, under; /* as in struct report_side */
    uint32_t size, thread;
    uint64_t addr;
    uint32_t locks[REPORT_LOCKS];
    unsigned nlocks;
    struct render_stack stack;
};

struct render_thread {
    uint32_t id, parent;
    char name[16];
    struct render_stack created;
};

struct render_lock {
    uint32_t id;
    uint64_t addr;
    char *name; /* NULL: none */
    struct render_stack created;
};

/* Of the types on the way to an object. */
struct render_qualifiers {
    bool atomic;   /* _Atomic */
    uint64_t size; /* of the atomic object, bytes */
    bool is_volatile;
};

struct render_location {
    char type[8];
    char *name, *field, *file; /* NULL: unknown */
    unsigned line;
    uint64_t start, block_size, block_offset;
    struct render_qualifiers qualifiers;
    uint32_t thread;
};

struct render_alignment {
    bool known, natural, crosses_line, severe; /* severe: can tear or fault on AMD64 or ARM64 */
    unsigned line_offset;
    char *amd64, *arm64, *advice;
};

struct render_finding {
    char kind[32], severity[8], confidence[8], id[24];
    char *title, *message;
    char *program;
    int pid;
    uint64_t time; /* nanoseconds since 1970 */
    uint64_t addr;
    uint32_t size;
    struct render_side sides[REPORT_SIDES + 1]; /* one more: where the block was allocated */
    unsigned nsides;
    struct render_location location;
    struct render_thread threads[REPORT_THREADS];
    unsigned nthreads;
    struct render_lock locks[REPORT_NAMED_LOCKS];
    unsigned nlocks;
    struct render_alignment alignment;
    unsigned misuse, lock_type, length; /* as in struct report_finding */
    bool doubtful;                      /* likewise */
    bool unproven; /* neither side is known to be plain, nor both to be atomic */
    uint64_t count;
};

struct render_summary {
    char *program;
    int pid;
    uint64_t time;
    uint64_t findings, errors, certain, likely, suppressed, repeats, lost;
    struct report_summary counts; /* reasons point into `reasons` */
    char reasons[16][64];
    uint64_t peak_memory;
};

struct render_finding *render_finding_new(void);
void render_finding_free(struct render_finding *f);
void render_stack_free(struct render_stack *s);
/* The innermost frame that stands for the access: the first that is no atomic or lock helper. NULL: none. */
const struct render_frame *render_leaf(const struct render_stack *s);
/* strdup, asprintf: never NULL (the process ends without memory). */
char *render_copy(const char *s);
char *render_print(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
