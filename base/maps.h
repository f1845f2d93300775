/*
 * base/maps.h - reads /proc/self/maps without libc's stdio. One pass, fixed buffers; signal-safe.
 */
#ifndef BASE_MAPS_H
#define BASE_MAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct base_map {
    uintptr_t lo, hi; /* [lo, hi) */
    uint64_t offset;  /* file offset, bytes */
    uint64_t inode;
    int prot; /* PROT_* */
    bool shared;
    char path[512]; /* cut if longer; "" for anonymous */
};

/* Calls fn for every mapping in address order until it returns false; 0 or -errno (no /proc). */
int base_maps_each(bool (*fn)(const struct base_map *map, void *arg), void *arg);

struct base_resident {
    uintptr_t lo;
    uint64_t bytes; /* of the mapping that are in memory */
    bool dontdump;  /* MADV_DONTDUMP was said: so is all of ours */
};

/* Calls fn for every mapping; 0 or -errno. The kernel looks at every page for it: some milliseconds a gigabyte. */
int base_maps_resident(void (*fn)(const struct base_resident *r, void *arg), void *arg);
/* Bytes of all mappings that are in memory, or -errno; some microseconds (proc(5), statm). */
int64_t base_maps_resident_sum(void);

#endif
