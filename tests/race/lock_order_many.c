// A thread holds a hundred locks at once, two threads take them in one order, one by one and hand over hand.
// expect: none
#include "race.h"

enum { MANY = 100 };

static pthread_mutex_t locks[MANY];

static void *pile(void *arg)
{
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < MANY; i++)
            pthread_mutex_lock(&locks[i]);
        for (int i = 0; i < MANY; i++)
            pthread_mutex_unlock(&locks[(i + round * 7) % MANY]);
    }
    return arg;
}

static void *hand_over_hand(void *arg)
{
    for (int round = 0; round < 3; round++) {
        pthread_mutex_lock(&locks[0]);
        for (int i = 1; i < MANY; i++) {
            pthread_mutex_lock(&locks[i]);
            pthread_mutex_unlock(&locks[i - 1]);
        }
        pthread_mutex_unlock(&locks[MANY - 1]);
    }
    return arg;
}

int main(void)
{
    for (int i = 0; i < MANY; i++)
        pthread_mutex_init(&locks[i], NULL);
    race_two(pile, hand_over_hand, NULL);
    for (int i = 0; i < MANY; i++)
        pthread_mutex_destroy(&locks[i]);
    return 0;
}
