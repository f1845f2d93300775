// The same, with a write after each has been handed on.
// expect: data-race var=through_pipe
// expect: data-race var=through_request
// expect: data-race var=through_write
#include "uring.h"

NOINLINE static void *all(void *arg)
{
    through_pipe = through_request = through_write = 1;
    return arg;
}

int main(void)
{
    late = 1;
    if (io_uring_queue_init(8, &ring, 0) == 0)
        hand_over();
    else /* not every system lets one */
        race_two(all, all, NULL);
    return 0;
}
