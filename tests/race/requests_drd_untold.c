// The same program, and nothing is told.
// expect: data-race var=word_order in=early_order,late_order location=global
// expect: data-race var=word_number in=early_number,late_number location=global
// expect: data-race var=word_letter in=early_letter,late_letter location=global
// expect: data-race var=word_writers in=early_writers,late_writers location=global
// expect: data-race var=word_semaphore in=early_semaphore,late_semaphore location=global
// expect: data-race var=word_barrier in=early_barrier,late_barrier location=global
// expect: data-race var=word_new_memory in=early_new_memory,late_new_memory location=global
// expect: data-race var=word_benign in=early_benign,late_benign location=global
// expect: data-race var=word_ignored in=early_ignored,late_ignored location=global
#define UNTOLD
#include "requests_drd.h"
