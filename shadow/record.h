/*
 * shadow/record.h - what one granule's two cells cannot say: several readers, bytes of different epochs.
 *
 *      w[b]     epoch (mask 0) of the last write of byte b, 0: none
 *      r[i]     cells: reads since, at most a few for each slot; entries go on in the chain of `next`
 *
 * A record belongs to the owner of its granule's lock. Its index stands in cell A as an escape. Records whose cell was
 * dropped with its page are found again when the pool has run out: their cell does not name them. Each thread keeps
 * some free ones for itself: the one just freed, still in the processor's cache, is the next to be used.
 */
#ifndef SHADOW_RECORD_H
#define SHADOW_RECORD_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

#define SHADOW_RECORDS (1u << 22)
#define SHADOW_RECORD_READERS 8

struct shadow_record {
    uint64_t
        granule; /* program address; 0: on the free list or in construction or part of a chain */
    uint32_t w[4];
    uint32_t n;    /* readers in this part */
    uint32_t next; /* index of the next part, 0: none; also the free list */
    uint32_t r[SHADOW_RECORD_READERS];
};
static_assert(sizeof(struct shadow_record) == 64, "one cache line");

extern struct shadow_record *shadow_records; /* index 0 is not used */

/* A thread's own free records, through `next`; used by that thread alone. */
struct shadow_record_cache {
    uint32_t first, count;
};

int shadow_record_init(void);
/* Without readers, granule and next part; w[] and r[] hold anything. 0: none left. */
uint32_t shadow_record_new(struct shadow_record_cache *cache);
/* So many at most are used from now on; those in use stay. */
void shadow_record_bound(uint64_t records);
/* The record and its chain. cache NULL: to the common list. */
void shadow_record_free(struct shadow_record_cache *cache, uint32_t index);
/* A thread ends: what it kept goes to the common list. */
void shadow_record_flush(struct shadow_record_cache *cache);
/* With the world stopped: all free. */
void shadow_record_reset(void);
void shadow_record_fork_child(void);

#endif
