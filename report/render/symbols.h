/*
 * report/render/symbols.h - functions, files and lines from debug information; elfutils stays behind this.
 *
 * One process is described at a time. Malformed debug information can neither hang nor end the renderer: work
 * on a module is done under render_guard(), and a module that fails there is used without symbols afterwards.
 */
#ifndef REPORT_RENDER_SYMBOLS_H
#define REPORT_RENDER_SYMBOLS_H

#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>

#include "report/render/model.h"

enum { RENDER_BUILD_ID = 64 }; /* bytes, at the most */

struct render_module {
    char *path;
    char *build_id; /* hexadecimal */
    uint64_t base, lo, hi;
    Dwfl *dwfl; /* NULL: not tried or unusable */
    Dwfl_Module *mod;
    bool tried, bad;
    Dwarf_Die *unit; /* the last one that was found by looking through all; NULL: none yet */
    Dwarf_Addr unit_bias;
    void *variables; /* variables.c's index */
};

void render_modules_add(const char *path, const char *build_id, uint64_t base, uint64_t lo,
                        uint64_t hi);
struct render_module *render_modules_find(uint64_t addr);
/* Opens the module's file once; false where it cannot be used (gone, another build). */
bool render_module_open(struct render_module *m);
/* Of one that is open, in hexadecimal; "" where it has none. */
void render_module_build_id(struct render_module *m, char hex[2 * RENDER_BUILD_ID + 1]);

/* The compilation unit that has code at pc, or NULL. clang writes no table of them (.debug_aranges): all are looked at then. */
Dwarf_Die *render_symbols_unit(struct render_module *m, uint64_t pc, Dwarf_Addr *bias);
/* Frames of the pcs, inlined ones included. The first pc is exact; the rest are return addresses and looked up
 * one byte lower, unless `exact` (all are places, as in JSON lines). */
void render_symbols_stack(const uint64_t *pcs, unsigned count, bool exact,
                          struct render_stack *out);
/* The ELF symbol that holds addr (NULL: none); *start and *size are its own. The name lives with the module. */
const char *render_symbols_elf(struct render_module *m, uint64_t addr, uint64_t *start,
                               uint64_t *size);
/* Where a source file may be read. Allocated, as the next. */
char *render_source_path(Dwarf_Die *cu, const char *source);
/* A source path as people know it: relative to the compilation's directory where it lies in there. */
char *render_short_path(Dwarf_Die *cu, const char *source);
/* A function's readable name, allocated; NULL where it has none. */
char *render_die_name(Dwarf_Die *function);
/* A readable form of a C++ or Rust name, or a copy. */
char *render_demangle(const char *name);
/* True for functions that are atomic operations of a known library. */
bool render_is_atomic_function(const char *name);
/* True for a constructor, or what is one in Rust, or hands the value out as a plain one: no atomic access, whatever the class. */
bool render_is_maker(const char *name);
bool render_is_lock_function(const char *name);

/* Runs work(arg); false if it took too long or crashed. */
bool render_guard(void (*work)(void *arg), void *arg);

#endif
