/*
 * preload/statics.h - state that libc keeps for all threads and gives no address of: a word here stands for each.
 *
 * The words are never read or written, only their addresses are used; the names are what a report shows.
 */
#ifndef PRELOAD_STATICS_H
#define PRELOAD_STATICS_H

#include <stdint.h>

struct preload_statics {
    uint64_t strtok, drand48, hsearch, getpwent, getgrent;
    uint64_t mblen, mbtowc, wctomb, mbrtowc, mbrlen, wcrtomb, mbsrtowcs, wcsrtombs;
};

extern struct preload_statics preload_statics __attribute__((visibility("hidden")));

#endif
