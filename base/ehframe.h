/*
 * base/ehframe.h - the encodings of .eh_frame: bounded numbers, pointers, entries and the search table.
 */
#ifndef BASE_EHFRAME_H
#define BASE_EHFRAME_H

#include <stdbool.h>
#include <stdint.h>

/* Reads past the end give zero and set bad. */
struct base_ehframe_reader {
    const uint8_t *at, *end;
    bool bad;
};

uint64_t base_ehframe_fixed(struct base_ehframe_reader *r,
                            unsigned bytes); /* little endian, 1 to 8 bytes */
uint64_t base_ehframe_uleb(struct base_ehframe_reader *r);
int64_t base_ehframe_sleb(struct base_ehframe_reader *r);
void base_ehframe_skip(struct base_ehframe_reader *r, uint64_t bytes);
/* A pointer in encoding DW_EH_PE_*; false for encodings that no AMD64 toolchain writes. */
bool base_ehframe_pointer(struct base_ehframe_reader *r, uint8_t encoding, uintptr_t data_base,
                          uintptr_t *out);
/* Sets r to the contents of the entry (after its length); false for 64-bit and empty entries. */
bool base_ehframe_entry(const uint8_t *at, struct base_ehframe_reader *r);
/* The FDE that the binary search table names for pc (it may still not cover pc), or NULL. */
const uint8_t *base_ehframe_find(const void *eh_frame_hdr, uintptr_t pc);

#endif
