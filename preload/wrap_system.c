/*
 * preload/wrap_system.c - the wrappers of wrap_system.def. See generate.h.
 */
#include "preload/generate.h"

#include "preload/wrap_system.def"
