// The wake comes before the payload is ready.
// expect: data-race var=payload_flag in=early_flag,late_flag location=global
// expect: data-race var=payload_bare in=early_bare,late_bare location=global
// expect: data-race var=payload_several in=early_several,late_several location=global
#define TOO_EARLY
#include "futexes.h"
