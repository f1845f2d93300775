/*
 * rewrite/area.h - executable memory near a module: its copy area and the stubs that short jumps can reach.
 *
 * Memory is RW while it is filled and becomes RX with area_seal(). Start-up only, one thread.
 */
#ifndef REWRITE_AREA_H
#define REWRITE_AREA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Maps size bytes (RW) so that all of it is within 2 GiB of [lo, hi); 0 where there is no room. */
uintptr_t area_map_near(uintptr_t lo, uintptr_t hi, size_t size);
/* 8 free bytes of a stub page inside [lo, hi); 0 where there are none. Without `fresh` only of pages that hold stubs
 * already; with it of any page, mapped as needed. */
uintptr_t area_stub(uintptr_t lo, uintptr_t hi, bool fresh);
/* Makes all stub pages RX. */
void area_seal_stubs(void);
/* Program break area: stubs and copies keep out of [lo, hi). */
void area_keep_out(uintptr_t lo, uintptr_t hi);
size_t area_stub_bytes(void);
size_t area_stub_maps(void);
/* True if the address lies in a stub chunk. */
bool area_has(uintptr_t pc);

#endif
