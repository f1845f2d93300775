/*
 * shadow/hint.h - when a tract goes to whom: policy, not correctness.
 *
 * The first who comes gets a tract. Another who comes gets it, or reads along, if what is recorded there is ordered before him
 * and it was made good use of; else it is SHARED, until one thread has come often enough in a row, or nobody wrote for long
 * enough. How often doubles each time the tract turned out not to be worth it.
 */
#ifndef SHADOW_HINT_H
#define SHADOW_HINT_H

#include "shadow/tract.h"

enum shadow_wish { SHADOW_WISH_NONE, SHADOW_WISH_READ, SHADOW_WISH_OWN };

/* Notes t's visit of a SHARED tract; what it is time for. */
enum shadow_wish shadow_hint_visit(struct shadow_thread *t, struct shadow_tract *p, bool write);
/* The same, where it is certain to be time for nothing; false: it may be, and nothing was noted. */
bool shadow_hint_note(struct shadow_thread *t, struct shadow_tract *p, bool write)
    __attribute__((no_caller_saved_registers));
/* True if it is time for t, which reads a READ tract, to try to join. */
bool shadow_hint_join(struct shadow_thread *t);
/* Another one comes to a tract that the owner, or those who joined, used. With those that one barrier serves, they used so many
 * granules. True if he may get it. */
bool shadow_hint_worth(struct shadow_tract *p, uint32_t used);
void shadow_hint_lose(struct shadow_tract *p);
/* The tract becomes SHARED for want of memory: that slot gets it at its next visit. */
void shadow_hint_expect(struct shadow_tract *p, uint32_t slot);
void shadow_hint_forget(struct shadow_tract *p);

#endif
