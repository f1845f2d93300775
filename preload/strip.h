/*
 * preload/strip.h - loops that are checked ahead.
 */
#ifndef PRELOAD_STRIP_H
#define PRELOAD_STRIP_H

/* Of struct shadow_inline.spill: what the register that a loop's strips are counted by must not reach. 0: ask. */
#define PRELOAD_SPILL_STRIP 3

extern const char preload_strip_entry[] __attribute__((visibility("hidden")));

#endif
