// A block is used after it went back to the program's own allocator.
// expect: heap-use-after-free in=use_second,use_first
#define STALE
#include "requests_pool.h"
