/*
 * rewrite/x86_64/check.h - emits the inlined compare before an access, and its cold stub.
 */
#ifndef REWRITE_X86_64_CHECK_H
#define REWRITE_X86_64_CHECK_H

#include "rewrite/x86_64/encode.h"

struct check_context {
    const struct rewrite_runtime *rt;
    struct emitter *hot;
    struct emitter *cold;
    uintptr_t thunk; /* call target of the cold stubs, in the copy area */
    uintptr_t bias;
};

/* Emits the check of `in` for site `number`; fills copy, cold and check of *site, whose pc is
 * set. */
void check_emit(struct check_context *c, const struct insn *in, uint32_t number,
                struct rewrite_site *site);

#endif
