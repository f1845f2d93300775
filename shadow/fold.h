/*
 * shadow/fold.h - what an inline plane says of a tract (tract.h), brought into planes A and W.
 */
#ifndef SHADOW_FOLD_H
#define SHADOW_FOLD_H

#include "shadow/tract.h"

/* What t's inline plane says of the tract at x, which is held and was t's, or a READ one that t has joined. Returns how many
 * granules it speaks of. by: whose records are used. */
uint32_t shadow_fold_owned(struct shadow_thread *by, const struct shadow_thread *t, uintptr_t x);
uint32_t shadow_fold_joined(struct shadow_thread *by, const struct shadow_thread *t, uintptr_t x);

#endif
