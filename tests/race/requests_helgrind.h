/* What helgrind.h can say, of the arguments or, where it leaves them out, by the macro's name alone. See requests.h. */
#include <valgrind/helgrind.h>

#include "requests.h"

static long tag, mutex, rwlock, semaphore, barrier;

TOLD(order, NOTHING, ANNOTATE_HAPPENS_BEFORE(&tag), ANNOTATE_HAPPENS_AFTER(&tag), NOTHING)
TOLD(mutex, VALGRIND_HG_MUTEX_LOCK_PRE(&mutex, 0);
     VALGRIND_HG_MUTEX_LOCK_POST(&mutex), VALGRIND_HG_MUTEX_UNLOCK_PRE(&mutex);
     VALGRIND_HG_MUTEX_UNLOCK_POST(&mutex), VALGRIND_HG_MUTEX_LOCK_PRE(&mutex, 1);
     VALGRIND_HG_MUTEX_LOCK_POST(&mutex), VALGRIND_HG_MUTEX_UNLOCK_PRE(&mutex))
TOLD(writers, ANNOTATE_RWLOCK_ACQUIRED(&rwlock, 1), ANNOTATE_RWLOCK_RELEASED(&rwlock, 1),
     ANNOTATE_RWLOCK_ACQUIRED(&rwlock, 0), ANNOTATE_RWLOCK_RELEASED(&rwlock, 0))
TOLD(semaphore, NOTHING, VALGRIND_HG_SEM_POST_PRE(&semaphore),
     VALGRIND_HG_SEM_WAIT_POST(&semaphore), NOTHING)
TOLD(barrier, NOTHING, VALGRIND_HG_BARRIER_WAIT_PRE(&barrier),
     VALGRIND_HG_BARRIER_WAIT_PRE(&barrier), NOTHING)
TOLD(smaller, NOTHING, VALGRIND_HG_BARRIER_WAIT_PRE(&barrier),
     VALGRIND_HG_BARRIER_WAIT_PRE(&barrier);
     VALGRIND_HG_BARRIER_RESIZE_PRE(&barrier, 2), NOTHING)
TOLD(clean, NOTHING, NOTHING, VALGRIND_HG_CLEAN_MEMORY(&word_clean, sizeof(word_clean)), NOTHING)
TOLD(unchecked, VALGRIND_HG_DISABLE_CHECKING(&word_unchecked, sizeof(word_unchecked)), NOTHING,
     NOTHING, NOTHING)
TOLD(checked_again, VALGRIND_HG_DISABLE_CHECKING(&word_checked_again, sizeof(word_checked_again)),
     NOTHING, VALGRIND_HG_ENABLE_CHECKING(&word_checked_again, sizeof(word_checked_again)), NOTHING)
TOLD(ignored, NOTHING, NOTHING, ANNOTATE_IGNORE_READS_AND_WRITES_BEGIN(),
     ANNOTATE_IGNORE_READS_AND_WRITES_END())
TOLD(condition, NOTHING, ANNOTATE_CONDVAR_SIGNAL(&tag), ANNOTATE_CONDVAR_WAIT(&tag), NOTHING)
TOLD(queue, NOTHING, ANNOTATE_PCQ_PUT(&tag), ANNOTATE_PCQ_GET(&tag), NOTHING)

int main(void)
{
    unseen_open();
    TELL(VALGRIND_HG_MUTEX_INIT_POST(&mutex, 0));
    TELL(ANNOTATE_RWLOCK_CREATE(&rwlock));
    TELL(VALGRIND_HG_SEM_INIT_POST(&semaphore, 0));
    TELL(VALGRIND_HG_BARRIER_INIT_PRE(&barrier, 2, 1));
    RUN(order);
    RUN(mutex);
    RUN(writers);
    RUN(semaphore);
    RUN(barrier);
    TELL(VALGRIND_HG_BARRIER_RESIZE_PRE(&barrier, 3));
    RUN(smaller);
    RUN(clean);
    RUN(unchecked);
    RUN(checked_again);
    RUN(ignored);
    RUN(condition);
    RUN(queue);
    TELL(VALGRIND_HG_MUTEX_DESTROY_PRE(&mutex));
    TELL(ANNOTATE_RWLOCK_DESTROY(&rwlock));
    TELL(VALGRIND_HG_SEM_DESTROY_PRE(&semaphore));
    TELL(VALGRIND_HG_BARRIER_DESTROY_PRE(&barrier));
    return 0;
}
