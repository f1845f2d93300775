/*
 * rewrite/lazy.h - stubs that rewrite a unit when it is first entered.
 *
 *      stub:  jmp *target                               32 bytes, the same for ever
 *             lea -128(%rsp),%rsp ; call resolver       over the red zone
 *             lea 128(%rsp),%rsp ; jmp stub
 *      slot:  target, what for                          16 bytes of data
 *
 * The target is the stub's own second instruction until the unit has a copy: a thread that enters meanwhile comes into the
 * resolver, waits, and goes on in the copy. Only data changes, so nobody can run half of a change.
 */
#ifndef REWRITE_LAZY_H
#define REWRITE_LAZY_H

#include "rewrite/module.h"

#define LAZY_CALL 16 /* where the call in a stub returns to, from its start */

struct lazy_slot {
    uintptr_t target; /* atomic */
    uint32_t off;     /* where the original would have been entered, from the load bias */
    uint32_t module;
};

/* Room for so many stubs of a new module; false: no memory near it. */
bool lazy_prepare(const struct module *m, uint32_t stubs, uintptr_t resolver);
/* A stub for off; 0: no memory. */
uintptr_t lazy_stub(const struct module *m, uint32_t off, uintptr_t resolver);
/* The slot of the stub that the address lies in, or NULL. Without the lock, from signal handlers too. */
struct lazy_slot *lazy_slot(uintptr_t stub);
/* From now on the stub leads to target. */
void lazy_lead(uintptr_t stub, uintptr_t target);
bool lazy_leads(uintptr_t stub);
/* Forgets and unmaps a module's stubs. */
void lazy_release(uint32_t module);

#endif
