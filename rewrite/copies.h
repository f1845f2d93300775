/*
 * rewrite/copies.h - where copies lie, and the way from an address in one to the original and back.
 */
#ifndef REWRITE_COPIES_H
#define REWRITE_COPIES_H

#include "rewrite/module.h"

/* Bytes of a thunk. Behind that for the cold path lies the one for dead flags, and that for strips of loops. */
#define COPIES_THUNK 16

/* Room for a copy of so many bytes, in a new area where the module's last is full; NULL where there is none. */
struct copy_area *copies_room(struct module *m, size_t hot, size_t cold,
                              const struct rewrite_runtime *rt);
/* Takes what was written from the area's free parts and publishes the copy. */
void copies_publish(struct copy_area *a, struct unit_copy *c);
/* Unmaps a module's areas. */
void copies_release(struct module *m);
/* The address of the instruction at off in its copy, or 0 where no instruction begins there. */
uintptr_t copies_address(const struct unit_copy *c, uint32_t off);

/* n sites with adjoining numbers, and the first number; NULL: no more. */
struct rewrite_site *copies_sites(uint32_t n, uint32_t *first);

#endif
