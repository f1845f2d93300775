/*
 * preload/loader.h - what the program loads and unloads while it runs.
 */
#ifndef PRELOAD_LOADER_H
#define PRELOAD_LOADER_H

/* All that is loaded is rewritten; from now on modules that dlopen() brings are too, before their
 * constructors run. Once, at start-up. */
void preload_loader_init(void);

#endif
