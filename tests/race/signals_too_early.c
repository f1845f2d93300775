// The signal is sent before the payload is ready.
// expect: data-race var=payload_handler in=early_handler,late_handler location=global
// expect: data-race var=payload_wait in=early_wait,late_wait location=global
// expect: data-race var=payload_info in=early_info,late_info location=global
// expect: data-race var=payload_timed in=early_timed,late_timed location=global
// expect: data-race var=payload_timer in=early_timer,late_timer location=global
#define TOO_EARLY
#include "signals.h"
