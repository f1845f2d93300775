// The same program, and nothing is told.
// expect: data-race var=word_order in=early_order,late_order location=global
// expect: data-race var=word_mutex in=early_mutex,late_mutex location=global
// expect: data-race var=word_writers in=early_writers,late_writers location=global
// expect: data-race var=word_semaphore in=early_semaphore,late_semaphore location=global
// expect: data-race var=word_barrier in=early_barrier,late_barrier location=global
// expect: data-race var=word_smaller in=early_smaller,late_smaller location=global
// expect: data-race var=word_clean in=early_clean,late_clean location=global
// expect: data-race var=word_unchecked in=early_unchecked,late_unchecked location=global
// expect: data-race var=word_checked_again in=early_checked_again,late_checked_again location=global
// expect: data-race var=word_ignored in=early_ignored,late_ignored location=global
// expect: data-race var=word_condition in=early_condition,late_condition location=global
// expect: data-race var=word_queue in=early_queue,late_queue location=global
#define UNTOLD
#include "requests_helgrind.h"
