// A wake by futex(2) releases, a wait acquires; and a lock made of both.
// expect: none
#include "futexes.h"
