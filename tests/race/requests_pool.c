// A block of the program's own allocator begins a new life where it says so.
// expect: none
#include "requests_pool.h"
