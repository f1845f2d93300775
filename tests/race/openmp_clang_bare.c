// The same without what orders.
// expect: data-race var=c_barrier location=global
// expect: data-race var=c_loop location=global
// expect: data-race var=c_sections location=global
// expect: data-race var=c_single location=global
// expect: data-race var=c_critical location=global
// expect: data-race var=c_named location=global
// expect: data-race var=c_lock location=global
// expect: data-race var=c_nest location=global
// expect: data-race var=c_update location=global
// expect: data-race var=c_ordered location=global
// expect: data-race var=c_across location=global
// expect: data-race var=c_wait location=global
// expect: data-race var=c_group location=global
// expect: data-race var=c_depend location=global
// expect: data-race var=c_taskloop location=global
// expect: data-race var=c_reduction location=global
#define BARE
#include "openmp.h"
