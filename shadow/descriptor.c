/*
 * shadow/descriptor.c - file descriptors: a use that is not ordered with the close of the same number may meet another file.
 *
 * Each number has a word that nobody touches, which a use counts as a read of, and a close as a write. What opens a
 * descriptor is not always seen, so that a word starts clean with each life: after a close, and before whatever is known to
 * make a new one.
 *
 * The kernel hands a number out again after it was closed, never before: what was done with whatever a program keeps by that number is
 * ordered before its next life.
 */
#include "shadow/finding.h"
#include "shadow/range.h"
#include "shadow/shadow.h"
#include "shadow/world.h"

#define DESCRIPTORS 65536u

static uint64_t words[DESCRIPTORS] __attribute__((aligned(64)));
enum { USED = 1, CLOSED = 2 };    /* something is known of the word; its number has been closed */
static uint8_t used[DESCRIPTORS]; /* atomic; the address is the name of the order between lives */

static bool has_word(int fd)
{
    return fd >= 0 && (unsigned)fd < DESCRIPTORS && shadow_thread_plural;
}

void shadow_descriptor_use(struct shadow_thread *t, int fd, const struct base_where *at)
{
    if (!has_word(fd))
        return;
    if (!(__atomic_load_n(&used[fd], __ATOMIC_RELAXED) & USED))
        __atomic_fetch_or(&used[fd], USED, __ATOMIC_RELAXED);
    shadow_range(t, (uintptr_t)&words[fd], sizeof(words[fd]), SHADOW_PLAIN, at);
}

void shadow_descriptor_close(struct shadow_thread *t, int fd, const struct base_where *at)
{
    if (has_word(fd) && __atomic_load_n(&used[fd], __ATOMIC_RELAXED) & USED)
        shadow_range(t, (uintptr_t)&words[fd], sizeof(words[fd]), SHADOW_WRITE | SHADOW_PLAIN, at);
}

void shadow_descriptor_end(struct shadow_thread *t, int fd)
{
    if (!has_word(fd))
        return;
    __atomic_fetch_or(&used[fd], CLOSED, __ATOMIC_RELAXED);
    shadow_release(t, (uintptr_t)&used[fd]);
}

void shadow_descriptor_forget(struct shadow_thread *t, int fd)
{
    uint8_t was;

    if (fd < 0 || (unsigned)fd >= DESCRIPTORS)
        return;
    was = __atomic_load_n(&used[fd], __ATOMIC_RELAXED);
    if (was & CLOSED)
        shadow_acquire(t, (uintptr_t)&used[fd]);
    if (!(was & USED))
        return;
    __atomic_fetch_and(&used[fd], (uint8_t)~USED, __ATOMIC_RELAXED);
    shadow_clear(t, (uintptr_t)&words[fd], sizeof(words[fd]));
}

int shadow_descriptor_of(uintptr_t addr)
{
    uintptr_t at = addr - (uintptr_t)words;

    return at < sizeof(words) ? (int)(at / sizeof(words[0])) : -1;
}
