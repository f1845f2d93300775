/*
 * base/x86_64/vector.h - keeps the program's vector registers over a call into foreign code from the cold path.
 *
 * The cold path saves general registers only. What it calls outside Seance may use SSE (glibc is built for the
 * AMD64 baseline: x87 and the low 128 bits), so FXSAVE holds all that can change (Intel SDM volume 1, 10.5).
 */
#ifndef BASE_X86_64_VECTOR_H
#define BASE_X86_64_VECTOR_H

struct base_vector {
    unsigned char area[512];
} __attribute__((aligned(16)));

static inline void base_vector_save(struct base_vector *v)
{
    __asm__ volatile("fxsave64 %0" : "=m"(*v));
}

static inline void base_vector_restore(const struct base_vector *v)
{
    __asm__ volatile("fxrstor64 %0" ::"m"(*v));
}

#endif
