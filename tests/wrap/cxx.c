/* Stands in for libc++ and libomp: their entry points that have a row, as the ABI has them. */
#include <stdbool.h>
#include <stddef.h>

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

void *__kmpc_omp_task_alloc(void *place, int thread, int flags, size_t size, size_t shared,
                            void *entry);

void *__kmpc_omp_task_alloc(void *place, int thread, int flags, size_t size, size_t shared,
                            void *entry)
{
    static char memory[256];

    return size + shared <= sizeof(memory) ? memory : NULL;
}
