/*
 * rewrite/x86_64/patch.h - the jumps in the original code that lead into the copy.
 */
#ifndef REWRITE_X86_64_PATCH_H
#define REWRITE_X86_64_PATCH_H

#include "rewrite/x86_64/copy.h"

/* Patches all copied units and retargets calls in place; the text is writable meanwhile. Fills own_jump, entered and
 * the NO_PATCH reason. */
int patch_module(struct module_work *w, const struct copy_area *area);

#endif
