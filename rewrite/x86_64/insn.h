/*
 * rewrite/x86_64/insn.h - one decoded instruction, as the planner, liveness and the emitter see it.
 *
 * Only decode.c knows the decoder; everybody else works on this. General registers are numbered as the hardware
 * does (rax 0 ... r15 15). Register sets are bit masks of those; flag sets use the bits from INSN_FLAG_SHIFT on.
 */
#ifndef REWRITE_X86_64_INSN_H
#define REWRITE_X86_64_INSN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rewrite/rewrite.h"

enum { INSN_RAX, INSN_RCX, INSN_RDX, INSN_RBX, INSN_RSP, INSN_RBP, INSN_RSI, INSN_RDI, INSN_R8 };
#define INSN_RIP 16
#define INSN_FS 17 /* of a fact in plan.c */
#define INSN_NONE (-1)

#define INSN_FLAG_SHIFT 16
#define INSN_CF (1u << 16)
#define INSN_PF (1u << 17)
#define INSN_AF (1u << 18)
#define INSN_ZF (1u << 19)
#define INSN_SF (1u << 20)
#define INSN_OF (1u << 21)
#define INSN_FLAGS (INSN_CF | INSN_PF | INSN_AF | INSN_ZF | INSN_SF | INSN_OF)
#define INSN_ALL_REGS 0xFFFFu

enum insn_class {
    INSN_PLAIN,
    INSN_JMP,      /* direct */
    INSN_JCC,      /* direct, conditional */
    INSN_LOOP,     /* loop, loope, loopne, jrcxz: 8-bit displacement only */
    INSN_CALL,     /* direct */
    INSN_CALL_IND, /* through a register or memory */
    INSN_JMP_IND,
    INSN_RET,
    INSN_STOP, /* ud2, hlt, int3: control does not go on */
};

/* What the instruction's memory operand needs. */
enum insn_access {
    INSN_NO_ACCESS,  /* none, or implicit stack, gs:, address only */
    INSN_CHECKED,    /* plain access, compare inlined */
    INSN_ALWAYS,     /* plain access of an odd size (x87 10 bytes...): call every time */
    INSN_SYNC,       /* LOCK prefix or xchg */
    INSN_REQUEST,    /* the first instruction of a request to Valgrind: called with rax */
    INSN_STRING,     /* movs, stos, lods, scas, cmps: called with rdi, rsi, rcx, rax */
    INSN_UNSUPPORTED /* reason says why */
};

struct insn_operand {
    int8_t base;  /* register, INSN_RIP or INSN_NONE */
    int8_t index; /* register or INSN_NONE */
    uint8_t scale;
    int32_t disp;
    bool fs; /* counted from the thread's own block; then there is no base */
};

/* An addition of a constant to a register, or a comparison, of 8 or 4 bytes. */
struct insn_step {
    int8_t reg;  /* INSN_NONE: it is neither */
    int8_t with; /* the register that it is compared with, or INSN_NONE */
    bool compares;
    bool wide;  /* 8 bytes */
    int64_t by; /* added, or compared with where there is no register */
};

/* What the passes made of an instruction; see plan.c. */
struct insn_plan {
    bool given;      /* its check is left out on the fast path: one before it covers it */
    bool in_twin;    /* has a second copy, in which every access is checked */
    bool enter_twin; /* who comes from outside must go there */
    bool to_twin;    /* where its check fails, the twin goes on */
    bool widened;    /* its check covers more than its own access: size, flags and disp say what */
    uint8_t size;    /* of the check */
    uint8_t flags;   /* enum rewrite_site_flags */
    int32_t disp;    /* added to the operand's */
    uint8_t
        prefetch; /* places behind it, and one more, of an instruction whose hint is given for its
                       * cells, too, here; 0: none */
    uint32_t
        early; /* the check of the instruction so many places behind it is made before it; 0: none */
    uint8_t
        loop; /* number, and one more, of the loop of its unit that it is part of (loop.h); 0: none */
    uint8_t *own_miss,
        *early_miss; /* displacements of the jumps to the twin where its check, or the early one, fails */
};

