/*
 * shadow/descriptor.c - file descriptors: a use that is not ordered with the close of the same number may meet another file.
 *
 * Each number has a word that nobody touches, which a use counts as a read of, and a close as a write. What opens a
 * descriptor is not always seen, so that a word starts clean with each life: after a close, and before whatever is known to
 * make a new one.
 */
#include "shadow/finding.h"
#include "shadow/range.h"
#include "shadow/shadow.h"
#include "shadow/world.h"

#define DESCRIPTORS 65536u

static uint64_t words[DESCRIPTORS] __attribute__((aligned(64)));
static uint8_t used[DESCRIPTORS]; /* something is known of the word; atomic */

static bool has_word(int fd)
{
    return fd >= 0 && (unsigned)fd < DESCRIPTORS && shadow_thread_plural;
}

void shadow_descriptor_use(struct shadow_thread *t, int fd, const struct base_where *at)
{
    if (!has_word(fd))
        return;
    __atomic_store_n(&used[fd], 1, __ATOMIC_RELAXED);
    shadow_range(t, (uintptr_t)&words[fd], sizeof(words[fd]), SHADOW_PLAIN, at);
}

void shadow_descriptor_close(struct shadow_thread *t, int fd, const struct base_where *at)
{
    if (has_word(fd) && __atomic_load_n(&used[fd], __ATOMIC_RELAXED))
        shadow_range(t, (uintptr_t)&words[fd], sizeof(words[fd]), SHADOW_WRITE | SHADOW_PLAIN, at);
}

void shadow_descriptor_forget(struct shadow_thread *t, int fd)
{
    if (fd < 0 || (unsigned)fd >= DESCRIPTORS || !__atomic_load_n(&used[fd], __ATOMIC_RELAXED))
        return;
    __atomic_store_n(&used[fd], 0, __ATOMIC_RELAXED);
    shadow_clear(t, (uintptr_t)&words[fd], sizeof(words[fd]));
}

int shadow_descriptor_of(uintptr_t addr)
{
    uintptr_t at = addr - (uintptr_t)words;

    return at < sizeof(words) ? (int)(at / sizeof(words[0])) : -1;
}
