// What is told orders something else: two readers, a forgotten order, another tag, what was let off for a while only, and a region
// that has ended.
// expect: data-race var=word_readers in=early_readers,late_readers location=global
// expect: data-race var=word_forgotten in=early_forgotten,late_forgotten location=global
// expect: data-race var=word_other in=early_other,late_other location=global
// expect: data-race var=word_noticed in=early_noticed,late_noticed location=global
// expect: data-race var=word_heard in=early_heard,late_heard location=global
#include <valgrind/helgrind.h>
#include <valgrind/drd.h>

#include "requests.h"

static long rwlock, tag;

TOLD(readers, ANNOTATE_RWLOCK_ACQUIRED(&rwlock, 0), ANNOTATE_RWLOCK_RELEASED(&rwlock, 0),
     ANNOTATE_RWLOCK_ACQUIRED(&rwlock, 0), ANNOTATE_RWLOCK_RELEASED(&rwlock, 0))
TOLD(forgotten, NOTHING, ANNOTATE_HAPPENS_BEFORE(&tag);
     ANNOTATE_HAPPENS_BEFORE_FORGET_ALL(&tag), ANNOTATE_HAPPENS_AFTER(&tag), NOTHING)
TOLD(other, NOTHING, ANNOTATE_HAPPENS_BEFORE((void *)2), ANNOTATE_HAPPENS_AFTER((void *)3), NOTHING)
TOLD(noticed, DRD_IGNORE_VAR(word_noticed);
     DRD_STOP_IGNORING_VAR(word_noticed), NOTHING, NOTHING, NOTHING)
TOLD(heard, VALGRIND_DISABLE_ERROR_REPORTING;
     VALGRIND_ENABLE_ERROR_REPORTING, NOTHING, VALGRIND_DISABLE_ERROR_REPORTING;
     VALGRIND_ENABLE_ERROR_REPORTING, NOTHING)

int main(void)
{
    unseen_open();
    RUN(readers);
    RUN(forgotten);
    RUN(other);
    RUN(noticed);
    RUN(heard);
    return 0;
}
