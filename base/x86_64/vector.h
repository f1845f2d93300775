/*
 * base/x86_64/vector.h - keeps the program's vector registers over a call into foreign code from the cold path.
 *
 * The cold path saves general registers only. What it calls outside Seance may use every vector register: libc's memset and
 * strlen are chosen for the processor, and clear the upper halves or write registers 16 to 31. So XSAVE holds x87, SSE, AVX
 * and AVX-512 (Intel SDM volume 1, 13.4 to 13.8), FXSAVE where the system has no XSAVE and so none of the others.
 */
#ifndef BASE_X86_64_VECTOR_H
#define BASE_X86_64_VECTOR_H

#include <cpuid.h>
#include <stdint.h>

#define BASE_VECTOR_STATES                                                                         \
    0xE7u /* of what XCR0 enables; ends at byte 2688 in the standard format */
#define BASE_VECTOR_OSXSAVE (1u << 27)

struct base_vector {
    unsigned char legacy[512];
    uint64_t header[8]; /* XRSTOR wants zeros where XSAVE writes nothing */
    unsigned char extended[2688 - 576];
} __attribute__((aligned(64)));

/* CPUID is slow on virtual machines: asked once. */
static inline int base_vector_has_xsave(void)
{
    static int known; /* 0: not asked; 1: no; 2: yes. Every writer writes the same */
    unsigned a, b, c = 0, d;

    if (!known)
        known = __get_cpuid(1, &a, &b, &c, &d) && c & BASE_VECTOR_OSXSAVE ? 2 : 1;
    return known == 2;
}

static inline void base_vector_save(struct base_vector *v)
{
    for (int i = 0; i < 8; i++)
        v->header[i] = 0;
    if (base_vector_has_xsave())
        __asm__ volatile("xsave64 %0" : "+m"(*v) : "a"(BASE_VECTOR_STATES), "d"(0));
    else
        __asm__ volatile("fxsave64 %0" : "+m"(*v));
}

static inline void base_vector_restore(const struct base_vector *v)
{
    if (base_vector_has_xsave())
        __asm__ volatile("xrstor64 %0" ::"m"(*v), "a"(BASE_VECTOR_STATES), "d"(0));
    else
        __asm__ volatile("fxrstor64 %0" ::"m"(*v));
}

#endif