struct insn {
    uint32_t off; /* from the module's load bias */
    uint8_t len;
    uint8_t cls;      /* enum insn_class */
    uint8_t access;   /* enum insn_access */
    uint8_t reason;   /* enum rewrite_reason where UNSUPPORTED */
    uint8_t flags;    /* enum rewrite_site_flags */
    uint8_t size;     /* bytes accessed */
    uint8_t disp_off; /* of a rip-relative disp32 inside the instruction; 0: none */
    bool leader;      /* a direct branch or a return leads here */
    bool branched_to; /* a direct branch of its own unit does */
    bool strict;      /* a branch out of its unit that must not lead to the original, but to link */
    bool astray;      /* a branch that the original must not come to (patch.c) */
    bool door; /* it may be entered by what is not seen: its address is taken, or it has a name */
    bool takes_stack; /* makes a stack address available outside rsp/rbp operands */
    bool writes_bp;   /* rbp changed other than by push/pop/leave/mov rsp */
    bool sets_frame;  /* mov %rsp,%rbp */
    bool
        opaque; /* concerns what the other fields do not tell of: fs: and gs: operands, the stack by push and pop, vectors */
    bool sets_flags; /* some of them, always or not */
    bool spins;      /* a load that a loop waits by (spin.c) */
    bool pauses;     /* PAUSE */
    uint8_t rep;     /* enum rewrite_repeat */
    bool prefetches; /* asks for the cache line of its memory operand, which is no access */
    uint8_t
        same; /* a store that is no access where memory has this register's value: 1 + its number (vptr.c); 0: any other */
    uint32_t target; /* direct branches: offset from the load bias */
    uint32_t
        target_index; /* of a branch's or call's target in its unit's array; else the array's length */
    uint32_t uses;    /* registers and flags read */
    uint32_t kills;  /* registers and flags wholly written */
    uint16_t writes; /* registers changed in any part */
    uint16_t
        merges;     /* registers of which it uses the rest that it leaves alone, and nothing else */
    uint16_t saves; /* registers it puts on the stack */
    uint32_t live;  /* live before it (liveness.c) */
    uint32_t copy;  /* its copy, from where the unit's begins, for whoever comes from outside */
    uint32_t hot;   /* on the fast path; another one only where plan.enter_twin is set */
    uint32_t twin;  /* in the twin */
    uint32_t fast;  /* in a loop whose accesses are checked ahead */
    uint32_t site;  /* number of its check, in the first copy */
    uint32_t steps; /* bytes of its copy, or of its twin, while these are listed (copy.c) */
    uintptr_t twin_cold; /* the cold stub of its check there */
    uint8_t *branch;     /* the displacement of its branch there, where it is written */
    uintptr_t link;      /* where a direct branch or call out of the unit is to lead */
    struct insn_operand mem;
    struct insn_step step;
    struct insn_plan plan;
};

/* Control does not go on behind it. */
static inline bool insn_is_terminal(const struct insn *in)
{
    return in->cls == INSN_JMP || in->cls == INSN_JMP_IND || in->cls == INSN_RET ||
           in->cls == INSN_STOP;
}

static inline bool insn_is_call(const struct insn *in)
{
    return in->cls == INSN_CALL || in->cls == INSN_CALL_IND;
}

/* It names its target, and the target may lie in its own unit. */
static inline bool insn_is_branch(const struct insn *in)
{
    return in->cls == INSN_JMP || in->cls == INSN_JCC || in->cls == INSN_LOOP;
}

/* Its memory operand gets a check. */
static inline bool insn_is_site(const struct insn *in)
{
    return in->access != INSN_NO_ACCESS && in->access != INSN_UNSUPPORTED;
}

/* Decodes one instruction at code (offset `off` from the load bias, avail bytes); false if it does not decode. */
bool insn_decode(const uint8_t *code, size_t avail, uint32_t off, struct insn *out);
void insn_decode_init(void);
/* Length and class of one instruction only; false if it does not decode. */
bool insn_peek(const uint8_t *code, size_t avail, struct insn *out);
/* Where a rip-relative operand at code points to, as an offset from the load bias. Only if in->disp_off. */
uint32_t insn_rip_target(const struct insn *in, const uint8_t *code);

#endif
