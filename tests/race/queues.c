// Message queues, semaphores of System V, named and shared ones, a stream's lock, aio.
// expect: none
#include "queues.h"
