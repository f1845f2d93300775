/*
 * report/render/source.c - see source.h. Reads one line of a file of ordinary size, never a device.
 */
#include "report/render/source.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LARGEST = 64 << 20 };

static const char *const operations[] = {
    "__atomic_",        "__sync_",         "atomic_load",  "atomic_store", "atomic_exchange",
    "atomic_fetch_",    "atomic_compare_", "memory_order", "g_atomic_",    "Ordering::",
    "READ_ONCE",        "WRITE_ONCE",      "atomic_flag_", "uatomic_",     "CMM_LOAD_SHARED",
    "CMM_STORE_SHARED", "rcu_dereference", "rcu_assign_",  "rcu_xchg_",    "ck_pr_",
};

enum render_source_word render_source_word(const char *text)
{
    for (unsigned i = 0; i < sizeof operations / sizeof *operations; i++) {
        if (strstr(text, operations[i]))
            return RENDER_SOURCE_OPERATION;
    }
    return strcasestr(text, "atomic") ? RENDER_SOURCE_MENTIONED : RENDER_SOURCE_NOTHING;
}

static FILE *open_regular(const char *path)
{
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    struct stat st;

    if (fd < 0)
        return NULL;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size > LARGEST) {
        close(fd);
        return NULL;
    }
    return fdopen(fd, "r");
}

enum render_source_word render_source_atomic(const char *path, unsigned line)
{
    enum render_source_word word = RENDER_SOURCE_UNREAD;
    FILE *in = path && line ? open_regular(path) : NULL;
    char *text = NULL;
    size_t room = 0;

    if (!in)
        return word;
    while (line > 0 && getline(&text, &room, in) >= 0)
        line--;
    if (line == 0)
        word = render_source_word(text);
    free(text);
    fclose(in);
    return word;
}

bool render_source_is_atomic(const char *path)
{
    static const char *const files[] = { "/core/src/sync/atomic.rs", "/bits/atomic_base.h" };
    size_t length = path ? strlen(path) : 0;

    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        size_t end = strlen(files[i]);

        if (length >= end && strcmp(path + length - end, files[i]) == 0)
            return true;
    }
    return false;
}
