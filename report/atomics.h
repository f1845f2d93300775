/*
 * report/atomics.h - `seance atomics`, from the host's side.
 */
#ifndef REPORT_ATOMICS_H
#define REPORT_ATOMICS_H

#include "report/report.h"

/* report_atomics() under report.c's lock, while no renderer runs. */
void report_atomics_ask(const struct report_atomics *ask);

#endif
