// openmp.c as clang compiles it, against libomp, which tells what it does by its tool interface.
// expect: none
#include "openmp.h"
