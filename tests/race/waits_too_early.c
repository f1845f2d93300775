// What tells comes before the payload is ready.
// expect: data-race var=payload_poll in=early_poll,late_poll location=global
// expect: data-race var=payload_ppoll in=early_ppoll,late_ppoll location=global
// expect: data-race var=payload_hangup in=early_hangup,late_hangup location=global
// expect: data-race var=payload_select in=early_select,late_select location=global
// expect: data-race var=payload_pselect in=early_pselect,late_pselect location=global
// expect: data-race var=payload_edge in=early_edge,late_edge location=global
// expect: data-race var=payload_asked in=early_asked,late_asked location=global
// expect: data-race var=payload_signalfd in=early_signalfd,late_signalfd location=global
// expect: data-race var=payload_timerfd in=early_timerfd,late_timerfd location=global
#define TOO_EARLY
#include "waits.h"
