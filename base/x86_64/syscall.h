/*
 * base/x86_64/syscall.h - the one instruction that enters the kernel (System V AMD64 ABI, A.2.1).
 */
#ifndef BASE_X86_64_SYSCALL_H
#define BASE_X86_64_SYSCALL_H

static inline long base_syscall(long nr, long a, long b, long c, long d, long e, long f)
{
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    long ret;

    __asm__ volatile("syscall"
                     : "=a"(ret)
                     : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return ret;
}

#endif
