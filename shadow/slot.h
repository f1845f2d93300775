/*
 * shadow/slot.h - slots: the short names of threads in cells and clocks.
 *
 * A thread is a sequence of slots. A slot is used again, oldest first, with its clock going on: to others the old and
 * the new tenant look like one thread, which can hide a race but never invent one. A slot whose clock is used up rests
 * until the world is reset. Where threads outnumber the slots, those that did nothing lately lose theirs, and take another
 * one when they go on. A journal a slot says who had it from which clock on.
 */
#ifndef SHADOW_SLOT_H
#define SHADOW_SLOT_H

#include "shadow/thread.h"

/* First clock of the present tenant of each slot; changes in shadow_slot_take() only. */
extern uint32_t shadow_slot_first[SHADOW_SLOTS];

/* Who has the slot now; valid while that one owns a tract (tract.h). */
extern struct shadow_thread *shadow_slot_holder[SHADOW_SLOTS];

/* Takes a free slot; false: none. *exhausted: so many rest that only a reset helps. */
bool shadow_slot_take(struct shadow_thread *t, bool *exhausted);
/* Gives the slot back; t's clock goes on knowing it. t stamps nothing until it has another one. */
void shadow_slot_leave(struct shadow_thread *t);
/* With the world stopped by `by`: takes the slots of some other threads away. False: nobody has one. */
bool shadow_slot_preempt(const struct shadow_thread *by);
/* True if taking one may succeed now. */
bool shadow_slot_any(void);
/* Who was in the slot at that clock, or NULL. */
struct shadow_identity *shadow_slot_who(uint32_t slot, uint32_t clock);
/* At start-up, and with the world stopped: every slot free, every clock 0. */
void shadow_slot_reset(void);
void shadow_slot_fork_child(void);

#endif
