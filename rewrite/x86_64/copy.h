/*
 * rewrite/x86_64/copy.h - the copy of a unit with the checks in it.
 */
#ifndef REWRITE_X86_64_COPY_H
#define REWRITE_X86_64_COPY_H

#include "rewrite/x86_64/encode.h"
#include "rewrite/x86_64/unit.h"

/* Emits the unit into one of its module's areas and publishes the copy with its sites. Branches and calls that leave the
 * unit go to insn.link; sets insn.copy. NULL: no room near the module, or out of reach. */
const struct unit_copy *copy_emit(const struct unit *u, const struct rewrite_runtime *rt);

#endif
