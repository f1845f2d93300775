// C11 threads: thrd_create and thrd_join, mtx_lock, cnd_wait, call_once, tss.
// expect: none
#include <threads.h>

#include "race.h"

static mtx_t lock;
static cnd_t changed;
static once_flag once = ONCE_FLAG_INIT;
static tss_t key;
static long total, table;

static void fill(void)
{
    table = 4;
}

static int work(void *arg)
{
    call_once(&once, fill);
    tss_set(key, arg);
    mtx_lock(&lock);
    total += table;
    cnd_signal(&changed);
    mtx_unlock(&lock);
    return 7;
}

int main(void)
{
    thrd_t threads[3];
    int result;

    MUST(mtx_init(&lock, mtx_plain) == thrd_success && cnd_init(&changed) == thrd_success);
    MUST(tss_create(&key, NULL) == thrd_success);
    for (int i = 0; i < 3; i++)
        MUST(thrd_create(&threads[i], work, &lock) == thrd_success);
    mtx_lock(&lock);
    while (total < 12)
        cnd_wait(&changed, &lock);
    mtx_unlock(&lock);
    for (int i = 0; i < 3; i++)
        MUST(thrd_join(threads[i], &result) == thrd_success && result == 7);
    tss_delete(key);
    cnd_destroy(&changed);
    mtx_destroy(&lock);
    return total == 12 ? 0 : 1;
}
