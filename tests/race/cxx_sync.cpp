// Futures, latches, barriers, semaphores, waits on atomics, conditions, locks and stop tokens of C++20.
// expect: none
#include "cxx_sync.h"
