/*
 * rewrite/ehframe.h - where the functions of a loaded module are, from its .eh_frame in memory.
 *
 * Format: LSB core specification 5.0, 10.6 (Exception Frames); stripped modules have it too.
 */
#ifndef REWRITE_EHFRAME_H
#define REWRITE_EHFRAME_H

#include <stdint.h>

struct ehframe_range {
    uint32_t lo, hi; /* offsets from the load bias, [lo, hi) */
    uint32_t lsda;   /* of its table of exception handlers; 0: none */
};

/* A place where an unwinder may enter code. */
struct ehframe_pad {
    uint32_t at;   /* offset from the load bias */
    uint32_t from; /* some place in the function whose calls come to it */
};

/* How many rows the table of .eh_frame_hdr has; 0: it has none that is known. */
uint32_t ehframe_rows(const uint8_t *hdr);
/* Writes at most max ranges of the module whose .eh_frame_hdr lies at hdr; in file order, unsorted. Returns how many
 * there are, or 0 where the tables are not readable. */
uint32_t ehframe_ranges(const uint8_t *hdr, uintptr_t bias, struct ehframe_range *out,
                        uint32_t max);
/* Writes at most max landing pads of a function whose table lies before the offset limit; returns how many. Format:
 * Itanium C++ ABI, exception handling tables (gcc, unwind-pe.h and eh_personality.cc). */
uint32_t ehframe_pads(const struct ehframe_range *range, uintptr_t bias, uint32_t limit,
                      struct ehframe_pad *out, uint32_t max);
/* Sorts n rows of so many 32-bit words by their first word: heap sort, in place. qsort may be the host's own. */
void ehframe_sort(void *first, uint32_t n, unsigned words);
/* Sorts by address and merges overlapping ranges; returns the new count. */
uint32_t ehframe_merge(struct ehframe_range *ranges, uint32_t n);

#endif
