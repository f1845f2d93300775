// The byte is sent before the payload is ready: nothing orders the two.
// expect: data-race var=payload_pipe in=early_pipe,late_pipe location=global
// expect: data-race var=payload_fifo in=early_fifo,late_fifo location=global
// expect: data-race var=payload_dup in=early_dup,late_dup location=global
// expect: data-race var=payload_end in=early_end,late_end location=global
// expect: data-race var=payload_splice in=early_splice,late_splice location=global
// expect: data-race var=payload_stdio in=early_stdio,late_stdio location=global
// expect: data-race var=payload_pair in=early_pair,late_pair location=global
// expect: data-race var=payload_back in=early_back,late_back location=global
// expect: data-race var=payload_packet in=early_packet,late_packet location=global
// expect: data-race var=payload_message in=early_message,late_message location=global
// expect: data-race var=payload_local in=early_local,late_local location=global
// expect: data-race var=payload_dgram in=early_dgram,late_dgram location=global
// expect: data-race var=payload_tcp in=early_tcp,late_tcp location=global
// expect: data-race var=payload_udp in=early_udp,late_udp location=global
// expect: data-race var=payload_eventfd in=early_eventfd,late_eventfd location=global
// expect: data-race var=payload_terminal in=early_terminal,late_terminal location=global
#define TOO_EARLY
#include "streams.h"
