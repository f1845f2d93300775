/* What drd.h can say. See requests.h. */
#include <valgrind/drd.h>

#include "requests.h"

static long tag, rwlock, semaphore, barrier;
static char letters[8];

TOLD(order, NOTHING, ANNOTATE_HAPPENS_BEFORE(&tag), ANNOTATE_HAPPENS_AFTER(&tag), NOTHING)
TOLD(number, NOTHING, ANNOTATE_HAPPENS_BEFORE((void *)3), ANNOTATE_HAPPENS_AFTER((void *)3),
     NOTHING)
TOLD(letter, NOTHING, ANNOTATE_HAPPENS_BEFORE(&letters[1]), ANNOTATE_HAPPENS_AFTER(&letters[1]),
     NOTHING)
TOLD(writers, ANNOTATE_WRITERLOCK_ACQUIRED(&rwlock), ANNOTATE_WRITERLOCK_RELEASED(&rwlock),
     ANNOTATE_WRITERLOCK_ACQUIRED(&rwlock), ANNOTATE_WRITERLOCK_RELEASED(&rwlock))
TOLD(semaphore, NOTHING, ANNOTATE_SEM_POST_PRE(&semaphore), ANNOTATE_SEM_WAIT_POST(&semaphore),
     NOTHING)
TOLD(barrier, NOTHING, ANNOTATE_BARRIER_WAIT_BEFORE(&barrier),
     ANNOTATE_BARRIER_WAIT_BEFORE(&barrier);
     ANNOTATE_BARRIER_WAIT_AFTER(&barrier), NOTHING)
TOLD(new_memory, NOTHING, NOTHING, ANNOTATE_NEW_MEMORY(&word_new_memory, sizeof(word_new_memory)),
     NOTHING)
TOLD(benign, DRD_IGNORE_VAR(word_benign), NOTHING, NOTHING, NOTHING)
TOLD(ignored, NOTHING, NOTHING, ANNOTATE_IGNORE_READS_AND_WRITES_BEGIN(),
     ANNOTATE_IGNORE_READS_AND_WRITES_END())

int main(void)
{
    unseen_open();
    TELL(ANNOTATE_RWLOCK_CREATE(&rwlock));
    TELL(ANNOTATE_SEM_INIT_PRE(&semaphore, 0));
    TELL(ANNOTATE_BARRIER_INIT(&barrier, 2, 0));
    RUN(order);
    RUN(number);
    RUN(letter);
    RUN(writers);
    RUN(semaphore);
    RUN(barrier);
    RUN(new_memory);
    RUN(benign);
    RUN(ignored);
    TELL(ANNOTATE_RWLOCK_DESTROY(&rwlock));
    TELL(ANNOTATE_SEM_DESTROY_POST(&semaphore));
    TELL(ANNOTATE_BARRIER_DESTROY(&barrier));
    return 0;
}
