/*
 * report/cfi.h - how one pc's frame finds its caller, as a rule of 8 bytes.
 *
 *   63            32 31          16 15      8 7       0
 *   cfa_off          bp_off         bp        cfa
 */
#ifndef REPORT_CFI_H
#define REPORT_CFI_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

enum report_cfa {
    REPORT_CFA_NONE,     /* no rule yet (an empty cache entry) */
    REPORT_CFA_UNKNOWN,  /* no call frame information, or none that we follow */
    REPORT_CFA_END,      /* outermost frame */
    REPORT_CFA_SP,       /* sp + cfa_off */
    REPORT_CFA_BP,       /* bp + cfa_off */
    REPORT_CFA_BP_DEREF, /* the word at bp + cfa_off (realigned stacks) */
    REPORT_CFA_PLT,      /* sp + cfa_off, 8 more where (pc & 15) >= bp_off */
    REPORT_CFA_SIGNAL,   /* sp is at the kernel's ucontext */
};

enum report_bp {
    REPORT_BP_SAME,
    REPORT_BP_AT_CFA, /* saved at cfa + bp_off */
    REPORT_BP_AT_BP,  /* saved at bp + bp_off */
    REPORT_BP_LOST,
};

struct report_rule {
    uint8_t cfa; /* enum report_cfa */
    uint8_t bp;  /* enum report_bp */
    int16_t bp_off;
    int32_t cfa_off;
};
static_assert(sizeof(struct report_rule) == 8, "a rule is stored by one atomic store");

/* Reads the rule of pc from the .eh_frame of the module that holds it; about a microsecond. No locks, no
 * allocation. Never REPORT_CFA_NONE. */
struct report_rule report_cfi_rule(uintptr_t pc);
/* The same from a given .eh_frame_hdr (NULL: none). */
struct report_rule report_cfi_rule_from(const void *eh_frame_hdr, uintptr_t pc);

#endif
