// poll, select and epoll, a signalfd and a timerfd: who is told is ordered after what told it.
// expect: none
#include "waits.h"
