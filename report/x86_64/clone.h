/*
 * report/x86_64/clone.h - a task that shares this address space, on a stack of its own (clone(2), raw).
 *
 *   child's stack, growing down:   | run | argument |  <- stack_top        run's return value is its exit status
 */
#ifndef REPORT_X86_64_CLONE_H
#define REPORT_X86_64_CLONE_H

#include <stdint.h>
#include <sys/syscall.h>

/* Returns the child's pid, or -errno. stack_top: 16-byte aligned. run() must not touch TLS. */
static inline long report_clone(unsigned long flags, void *stack_top, int (*run)(void *),
                                void *argument)
{
    uintptr_t *top = stack_top;
    long ret;

    *--top = (uintptr_t)argument;
    *--top = (uintptr_t)run;
    __asm__ volatile("xorl %%edx, %%edx\n\t"
                     "xorl %%r10d, %%r10d\n\t"
                     "xorl %%r8d, %%r8d\n\t"
                     "syscall\n\t"
                     "testq %%rax, %%rax\n\t"
                     "jnz 1f\n\t"
                     "xorl %%ebp, %%ebp\n\t"
                     "popq %%rax\n\t"
                     "popq %%rdi\n\t"
                     "call *%%rax\n\t"
                     "movl %%eax, %%edi\n\t"
                     "movl %[exit], %%eax\n\t"
                     "syscall\n\t"
                     "1:"
                     : "=a"(ret)
                     : "a"((long)SYS_clone), "D"(flags), "S"(top), [exit] "i"(SYS_exit)
                     : "rcx", "r11", "rdx", "r8", "r10", "memory", "cc");
    return ret;
}

#endif
