// An access of two bytes between two calls, of which the second leads a little ahead: what its displacement lends to a jump says
// "where the heap grows". A block is read there after another thread has freed it.
// expect: heap-use-after-free in=look,give_back
#include "race.h"

__asm__(".text\n"
        ".globl nearby\n"
        ".type nearby, @function\n"
        "nearby: .cfi_startproc\n"
        "ret\n"
        ".cfi_endproc\n"
        ".size nearby, . - nearby\n"
        ".subsection 1\n"
        ".skip 0x800, 0x90\n"
        ".globl ahead\n"
        ".type ahead, @function\n"
        "ahead: .cfi_startproc\n"
        "ret\n"
        ".cfi_endproc\n"
        ".size ahead, . - ahead\n"
        ".subsection 0\n");

NOINLINE static int look(const int *word)
{
    int value;

    __asm__ volatile("sub $128, %%rsp\n\t" /* below lies what the compiler keeps there */
                     "call nearby\n\t"
                     "mov (%%rbx), %%edi\n\t"
                     "call ahead\n\t"
                     "add $128, %%rsp"
                     : "=D"(value)
                     : "b"(word)
                     : "cc", "memory");
    return value;
}

NOINLINE static void *give_back(void *word)
{
    free(word);
    return NULL;
}

int main(void)
{
    int *word = malloc(sizeof(*word));

    MUST(word);
    *word = 1;
    MUST(pthread_join(race_start(give_back, word), NULL) == 0);
    look(word);
    return 0;
}
