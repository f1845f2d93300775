// The session map cut into 32 shards, each under a rwlock of its own.
// expect: none
#include "session.h"

enum { SHARDS = 32, SESSIONS = 256 };

struct shard {
    pthread_rwlock_t lock;
    struct session *sessions;
};

static struct shard shards[SHARDS];

static void *get_some(void *arg)
{
    for (int i = 0; i < SESSIONS; i++) {
        struct shard *shard = &shards[i % SHARDS];

        pthread_rwlock_rdlock(&shard->lock);
        session_get(&shard->sessions, i);
        pthread_rwlock_unlock(&shard->lock);
    }
    return arg;
}

static void *delete_some(void *arg)
{
    for (int i = 0; i < SESSIONS; i += 3) {
        struct shard *shard = &shards[i % SHARDS];

        pthread_rwlock_wrlock(&shard->lock);
        struct session *session = session_delete(&shard->sessions, i);
        pthread_rwlock_unlock(&shard->lock);
        free(session);
    }
    return arg;
}

int main(void)
{
    for (int i = 0; i < SHARDS; i++)
        pthread_rwlock_init(&shards[i].lock, NULL);
    for (int i = 0; i < SESSIONS; i++)
        session_put(&shards[i % SHARDS].sessions, i);
    race_two(get_some, delete_some, NULL);
    for (int i = 0; i < SHARDS; i++) {
        session_clear(&shards[i].sessions);
        pthread_rwlock_destroy(&shards[i].lock);
    }
    return 0;
}
