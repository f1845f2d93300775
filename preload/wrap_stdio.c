/*
 * preload/wrap_stdio.c - the wrappers of wrap_stdio.def. See generate.h.
 */
#include "preload/generate.h"

#include "preload/wrap_stdio.def"
