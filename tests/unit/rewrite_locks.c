/* Locked instructions in bytes that nobody has divided into instructions. */
#include "rewrite/x86_64/locks.h"

#include <criterion/criterion.h>

Test(rewrite_locks, finds_each_kind)
{
    static const uint8_t code[] = {
        0xF0, 0x0F, 0xB1, 0x17,       /* lock cmpxchg %edx,(%rdi) */
        0xF0, 0x48, 0x0F, 0xC1, 0x07, /* lock xadd %rax,(%rdi) */
        0xF0, 0x0F, 0xB0, 0x17,       /* lock cmpxchg %dl,(%rdi) */
        0xF0, 0x48, 0x0F, 0xC7, 0x0F, /* lock cmpxchg16b (%rdi) */
        0x90,
    };

    cr_assert_eq(locks_count(code, sizeof(code), 100), 4);
    cr_assert_eq(locks_count(code, sizeof(code), 2), 2);
    cr_assert_eq(locks_count(code, 3, 100), 0); /* nothing behind the end is looked at */
}

Test(rewrite_locks, takes_nothing_else_for_one)
{
    static const uint8_t code[] = {
        0x0F, 0xB1, 0x17, 0x90,       /* cmpxchg without lock */
        0xF0, 0x83, 0x0C, 0x24, 0x00, /* lock orl $0,(%rsp): a fence */
        0xF0, 0x90, 0x90, 0x90,
    };

    cr_assert_eq(locks_count(code, sizeof(code), 100), 0);
}
