// The same without what orders.
// expect: data-race var=c_barrier in=use_barrier,use_barrier location=global
// expect: data-race var=c_loop in=use_loop,use_loop location=global
// expect: data-race var=c_sections in=use_sections,use_sections location=global
// expect: data-race var=c_single in=use_single,use_single location=global
// expect: data-race var=c_critical in=use_critical,use_critical location=global
// expect: data-race var=c_named in=use_named,use_named location=global
// expect: data-race var=c_lock in=use_lock,use_lock location=global
// expect: data-race var=c_nest in=use_nest,use_nest location=global
// expect: data-race var=c_update in=use_update,use_update location=global
// expect: data-race var=c_ordered in=use_ordered,use_ordered location=global
// expect: data-race var=c_across in=use_across,use_across location=global
// expect: data-race var=c_wait in=use_wait,use_wait location=global
// expect: data-race var=c_group in=use_group,use_group location=global
// expect: data-race var=c_depend in=use_depend,use_depend location=global
// expect: data-race var=c_taskloop in=use_taskloop,use_taskloop location=global
// expect: data-race var=c_reduction in=use_reduction,use_reduction location=global
#define BARE
#include "openmp.h"
