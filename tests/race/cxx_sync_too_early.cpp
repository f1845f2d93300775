// The same, told before the payload is ready.
// expect: data-race var=payload_future in=early_future,late_future location=global
// expect: data-race var=payload_packaged in=early_packaged,late_packaged location=global
// expect: data-race var=payload_latch in=early_latch,late_latch location=global
// expect: data-race var=payload_barrier in=early_barrier,late_barrier location=global
// expect: data-race var=payload_tokens in=early_tokens,late_tokens location=global
// expect: data-race var=payload_token in=early_token,late_token location=global
// expect: data-race var=payload_number in=early_number,late_number location=global
// expect: data-race var=payload_flag in=early_flag,late_flag location=global
// expect: data-race var=payload_condition in=early_condition,late_condition location=global
// expect: data-race var=payload_any in=early_any,late_any location=global
// expect: data-race var=payload_shared in=early_shared,late_shared location=global
// expect: data-race var=payload_timed in=early_timed,late_timed location=global
// expect: data-race var=payload_recursive in=early_recursive,late_recursive location=global
// expect: data-race var=payload_stop in=early_stop,late_stop location=global
// expect: data-race var=payload_pointer in=early_pointer,late_pointer location=global
#define TOO_EARLY
#include "cxx_sync.h"
