/*
 * report/modules.h - the modules that are loaded, as preload/ told them, for stack walks and the hand-over.
 */
#ifndef REPORT_MODULES_H
#define REPORT_MODULES_H

#include <stdbool.h>
#include <stdint.h>

#include "report/report.h"

/* Copies m and its path; false where there is no memory or no room. */
bool report_modules_put(const struct report_module *m);
/* What lies in [lo, hi) was unloaded; it still names old frames. The caller holds report/'s lock, as for putting. */
void report_modules_leave(uintptr_t lo, uintptr_t hi);
unsigned report_modules_count(void);
/* The i-th told; valid for ever. */
const struct report_module *report_modules_at(unsigned i);
/* The newest module that holds pc, one that is loaded before one that was; or NULL. */
const struct report_module *report_modules_find(uintptr_t pc);
/* The .eh_frame_hdr of whatever loaded object holds pc, or NULL. */
const void *report_modules_eh_frame_hdr(uintptr_t pc);
/* From now on frames of the object that holds this code (libseance.so) are never shown. */
void report_modules_hide_own(void);
bool report_modules_own(uintptr_t pc);

#endif
