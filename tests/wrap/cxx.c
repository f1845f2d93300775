/* Stands in for libc++: the entry points of it that have a row, as its ABI has them. */
#include <stdbool.h>

void _ZNSt3__111__call_onceERVmPvPFvS2_E(unsigned long volatile *flag, void *arg,
                                         void (*routine)(void *));
bool _ZNSt3__131__arrive_barrier_algorithm_baseEPNS_24__barrier_algorithm_baseEh(
    void *barrier, unsigned char phase);

void _ZNSt3__111__call_onceERVmPvPFvS2_E(unsigned long volatile *flag, void *arg,
                                         void (*routine)(void *))
{
    if (!*flag)
        routine(arg);
    *flag = ~0ul;
}

bool _ZNSt3__131__arrive_barrier_algorithm_baseEPNS_24__barrier_algorithm_baseEh(
    void *barrier, unsigned char phase)
{
    return phase == *(unsigned char *)barrier;
}
