// A few functions of GLib, whose locks are made of its own atomics and futex(2). Found at run time: no header is needed.
#ifndef TESTS_RACE_GLIB_H
#define TESTS_RACE_GLIB_H

#include "race.h"

#include <dlfcn.h>

static void (*mutex_lock)(void *mutex);
static void (*mutex_unlock)(void *mutex);
static void (*bit_lock)(volatile int *word, int bit);
static void (*bit_unlock)(volatile int *word, int bit);

static void glib_load(void)
{
    void *glib = dlopen("libglib-2.0.so.0", RTLD_NOW);

    MUST(glib != NULL);
    *(void **)&mutex_lock = dlsym(glib, "g_mutex_lock");
    *(void **)&mutex_unlock = dlsym(glib, "g_mutex_unlock");
    *(void **)&bit_lock = dlsym(glib, "g_bit_lock");
    *(void **)&bit_unlock = dlsym(glib, "g_bit_unlock");
    MUST(mutex_lock && mutex_unlock && bit_lock && bit_unlock);
}

#endif
