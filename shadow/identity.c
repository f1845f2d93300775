/*
 * shadow/identity.c - the table of identities. identity_lock protects the list of ended ones and the making of chunks;
 * shadow_identity_of() reads without it, what it may find half changed is a name that a finding prints.
 */
#include "shadow/identity.h"

#include <stddef.h>

#include "base/arena.h"
#include "base/lock.h"

#define CHUNK 256u
#define CHUNKS 4096u /* a million threads that live at once */

static struct base_lock identity_lock = BASE_LOCK_INIT;
static struct shadow_identity *chunks[CHUNKS]; /* atomic; each is written once */
static uint32_t made = 1;                      /* indices; 0 is none */
static uint32_t ids;                           /* given out */
static struct shadow_identity *ended, **ended_last = &ended;
static uint32_t nended;

static struct shadow_identity *make_locked(void)
{
    struct shadow_identity **chunk = &chunks[made / CHUNK % CHUNKS], *who;

    if (made >= CHUNK * CHUNKS)
        return NULL;
    /* Release: pairs with the acquire load in shadow_identity_of(). */
    if (!*chunk)
        __atomic_store_n(chunk, base_arena_alloc(CHUNK * sizeof(**chunk)), __ATOMIC_RELEASE);
    if (!*chunk)
        return NULL;
    who = &(*chunk)[made % CHUNK];
    who->index = made++;
    return who;
}

static struct shadow_identity *oldest_locked(void)
{
    struct shadow_identity *who = ended;

    if (!who)
        return NULL;
    ended = who->next;
    if (!ended)
        ended_last = &ended;
    nended--;
    return who;
}

struct shadow_identity *shadow_identity_new(void)
{
    struct shadow_identity *who = NULL;

    base_lock_acquire(&identity_lock);
    if (nended < SHADOW_IDENTITIES_KEPT)
        who = make_locked();
    if (!who)
        who = oldest_locked();
    if (who)
        *who = (struct shadow_identity){ .index = who->index, .facts.id = ids++ };
    base_lock_release(&identity_lock);
    return who;
}

void shadow_identity_retire(struct shadow_identity *who)
{
    if (!who)
        return;
    base_lock_acquire(&identity_lock);
    who->next = NULL;
    *ended_last = who;
    ended_last = &who->next;
    nended++;
    base_lock_release(&identity_lock);
}

struct shadow_ticket shadow_identity_ticket(const struct shadow_identity *who)
{
    return (struct shadow_ticket){ who->index, who->facts.id };
}

struct shadow_identity *shadow_identity_of(struct shadow_ticket ticket)
{
    struct shadow_identity *chunk;

    if (!ticket.index)
        return NULL;
    chunk = __atomic_load_n(&chunks[ticket.index / CHUNK % CHUNKS], __ATOMIC_ACQUIRE);
    if (!chunk || chunk[ticket.index % CHUNK].facts.id != ticket.id)
        return NULL;
    return &chunk[ticket.index % CHUNK];
}

uint32_t shadow_identity_count(void)
{
    return __atomic_load_n(&ids, __ATOMIC_RELAXED);
}

void shadow_identity_fork_child(void)
{
    identity_lock = (struct base_lock)BASE_LOCK_INIT;
}
