/*
 * tests/differential/context.h - what the host, its assembly and the generator agree upon.
 *
 * Included by assembly too: only the macros there.
 */
#ifndef DIFFERENTIAL_CONTEXT_H
#define DIFFERENTIAL_CONTEXT_H

/* Offsets in struct context. */
#define CONTEXT_FLAGS 128
#define CONTEXT_TARGET 136
#define CONTEXT_HOST_RSP 144
#define CONTEXT_FX 192
#define CONTEXT_ZMM 704
#define CONTEXT_MASKS 2752

/* Regions of memory that sequences work on; the thread-local one is smaller. */
#define REGION_BYTES 4096
#define TLS_BYTES 256
#define REGION_DATA 0  /* in the module: rip-relative, absolute where the module is not PIE */
#define REGION_LOW 1   /* below 2 GiB: absolute, 32-bit addresses */
#define REGION_HIGH 2  /* among the libraries */
#define REGION_HEAP 3  /* behind the program */
#define REGION_STACK 4 /* its own stack: rsp starts in the middle */
#define REGIONS 5
#define LOW_ADDRESS 0x30000000
#define STACK_START 2048 /* rsp before the call, from the region's start */
#define STACK_BELOW 136  /* compared below that: the return address and the red zone */

/* Pointer inputs lie here in their region, rbx's and rsi's at any alignment. */
#define POINTER_LO 1536
#define POINTER_HI 2560
#define INDEX_LO (-16)
#define INDEX_HI 47

/* Words of `homes`, which sequences read and never write. */
#define HOME_REGION 0   /* middle of each region */
#define HOME_EXIT 8     /* where an open sequence jumps at its end */
#define HOME_INDEXES 16 /* 16 64-bit, then 16 32-bit vector indexes */
#define HOME_SLOTS 64   /* addresses of the first slots */
#define HOME_SLOT_COUNT 64
#define HOMES 128

#ifndef __ASSEMBLER__
#include <stdint.h>

struct context {
    uint64_t gpr[16];
    uint64_t flags, target, host_rsp, unused[5];
    uint8_t fx[512];
    uint64_t zmm[32][8];
    uint64_t masks[8];
};

/* What is compared of a sequence: general registers, then flags by their bit in rflags. */
struct compared {
    uint32_t registers, flags;
};
#endif

#endif
