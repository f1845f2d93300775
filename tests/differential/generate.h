/*
 * tests/differential/generate.h - a sequence while it is being made up.
 *
 * The generator keeps, for each general register, what is known of its value, so that every memory operand that it
 * chooses lies inside a region; and which flags the processor's manual leaves undefined, so that nothing reads them.
 * A check inserted between two instructions may change those, and registers that the ABI calls dead, but nothing else.
 */
#ifndef DIFFERENTIAL_GENERATE_H
#define DIFFERENTIAL_GENERATE_H

#include <stdbool.h>
#include <stdint.h>

#include "context.h"
#include "image.h"

enum { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8, R9, R10, R11, R12, R13, R14, R15 };
#define NONE (-1)
#define REGION_TLS REGIONS /* only through %fs: */

#define CF 0x001u
#define PF 0x004u
#define AF 0x010u
#define ZF 0x040u
#define SF 0x080u
#define OF 0x800u
#define FLAGS (CF | PF | AF | ZF | SF | OF)
#define DF 0x400u

/* System V AMD64 ABI, 3.2.1. */
#define CALLER_SAVED                                                                               \
    (1u << RAX | 1u << RCX | 1u << RDX | 1u << RSI | 1u << RDI | 1u << R8 | 1u << R9 | 1u << R10 | \
     1u << R11)
#define CALLEE_SAVED (1u << RBX | 1u << RBP | 1u << R12 | 1u << R13 | 1u << R14 | 1u << R15)
#define RESULTS (1u << RAX | 1u << RDX)

enum kind {
    DEAD,   /* must not be read: the ABI lets a rewriter change it */
    ANY,    /* whatever came out */
    INDEX,  /* lo to hi, signed, in 64 bits */
    POINTER /* region's start + lo to hi */
};

struct value {
    uint8_t kind, region;
    int32_t lo, hi;
};

struct state {
    struct value r[16];
    uint32_t undefined; /* flags */
    bool down;          /* the direction flag */
};

/* The operand in ModRM's r/m field. */
struct operand {
    bool memory, fs, rip, wide_disp, narrow; /* narrow: prefix 67 */
    int reg;                                 /* of a register operand */
    int base, index, scale;
    int32_t disp;
    uint64_t target; /* rip-relative: link address */
};

struct vex {                    /* what VEX and EVEX add to an instruction */
    uint8_t pp, map, w, length; /* length: 0 128, 1 256, 2 512 bits */
    int second;                 /* vvvv */
    uint8_t mask, zeroing, broadcast;
    uint8_t disp8; /* EVEX: what a one-byte displacement is counted in */
    int index;     /* a vector index register of r/m, or NONE */
};

struct sequence {
    struct image *image;
    uint32_t slot;
    uint8_t code[1024];
    uint32_t length, room;
    bool full;          /* did not fit: to be undone */
    uint64_t rng, name; /* name: of the step that is made now */
    uint32_t block;     /* blocks in it so far */
    struct state s;
    uint32_t barred;  /* registers that steps must not write */
    uint32_t written; /* registers written so far */
    unsigned depth;   /* nested blocks */
    bool abi;         /* keeps to the ABI and ends in ret; else all state at its end is compared */
    bool calls;
    uint32_t tables; /* words of slot_tables in use */
};

/* random.c */
uint32_t below(struct sequence *q, uint32_t n); /* 0 to n-1 */
bool chance(struct sequence *q, uint32_t percent);
uint64_t random_word(struct sequence *q);

/* encode.c: bytes. A register operand that names ah to bh is 4 to 7 without a REX prefix. */
#define PREFIX_66 1u
#define PREFIX_F3 2u
#define PREFIX_F2 4u
#define PREFIX_LOCK 8u
#define PREFIX_W 16u   /* REX.W */
#define PREFIX_REX 32u /* a REX prefix even where none is needed */
void put(struct sequence *q, uint64_t bytes, unsigned n);
void put_legacy(struct sequence *q, uint32_t prefixes, unsigned map, uint8_t opcode, int reg,
                const struct operand *rm, unsigned imm_bytes);
void put_vex(struct sequence *q, const struct vex *v, uint8_t opcode, int reg,
             const struct operand *rm, unsigned imm_bytes);
void put_evex(struct sequence *q, const struct vex *v, uint8_t opcode, int reg,
              const struct operand *rm, unsigned imm_bytes);
uint64_t here(const struct sequence *q);

/* pick.c: what may be used, and what is known afterwards. */
struct operand in_register(int reg);
struct operand at(int base, int32_t disp);
struct operand at_home(const struct sequence *q, unsigned word);
/* A memory operand of `bytes`, at a multiple of `align`; `write`: it is written. */
struct operand pick_memory(struct sequence *q, unsigned bytes, unsigned align, bool write);
int pick_read(struct sequence *q);  /* a general register that may be read */
int pick_write(struct sequence *q); /* one that may be written */
int pick_pointer(struct sequence *q,
                 int region); /* one that is a pointer; makes one where there is none */
int pick_index(struct sequence *q);
void now_any(struct sequence *q, int reg, unsigned size);
void now_index(struct sequence *q, int reg, int32_t lo, int32_t hi);
void need_flags(struct sequence *q, uint32_t flags); /* makes them defined */
void note_flags(struct sequence *q, uint32_t defined, uint32_t undefined);
uint32_t condition_flags(unsigned condition);
void make_pointer(struct sequence *q, int reg, int region);
void load_immediate(struct sequence *q, int reg, int32_t value);
void meet(struct state *into, const struct state *other);

/* One step each: a few instructions. */
void step_scalar(struct sequence *q);  /* scalar.c */
void step_pointer(struct sequence *q); /* pick.c */
void step_special(struct sequence *q); /* special.c */
void step_string(struct sequence *q);  /* strings.c */
void step_x87(struct sequence *q);     /* x87.c */
void step_vector(struct sequence *q);  /* vector.c */
void step_stride(struct sequence *q);  /* stride.c */
void step_flow(struct sequence *q);    /* flow.c */

/* sequence.c */
void make_steps(struct sequence *q, unsigned n);
void make_sequence(struct sequence *q);

/* Steps that are left out, to shrink a sequence; generate.c. */
bool is_left_out(uint64_t name);
void list_step(const struct sequence *q, uint32_t start);

#endif
