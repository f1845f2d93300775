// The message or the token goes before the payload is ready.
// expect: data-race var=payload_posix in=early_posix,late_posix location=global
// expect: data-race var=payload_sysv in=early_sysv,late_sysv location=global
// expect: data-race var=payload_semop in=early_semop,late_semop location=global
// expect: data-race var=payload_zero in=early_zero,late_zero location=global
// expect: data-race var=payload_named in=early_named,late_named location=global
// expect: data-race var=payload_shared in=early_shared,late_shared location=global
// expect: data-race var=payload_stream in=early_stream,late_stream location=global
// expect: data-race var=payload_aio in=early_aio,late_aio location=global
#define TOO_EARLY
#include "queues.h"
