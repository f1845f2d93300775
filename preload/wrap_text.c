/*
 * preload/wrap_text.c - the wrappers of wrap_text.def. See generate.h.
 */
#include "preload/generate.h"

#include "preload/wrap_text.def"
