// Each construct of OpenMP that orders: barriers and ends of shared work, critical sections, locks, ordered, tasks.
// expect: none
#include "openmp.h"
