/*
 * report/rules.c - a lock-free, open-addressed table from pc to rule. Hot: once for each frame walked.
 *
 * An entry's pc is claimed by compare-and-swap and never changes; its rule is stored after that (release,
 * pairs with the acquire load in look()). A reader that meets a claimed entry without a rule computes the rule
 * itself. A full neighbourhood means computing each time: slower, never wrong. Forgetting zeroes rules only.
 */
#include "report/rules.h"

#include <stddef.h>

#include "base/steps.h"

enum { BITS = 17, ENTRIES = 1 << BITS, PROBES = 8 };

static struct {
    uintptr_t pc;  /* 0: free; atomic */
    uint64_t rule; /* struct report_rule; 0: not known yet; atomic */
} entries[ENTRIES];
static uint8_t ready[sizeof(entries) / BASE_STEP];

uint64_t report_rules_generation; /* of what was forgotten; atomic */

union packed {
    struct report_rule rule;
    uint64_t word;
};

/* Neighbours in the code are neighbours here: 4 entries, a cache line, for 16 bytes. */
static size_t hash(uintptr_t pc)
{
    return ((pc >> 4) * 0x9e3779b97f4a7c15u >> (64 - BITS) & ~(size_t)3) | (pc >> 2 & 3);
}

/* The entry of pc, claimed now if it is new; NULL where its neighbourhood is full. */
static uint64_t *look(uintptr_t pc)
{
    for (size_t i = 0; i < PROBES; i++) {
        size_t at = (hash(pc) + i) & (ENTRIES - 1);
        uintptr_t there;

        base_steps_touch(ready, entries, at * sizeof(entries[0]));
        there = __atomic_load_n(&entries[at].pc, __ATOMIC_RELAXED);
        if (there == 0)
            __atomic_compare_exchange_n(&entries[at].pc, &there, pc, false, __ATOMIC_RELAXED,
                                        __ATOMIC_RELAXED);
        if (there == pc || there == 0)
            return &entries[at].rule;
    }
    return NULL;
}

struct report_rule report_rules_get(uintptr_t pc)
{
    uint64_t *entry = look(pc);
    union packed p = { .word = entry ? __atomic_load_n(entry, __ATOMIC_ACQUIRE) : 0 };

    if (p.word == 0) {
        p.rule = report_cfi_rule(pc);
        if (entry)
            __atomic_store_n(entry, p.word, __ATOMIC_RELEASE);
    }
    return p.rule;
}

void report_rules_forget(uintptr_t lo, uintptr_t hi)
{
    for (size_t i = 0; i < ENTRIES; i++) {
        uintptr_t pc = __atomic_load_n(&entries[i].pc, __ATOMIC_RELAXED);

        if (pc >= lo && pc < hi)
            __atomic_store_n(&entries[i].rule, 0, __ATOMIC_RELEASE);
    }
    __atomic_add_fetch(&report_rules_generation, 1, __ATOMIC_RELEASE);
}
