/*
 * rewrite/area.h - room near a module: for copies, and for the stubs that short jumps can reach.
 *
 * The caller holds the rewriter's lock, except for area_has().
 */
#ifndef REWRITE_AREA_H
#define REWRITE_AREA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Reserves size bytes (no access) so that all of it is within 2 GiB of [lo, hi); 0 where there is no room. */
uintptr_t area_reserve_near(uintptr_t lo, uintptr_t hi, size_t size);
/* Puts a jump to target somewhere inside [lo, hi), returns where; 0 where it cannot be. Without `fresh` only in memory that
 * holds stubs already; with it mapped as needed. */
uintptr_t area_stub(uintptr_t lo, uintptr_t hi, uintptr_t target, bool fresh);
/* Program break area: stubs and copies keep out of [lo, hi). */
void area_keep_out(uintptr_t lo, uintptr_t hi);
/* Memory and mappings of all stubs. */
size_t area_stub_bytes(void);
size_t area_stub_maps(void);
/* True if the address lies among stubs. Without the lock, from signal handlers too. */
bool area_has(uintptr_t pc);

#endif
