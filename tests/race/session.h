/* A map of sessions by number, as a server keeps them, on uthash. The programs that include it differ
 * in the lock around it. */
#ifndef RACE_SESSION_H
#define RACE_SESSION_H

#include <uthash.h>

#include "race.h"

struct session {
    int number;
    long visits;
    UT_hash_handle hh;
};

NOINLINE static void session_put(struct session **map, int number)
{
    struct session *session = calloc(1, sizeof *session);

    session->number = number;
    HASH_ADD_INT(*map, number, session);
}

NOINLINE static struct session *session_get(struct session **map, int number)
{
    struct session *session;

    HASH_FIND_INT(*map, &number, session);
    return session;
}

/* Takes the session out of the map; the caller frees it. */
NOINLINE static struct session *session_delete(struct session **map, int number)
{
    struct session *session;

    HASH_FIND_INT(*map, &number, session);
    if (session)
        HASH_DEL(*map, session);
    return session;
}

NOINLINE static void session_clear(struct session **map)
{
    struct session *session, *next;

    HASH_ITER (hh, *map, session, next) {
        HASH_DEL(*map, session);
        free(session);
    }
}

#endif
