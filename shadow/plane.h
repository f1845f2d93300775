/*
 * shadow/plane.h - where shadow lies: images of the program's windows, at a distance, without commitment.
 *
 * Everything is counted in blocks of 64 GiB, 2,048 of them in the 47-bit space. The windows of the program are rounded
 * outward to blocks. An image of block b is block b + k (GS form) or b ^ k (XOR form), shifted by a displacement that
 * keeps shadow and program apart modulo 4096; the shift spills into the block behind, which counts as used too.
 *
 *      program     |  b  | b+1 |                        | c  |
 *      plane             | +disp: image of b, b+1 | spill |     | image of c | spill |
 */
#ifndef SHADOW_PLANE_H
#define SHADOW_PLANE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shadow/shadow.h"

#define SHADOW_A_DISP 0x540
#define SHADOW_W_DISP 0xA80

struct shadow_plane {
    struct shadow_plane *next; /* list of unused private planes */
    uint64_t inline_value;     /* what struct shadow_inline.plane holds */
    uint32_t disp;
    int32_t shift; /* blocks: added (GS) or xored (XOR) */
    enum shadow_form form;
    uint32_t tag; /* level 1: number of the last tag handed out; a new owner goes on from here */
    bool common;  /* shared by threads that found no private plane */
    uint64_t resident; /* bytes in memory, as of the last measurement, see budget.c */
};

/* Bytes in memory: of the inline planes, and of A, W and the table of tracts. */
struct shadow_plane_use {
    uint64_t level1, level2;
};

/* Keys and windows; written by shadow_plane_init() only. */
struct shadow_planes {
    uint64_t a_key, w_key;
    enum shadow_form form;
};
extern struct shadow_planes shadow_planes;

static inline uint32_t *shadow_plane_a(uintptr_t x)
{
    return (uint32_t *)(((x & ~(uintptr_t)3) ^ shadow_planes.a_key) + SHADOW_A_DISP);
}

static inline uint32_t *shadow_plane_w(uintptr_t x)
{
    return (uint32_t *)(((x & ~(uintptr_t)3) ^ shadow_planes.w_key) + SHADOW_W_DISP);
}

/* Reserves A and W, and the table of tracts if it can be had. 0, -EINVAL (no window) or -ENOMEM. */
int shadow_plane_init(const struct shadow_layout *layout);
/* A private plane for level 1, or the common one, or NULL where not even that can be had. */
struct shadow_plane *shadow_plane_new(void);
/* Back to the list; its memory goes back to the kernel if `large`. */
void shadow_plane_put(struct shadow_plane *plane, bool large);
void shadow_plane_drop(struct shadow_plane *plane); /* every cell 0 */
void shadow_plane_drop_shared(void); /* A, W, the tracts, what was freed, and the common plane */
/* Zeroed memory for a byte for 64 of the program's; NULL: no address space. */
uint8_t *shadow_plane_reserve_freed(void);
/* Whole pages of a plane, or of the table of tracts, become 0 and go back to the kernel. */
void shadow_plane_drop_bytes(uintptr_t lo, size_t len);
/* Gives A's and W's whole pages of [lo, hi) back; returns through *from, *to the part that was. */
void shadow_plane_drop_range(struct shadow_thread *t, uintptr_t lo, uintptr_t hi, uintptr_t *from,
                             uintptr_t *to);
/* For each mapping that is ours: adds it to the planes' uses. */
void shadow_plane_measure_begin(void);
void shadow_plane_measure(uintptr_t lo, uint64_t bytes, struct shadow_plane_use *use);
/* Those that no thread has give their memory back. */
void shadow_plane_drop_unused(void);
/* In a forked child: fresh memory under every plane. */
void shadow_plane_fork_child(void);
/* The common plane, NULL while nobody needs it. */
struct shadow_plane *shadow_plane_common(void);

#endif
