/*
 * preload/select.c - globs of modules. See select.h.
 */
#include "preload/select.h"

#include <stddef.h>

#include "base/mem.h"

#define ITEM_MAX 512

bool preload_select_is_system(const char *path)
{
    static const char *const folders[] = {
        "/lib/",     "/lib64/",     "/lib32/",     "/libx32/",
        "/usr/lib/", "/usr/lib64/", "/usr/lib32/", "/usr/libx32/"
    };
    /* The compilers' own, wherever a program brings them from: what they order is told by calls and by LOCK. */
    static const char *const names[] = { "libstdc++.so*", "libc++.so*", "libc++abi.so*",
                                         "libgcc_s.so*", "libatomic.so*" };
    unsigned i;

    for (i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
        if (base_str_starts(path, folders[i]))
            return true;
    }
    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (base_str_glob(names[i], base_str_basename(path)))
            return true;
    }
    return false;
}

/* Copies the next item without the blanks around it; NULL after the last. An item that does not fit is cut. */
static const char *preload_select_next(const char *list, char item[ITEM_MAX])
{
    size_t len = 0;

    while (*list == ',' || *list == ' ')
        list++;
    if (!*list)
        return NULL;
    for (; *list && *list != ','; list++) {
        if (len < ITEM_MAX - 1)
            item[len++] = *list;
    }
    while (len > 0 && item[len - 1] == ' ')
        len--;
    item[len] = '\0';
    return list;
}

static bool preload_select_matches(const char *glob, const char *path)
{
    return base_str_equal(glob, "all") || base_str_glob(glob, path) ||
           base_str_glob(glob, base_str_basename(path));
}

bool preload_select(const char *list, const char *path, bool standard)
{
    char item[ITEM_MAX];
    bool chosen = standard;
    const char *rest;

    for (rest = preload_select_next(list, item); rest; rest = preload_select_next(rest, item)) {
        if (item[0] != '!')
            chosen = false;
    }
    for (rest = preload_select_next(list, item); rest; rest = preload_select_next(rest, item)) {
        if (item[0] == '!' && preload_select_matches(item + 1, path))
            chosen = false;
        else if (item[0] != '!' && preload_select_matches(item, path))
            chosen = true;
    }
    return chosen;
}
