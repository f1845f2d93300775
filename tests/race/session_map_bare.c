// Get and Delete on one session map without any lock.
// expect: data-race in=session_get,session_delete location=heap
// allow: data-race in=session_get,session_delete
#include "session.h"

static struct session *sessions;
static struct session *removed;

static void *get_some(void *arg)
{
    for (int i = 0; i < 50; i++)
        session_get(&sessions, i);
    unseen_step();
    return arg;
}

static void *delete_one(void *arg)
{
    unseen_until(1);
    removed = session_delete(&sessions, 25);
    return arg;
}

int main(void)
{
    for (int i = 0; i < 50; i++)
        session_put(&sessions, i);
    race_two(get_some, delete_one, NULL);
    MUST(removed);
    free(removed);
    session_clear(&sessions);
    return 0;
}
