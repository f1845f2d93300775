// Whatever a program asks Valgrind, it is told what it is told without it: run.py compares the output with that of a native run.
// expect: none
#include <valgrind/helgrind.h>
#include <valgrind/memcheck.h>
#undef ANNOTATE_HAPPENS_BEFORE
#undef ANNOTATE_HAPPENS_AFTER
#include <valgrind/drd.h>

#include "race.h"

static long asked(long number, long otherwise)
{
    return (long)VALGRIND_DO_CLIENT_REQUEST_EXPR(otherwise, number, 1, 2, 3, 4, 5);
}

/* A result that the program uses lies in rdx; flags and all other registers must stand as well. */
NOINLINE static unsigned long registers(unsigned long seed)
{
    unsigned long block[6] = { 0x48470000 + 256 + 33, seed, 0, 0, 0, 0 }, sum = seed, kept[5];
    unsigned char carry;

    __asm__ volatile(
        "mov %[a], %%rbx; mov %[a], %%rcx; mov %[a], %%rsi; mov %[a], %%rdi\n\t"
        "mov %[a], %%r8; mov %[a], %%rdx; not %%rdx; lea %[block], %%rax\n\t"
        "rol $3, %%rdi; rol $13, %%rdi; rol $61, %%rdi; rol $51, %%rdi\n\t"
        "xchg %%rbx, %%rbx\n\t"
        "setc %[carry]; add %%rbx, %%rdx; add %%rcx, %%rdx; add %%rsi, %%rdx\n\t"
        "mov %%rdi, %[k0]; mov %%rdx, %[k1]; mov %%r8, %[k2]"
        : [k0] "=m"(kept[0]), [k1] "=m"(kept[1]), [k2] "=m"(kept[2]), [carry] "=m"(carry)
        : [a] "r"(sum), [block] "m"(block)
        : "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "cc", "memory");
    return kept[0] ^ kept[1] << 1 ^ kept[2] << 2 ^ carry;
}

int main(void)
{
    void *block = malloc(100);
    unsigned long sum = 0;

    printf("%d %d\n", (int)RUNNING_ON_VALGRIND, (int)VALGRIND_COUNT_ERRORS);
    printf("%d %d\n", (int)DRD_GET_VALGRIND_THREADID, (int)DRD_GET_DRD_THREADID);
    printf("%ld\n", asked(0x48470000 + 256 + 42, 0)); /* VALGRIND_HG_CLEAN_MEMORY_HEAPBLOCK */
    printf("%ld\n", (long)VALGRIND_HG_GET_ABITS(block, NULL, 100));
    printf("%d\n", (int)VALGRIND_STACK_REGISTER(block, (char *)block + 100));
    printf("%d\n", (int)VALGRIND_MEMPOOL_EXISTS(block));
    printf("%d %d\n", (int)VALGRIND_MAKE_MEM_UNDEFINED(block, 100),
           (int)VALGRIND_CHECK_MEM_IS_DEFINED(block, 100));
    printf("%d\n", VALGRIND_PRINTF("nobody sees this\n"));
    printf("%d\n", (int)VALGRIND_NON_SIMD_CALL1(&malloc, 1));
    printf("%ld %ld\n", asked(0x48470000 + 256 + 34, 17), asked(0x7FFFFFFF, -1));
    for (unsigned long i = 0; i < 100; i++)
        sum += registers(i * 0x9E3779B97F4A7C15ul);
    printf("%lx\n", sum);
    free(block);
    return 0;
}
