/*
 * report/dedupe.c - see report/dedupe.h. An open-addressed table of 64-bit keys that only grows.
 *
 * `keys[i]` is claimed by compare-and-swap; whoever claims it sends the finding. A full table counts everything
 * further as a repeat: better quiet than endless. No locks, signal-safe; reset only in a forked child.
 */
#include "report/dedupe.h"

#include "base/mem.h"

enum { BITS = 14, ENTRIES = 1 << BITS, FULL = ENTRIES - ENTRIES / 8 };

static uint64_t keys[ENTRIES];    /* 0: free; atomic */
static uint32_t indices[ENTRIES]; /* number of the finding plus 1, written after the key; atomic */
static uint32_t counts[ENTRIES];  /* how often it came again; atomic */
static uint8_t verdicts[ENTRIES]; /* enum report_verdict; atomic */
static uint32_t used;             /* findings numbered; atomic */
static uint64_t repeats;          /* all of them; atomic */

static uint64_t mix(uint64_t h)
{
    h = (h ^ h >> 32) * 0xd6e8feb86659fd93u;
    h = (h ^ h >> 32) * 0xd6e8feb86659fd93u;
    return h ^ h >> 32;
}

static uint64_t key_of(enum report_kind kind, uintptr_t a, uintptr_t b)
{
    uintptr_t other = b ? b : a; /* one side only */
    uintptr_t low = a < other ? a : other, high = a < other ? other : a;
    uint64_t key = mix(mix(mix(kind + 1) + low) + high);

    return key ? key : 1;
}

/* The key's entry, or the free one where it would go; ENTRIES where the table is full. */
static uint32_t entry_of(uint64_t key)
{
    for (uint32_t i = 0; i < ENTRIES; i++) {
        uint32_t at = (uint32_t)(key + i) & (ENTRIES - 1);
        uint64_t there = __atomic_load_n(&keys[at], __ATOMIC_RELAXED);

        if (there == key || there == 0)
            return at;
    }
    return ENTRIES;
}

static void count(uint32_t at)
{
    __atomic_fetch_add(&repeats, 1, __ATOMIC_RELAXED);
    if (at < ENTRIES)
        __atomic_fetch_add(&counts[at], 1, __ATOMIC_RELAXED);
}

bool report_seen(enum report_kind kind, uintptr_t pc_a, uintptr_t pc_b)
{
    uint64_t key = key_of(kind, pc_a, pc_b);
    uint32_t at = entry_of(key);

    if (at < ENTRIES && __atomic_load_n(&keys[at], __ATOMIC_RELAXED) == 0)
        return false;
    count(at);
    return true;
}

bool report_dedupe_first(enum report_kind kind, uintptr_t pc_a, uintptr_t pc_b, uint32_t *index)
{
    uint64_t key = key_of(kind, pc_a, pc_b), expected;
    uint32_t at;

    do {
        at = entry_of(key);
        expected = 0;
        if (at == ENTRIES || __atomic_load_n(&used, __ATOMIC_RELAXED) >= FULL ||
            __atomic_load_n(&keys[at], __ATOMIC_RELAXED) == key) {
            count(at);
            return false;
        }
    } while (!__atomic_compare_exchange_n(&keys[at], &expected, key, false, __ATOMIC_RELAXED,
                                          __ATOMIC_RELAXED));
    *index = __atomic_fetch_add(&used, 1, __ATOMIC_RELAXED);
    __atomic_store_n(&indices[at], *index + 1, __ATOMIC_RELAXED);
    return true;
}

void report_dedupe_verdict(enum report_kind kind, uintptr_t pc_a, uintptr_t pc_b,
                           enum report_verdict verdict)
{
    uint32_t at = entry_of(key_of(kind, pc_a, pc_b));

    if (at < ENTRIES)
        __atomic_store_n(&verdicts[at], (uint8_t)verdict, __ATOMIC_RELAXED);
}

enum report_verdict report_verdict(enum report_kind kind, uintptr_t pc_a, uintptr_t pc_b)
{
    uint32_t at = entry_of(key_of(kind, pc_a, pc_b));

    return at < ENTRIES ? (enum report_verdict)__atomic_load_n(&verdicts[at], __ATOMIC_RELAXED)
                        : REPORT_UNKNOWN;
}

uint32_t report_dedupe_repeats(void (*each)(uint32_t index, uint32_t count, void *arg), void *arg,
                               uint32_t max)
{
    uint32_t n = 0;

    if (!__atomic_load_n(&used, __ATOMIC_RELAXED)) /* leaves the pages of an empty table alone */
        return 0;
    for (uint32_t i = 0; i < ENTRIES && n < max; i++) {
        uint32_t again = __atomic_load_n(&counts[i], __ATOMIC_RELAXED);
        uint32_t index = __atomic_load_n(&indices[i], __ATOMIC_RELAXED);

        if (again && index) {
            each(index - 1, again, arg);
            n++;
        }
    }
    return n;
}

uint64_t report_dedupe_total_repeats(void)
{
    return __atomic_load_n(&repeats, __ATOMIC_RELAXED);
}

void report_dedupe_reset(void)
{
    base_mem_set(keys, 0, sizeof keys);
    base_mem_set(indices, 0, sizeof indices);
    base_mem_set(counts, 0, sizeof counts);
    base_mem_set(verdicts, 0, sizeof verdicts);
    used = 0;
    repeats = 0;
}
