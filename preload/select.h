/*
 * preload/select.h - the option `modules`: whose plain accesses are checked. Pure.
 */
#ifndef PRELOAD_SELECT_H
#define PRELOAD_SELECT_H

#include <stdbool.h>

/* True if path lies in a folder where the system keeps its libraries, or is a library of a compiler. */
bool preload_select_is_system(const char *path);
/*
 * Decides for one module. list: globs, comma-separated, matched against the path and its last component; "!glob"
 * excludes, "all" takes everything in, a later item wins over an earlier one. `standard` is what holds for a module
 * that no item names; where the list names any module to take in, such a module is left out.
 */
bool preload_select(const char *list, const char *path, bool standard);

#endif
