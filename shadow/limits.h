/*
 * shadow/limits.h - the sizes that a unit test makes small. Written before shadow_init() only.
 */
#ifndef SHADOW_LIMITS_H
#define SHADOW_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

struct shadow_limits {
    uint32_t slots;   /* at most SHADOW_SLOTS */
    uint32_t clocks;  /* last clock of a slot, at most SHADOW_CELL_CLOCK_MAX */
    uint32_t tags;    /* level 1: tags of a plane before it is dropped, at most SHADOW_TAGS */
    uint32_t records; /* escape records, at most SHADOW_RECORDS */
    uint32_t planes;  /* private planes; beyond it threads share one */
    bool no_tier2;    /* every access by the general way */
    bool eager;       /* a tract goes to whom it can, whether that pays or not */
    bool no_tracts;   /* as where the kernel has no membarrier for us */
    bool memfd;       /* planes from a memfd, as under vm.overcommit_memory=2 */
};

extern struct shadow_limits shadow_limits;

#endif
