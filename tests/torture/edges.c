/* Accesses of every size that end at the last byte before PROT_NONE, or begin right behind it; misaligned, crossing. */
#include "torture.h"

enum { PAGE = 4096 };
static sigjmp_buf place;

static void fault(int sig, siginfo_t *info, void *context)
{
    siglongjmp(place, 1);
}

typedef uint16_t __attribute__((aligned(1), may_alias)) u16;
typedef uint32_t __attribute__((aligned(1), may_alias)) u32;
typedef uint64_t __attribute__((aligned(1), may_alias)) u64;
typedef float v4 __attribute__((vector_size(16), aligned(1), may_alias));

static NOINLINE uint64_t access_at(uint8_t *p, unsigned size, int write)
{
    switch (size * 2 + (unsigned)write) {
    case 2: return *(volatile uint8_t *)p;
    case 3: return *(volatile uint8_t *)p = 5;
    case 4: return *(volatile u16 *)p;
    case 5: return *(volatile u16 *)p = 6;
    case 8: return *(volatile u32 *)p;
    case 9: return *(volatile u32 *)p += 7;
    case 16: return *(volatile u64 *)p;
    case 17: return *(volatile u64 *)p ^= 8;
    case 20: {
        long double x;
        __asm__ volatile("fldt (%1); fstpt %0" : "=m"(x) : "r"(p) : "memory");
        return (uint64_t)x;
    }
    case 21: {
        long double x = 3;
        __asm__ volatile("fldt %1; fstpt (%0)" ::"r"(p), "m"(x) : "memory");
        return 10;
    }
    case 32: {
        v4 x = *(volatile v4 *)p;
        return (uint64_t)(x[0] + x[3]);
    }
    case 33: {
        v4 x = { 1, 2, 3, 4 };
        *(volatile v4 *)p = x;
        return 16;
    }
    default: memset(p, 3, size); return p[size - 1];
    }
}

static NOINLINE int tried(uint8_t *p, unsigned size, int write, uint64_t *h)
{
    if (sigsetjmp(place, 1))
        return 0;
    *h = mix(*h, access_at(p, size, write));
    return 1;
}

static NOINLINE uint64_t strings(uint8_t *end)
{
    uint8_t *src = end - 100, *dst = end - 300;
    size_t n = 100;

    __asm__ volatile("rep movsb" : "+S"(src), "+D"(dst), "+c"(n)::"memory");
    src = end - 1, dst = end - 201, n = 100;
    __asm__ volatile("std; rep movsb; cld" : "+S"(src), "+D"(dst), "+c"(n)::"memory");
    dst = end - 64, n = 8;
    __asm__ volatile("rep stosq" : "+D"(dst), "+c"(n) : "a"(0x0102030405060708) : "memory");
    dst = end - 64, n = 1000; /* stops at the match, long before the end of the count */
    __asm__ volatile("repne scasb" : "+D"(dst), "+c"(n) : "a"(3) : "memory", "cc");
    src = end - 64;
    __asm__ volatile("lodsw" : "+S"(src)::"memory", "rax");
    return mix(n, (uint64_t)(end - dst) * 256 + (uint64_t)(end - src));
}

int main(void)
{
    static const unsigned sizes[] = { 1, 2, 4, 8, 10, 16, 33 };
    uint8_t *map = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    uint8_t *lo = map + PAGE, *hi = map + 3 * PAGE;

    mprotect(map, PAGE, PROT_NONE);
    mprotect(hi, PAGE, PROT_NONE);
    on_signal(SIGSEGV, fault, 0);
    for (unsigned s = 0; s < 7; s++)
        for (int write = 0; write < 2; write++) {
            uint64_t h = 0;
            unsigned ok = 0;

            memset(lo, 1, 2 * PAGE);
            for (int off = -40; off <= 40; off++) {
                ok += (unsigned)tried(hi + off, sizes[s], write, &h);
                ok += 100 * (unsigned)tried(lo + off, sizes[s], write, &h);
                ok += 10000 * (unsigned)tried(lo + PAGE + off, sizes[s], write, &h);
            }
            for (int i = 0; i < 2 * PAGE; i++)
                h = mix(h, lo[i]);
            say("size %u write %d: %u %llx\n", sizes[s], write, ok, (unsigned long long)h);
        }
    say("strings %llx\n", (unsigned long long)strings(hi));
    return 0;
}
