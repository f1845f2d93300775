/*
 * report/cfi_read.h - the encodings of .eh_frame: bounded numbers, pointers, entries and the search table.
 */
#ifndef REPORT_CFI_READ_H
#define REPORT_CFI_READ_H

#include <stdbool.h>
#include <stdint.h>

/* Reads past the end give zero and set bad. */
struct report_cfi_reader {
    const uint8_t *at, *end;
    bool bad;
};

uint64_t report_cfi_fixed(struct report_cfi_reader *r,
                          unsigned bytes); /* little endian, 1 to 8 bytes */
uint64_t report_cfi_uleb(struct report_cfi_reader *r);
int64_t report_cfi_sleb(struct report_cfi_reader *r);
void report_cfi_skip(struct report_cfi_reader *r, uint64_t bytes);
/* A pointer in encoding DW_EH_PE_*; false for encodings that no AMD64 toolchain writes. */
bool report_cfi_pointer(struct report_cfi_reader *r, uint8_t encoding, uintptr_t data_base,
                        uintptr_t *out);
/* Sets r to the contents of the entry (after its length); false for 64-bit and empty entries. */
bool report_cfi_entry(const uint8_t *at, struct report_cfi_reader *r);
/* The FDE that the binary search table names for pc (it may still not cover pc), or NULL. */
const uint8_t *report_cfi_find(const void *eh_frame_hdr, uintptr_t pc);

#endif
