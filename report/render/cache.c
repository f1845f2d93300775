/*
 * report/render/cache.c - see cache.h.
 *
 *      struct head, the name of a missing source file, the ranges, a checksum over all this (FNV-1a)
 *
 * A file is written beside its name and renamed: a reader sees a whole one or none.
 */
#include "report/render/cache.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/sys.h"

enum {
    KEPT = 256,
    PATH = 4096,
    RANGE = 24
}; /* files; bytes; bytes of a range: lo, hi and data, 8 each */
#define LARGEST (64l << 20)

struct head {
    char magic[8];
    uint64_t size, time; /* of the tool's own file: what it finds may differ in the next version */
    uint64_t count;      /* ranges */
    uint64_t missing;    /* bytes of the name, with its end; 0: all were there */
};

static const char magic[8] = "seance\1";

/* What `head` must be, but for what is counted in it. */
static bool own_head(struct head *h)
{
    struct stat st;

    if (stat("/proc/self/exe", &st) != 0)
        return false;
    *h = (struct head){ .size = (uint64_t)st.st_size,
                        .time = (uint64_t)st.st_mtim.tv_sec * 1000000000u +
                                (uint64_t)st.st_mtim.tv_nsec };
    memcpy(h->magic, magic, sizeof magic);
    return true;
}

static uint64_t sum(const unsigned char *bytes, size_t size)
{
    uint64_t h = 14695981039346656037u;

    for (size_t i = 0; i < size; i++)
        h = (h ^ bytes[i]) * 1099511628211u;
    return h;
}

/* ---- the folder ---------------------------------------------------------------------------------------- */

/* False where it is not the user's alone to write to. */
static bool own_folder(const char *path, bool make)
{
    struct stat st;

    if (make)
        mkdir(path, 0700);
    return lstat(path, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == geteuid() &&
           !(st.st_mode & (S_IWGRP | S_IWOTH));
}

/* The folder, open; -1 where there is none to be had. */
static int open_folder(void)
{
    const char *set = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    char path[PATH];
    int n;

    if (set && set[0] == '/')
        n = snprintf(path, sizeof path, "%s", set);
    else if (home && home[0] == '/' && own_folder(home, false))
        n = snprintf(path, sizeof path, "%s/.cache", home);
    else
        return -1;
    if (n < 0 || (size_t)n + sizeof "/seance" > sizeof path || !own_folder(path, true))
        return -1;
    strcpy(path + n, "/seance");
    return own_folder(path, true) ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)
                                  : -1;
}

/* The one that was written longest ago makes room. */
static void make_room(int folder)
{
    char oldest[256] = "";
    int copy = dup(folder);
    DIR *all = copy < 0 ? NULL : fdopendir(copy);
    struct timespec least = { 0 };
    unsigned count = 0;
    struct dirent *e;
    struct stat st;

    if (!all) {
        if (copy >= 0)
            close(copy);
        return;
    }
    while ((e = readdir(all))) {
        if (fstatat(folder, e->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode))
            continue;
        if (count++ == 0 || st.st_mtim.tv_sec < least.tv_sec) {
            least = st.st_mtim;
            snprintf(oldest, sizeof oldest, "%s", e->d_name);
        }
    }
    closedir(all);
    if (count >= KEPT)
        unlinkat(folder, oldest, 0);
}

/* ---- files --------------------------------------------------------------------------------------------- */

/* A whole file; NULL where it cannot be had. Allocated. */
static unsigned char *read_whole(int folder, const char *name, size_t *size)
{
    int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    unsigned char *bytes = NULL;
    struct stat st;
    size_t got = 0;
    ssize_t n = 1;

    if (fd < 0)
        return NULL;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid() && st.st_size > 0 &&
        st.st_size <= LARGEST)
        bytes = malloc((size_t)st.st_size);
    while (bytes && n > 0 && got < (size_t)st.st_size) {
        n = read(fd, bytes + got, (size_t)st.st_size - got);
        got += n > 0 ? (size_t)n : 0;
    }
    close(fd);
    *size = got;
    return bytes;
}

/* Whether the bytes are what this tool would write; *h is what stands first in them. */
static bool is_sound(const unsigned char *bytes, size_t size, struct head *h)
{
    struct head own;
    uint64_t last;

    if (size < sizeof *h + sizeof last || !own_head(&own))
        return false;
    memcpy(h, bytes, sizeof *h);
    memcpy(&last, bytes + size - sizeof last, sizeof last);
    if (memcmp(h, &own, offsetof(struct head, count)) != 0 || h->missing > PATH ||
        h->count > (uint64_t)LARGEST / RANGE)
        return false;
    return size == sizeof *h + h->missing + h->count * RANGE + sizeof last &&
           last == sum(bytes, size - sizeof last) &&
           (!h->missing || bytes[sizeof *h + h->missing - 1] == '\0');
}

bool render_cache_load(const char *build_id, struct render_atomics *out)
{
    int folder = *build_id ? open_folder() : -1;
    unsigned char *bytes;
    size_t size;
    struct head h;
    bool loaded;

    if (folder < 0)
        return false;
    bytes = read_whole(folder, build_id, &size);
    close(folder);
    loaded = bytes && is_sound(bytes, size, &h) &&
             (!h.missing || access((const char *)bytes + sizeof h, R_OK) != 0);
    for (uint64_t i = 0; loaded && i < h.count; i++) {
        uint64_t range[3];

        memcpy(range, bytes + sizeof h + h.missing + i * RANGE, RANGE);
        render_atomics_add(out, range[0], range[1], range[2]);
    }
    free(bytes);
    return loaded;
}

static void put(int folder, const char *name, const unsigned char *bytes, size_t size)
{
    char partial[128];
    bool whole;
    int fd;

    snprintf(partial, sizeof partial, "%.64s.%d", name, (int)getpid());
    unlinkat(folder, partial, 0); /* of a process that was cut short */
    fd = openat(folder, partial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return;
    whole = base_sys_write_all(fd, bytes, size) == 0;
    whole = close(fd) == 0 && whole;
    if (!whole || renameat(folder, partial, folder, name) != 0)
        unlinkat(folder, partial, 0);
}

void render_cache_save(const char *build_id, const struct render_atomics *list)
{
    size_t name = list->missing ? strlen(list->missing) + 1 : 0;
    size_t size = sizeof(struct head) + name + list->count * RANGE;
    int folder = *build_id && name <= PATH && size < LARGEST ? open_folder() : -1;
    unsigned char *bytes = folder < 0 ? NULL : calloc(1, size + sizeof(uint64_t));
    struct head h;
    uint64_t last;

    if (bytes && own_head(&h)) {
        h.count = list->count;
        h.missing = name;
        memcpy(bytes, &h, sizeof h);
        memcpy(bytes + sizeof h, list->missing ? list->missing : "", name);
        for (size_t i = 0; i < list->count; i++) {
            uint64_t range[3] = { list->all[i].lo, list->all[i].hi, list->all[i].data };

            memcpy(bytes + sizeof h + name + i * RANGE, range, RANGE);
        }
        last = sum(bytes, size);
        memcpy(bytes + size, &last, sizeof last);
        make_room(folder);
        put(folder, build_id, bytes, size + sizeof last);
    }
    free(bytes);
    if (folder >= 0)
        close(folder);
}
