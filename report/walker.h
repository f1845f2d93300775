/*
 * report/walker.h - what the two ways to a stack share: the walk (stack.c) and the look at the last walk (callers.c).
 */
#ifndef REPORT_WALKER_H
#define REPORT_WALKER_H

#include "report/callers.h"

/* The memo's frame i has just been walked to: what to know when it comes again. */
void report_callers_learn(struct report_walker *w, uint32_t i);

#endif
