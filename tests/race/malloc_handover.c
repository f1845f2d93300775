// A block is handed over by a mutex and freed by the receiver.
// expect: none
#include "race.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long *parcel;

static void *sender(void *arg)
{
    for (int i = 0; i < 100; i++) {
        long *block = malloc(4 * sizeof *block);

        for (int n = 0; n < 4; n++)
            block[n] = i + n;
        for (int sent = 0; !sent;) {
            pthread_mutex_lock(&lock);
            if (!parcel) {
                parcel = block;
                sent = 1;
            }
            pthread_mutex_unlock(&lock);
        }
    }
    return arg;
}

static void *receiver(void *arg)
{
    for (int i = 0; i < 100;) {
        pthread_mutex_lock(&lock);
        long *block = parcel;
        parcel = NULL;
        pthread_mutex_unlock(&lock);
        if (!block) {
            unseen_nap(10);
            continue;
        }
        MUST(block[3] == i + 3);
        block[0] = 0;
        free(block);
        i++;
    }
    return arg;
}

int main(void)
{
    race_two(sender, receiver, NULL);
    return 0;
}
