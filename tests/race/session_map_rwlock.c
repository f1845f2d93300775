// Get and Delete on one session map under one rwlock; Get reads, Delete writes.
// expect: none
#include "session.h"

static struct session *sessions;
static pthread_rwlock_t sessions_lock = PTHREAD_RWLOCK_INITIALIZER;

static void *get_some(void *arg)
{
    long found = 0;

    for (int round = 0; round < 20; round++) {
        for (int i = 0; i < 50; i++) {
            pthread_rwlock_rdlock(&sessions_lock);
            struct session *session = session_get(&sessions, i);
            found += session ? session->number : 0;
            pthread_rwlock_unlock(&sessions_lock);
        }
    }
    return found >= 0 ? arg : NULL;
}

static void *delete_some(void *arg)
{
    for (int i = 0; i < 50; i += 2) {
        pthread_rwlock_wrlock(&sessions_lock);
        struct session *session = session_delete(&sessions, i);
        pthread_rwlock_unlock(&sessions_lock);
        free(session);
    }
    return arg;
}

int main(void)
{
    for (int i = 0; i < 50; i++)
        session_put(&sessions, i);
    race_two(get_some, delete_some, NULL);
    session_clear(&sessions);
    return 0;
}
