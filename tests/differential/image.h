/*
 * tests/differential/image.h - the linked host program as a file, in which slots are filled.
 */
#ifndef DIFFERENTIAL_IMAGE_H
#define DIFFERENTIAL_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "context.h"

struct section {
    uint64_t address; /* as linked */
    uint8_t *bytes;
    uint64_t size;
};

#define IMAGE_SLOTS 8192

/* What callers must know of a finished sequence that keeps to the ABI. */
struct callee {
    bool fit;          /* may be called: keeps to the ABI and calls nobody */
    uint32_t clobbers; /* registers that are dead behind a call of it */
};

struct image {
    uint8_t *file;
    size_t bytes;
    bool fixed; /* not PIE */
    struct section slots, sizes, masks, tables, arena, homes;
    int64_t tls_offset;
    uint32_t nslots, tables_used;
    uint64_t slot_address[IMAGE_SLOTS];
    struct callee callee[IMAGE_SLOTS];
};

/* Ends the program with a message where it cannot be done. */
void image_read(struct image *im, const char *path);
void image_write(const struct image *im, const char *path);
uint16_t image_slot_bytes(const struct image *im, uint32_t slot);

#endif
