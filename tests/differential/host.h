/*
 * tests/differential/host.h - between the host and its signal handlers.
 */
#ifndef DIFFERENTIAL_HOST_H
#define DIFFERENTIAL_HOST_H

#include <stdbool.h>

#include "context.h"

/* What is running now, for the message about a fault. */
void handler_place(uint64_t slot, uint64_t round);
/* Faults are told and end the program; with `timer`, SIGALRM comes at 2 kHz to a handler that works on memory. */
void handler_install(bool timer);
void handler_stop(void);
/* 0, or 3 if a handler saw what it should not. */
int handler_status(void);

#endif
