/*
 * preload/facts.h - what start-up learns from the kernel: auxiliary vector, /proc, the mappings.
 */
#ifndef PRELOAD_FACTS_H
#define PRELOAD_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "preload/layout.h"

struct preload_facts {
    const char *options; /* value of SEANCE_OPTIONS, or NULL */
    const char *program; /* path of the executable */
    uintptr_t loader;    /* AT_BASE */
    uintptr_t vdso;      /* AT_SYSINFO_EHDR */
    uintptr_t stack_lo;  /* lowest address that the first stack may reach */
    bool traced;         /* by a debugger, which may have put breakpoints into the code */
    struct preload_layout_facts layout;
};

/* From the constructor's envp, behind which the auxiliary vector lies (System V AMD64 ABI, 3.4.1). */
void preload_facts_read(char **envp, struct preload_facts *facts);
/* The mappings, once the modules are known (they stand in where there is no /proc). */
void preload_facts_mappings(struct preload_facts *facts);

#endif
