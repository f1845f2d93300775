// Hand-overs through io_uring: a read of a pipe that another thread writes to, a request that another one sees the end of, a write
// that another one reads.
// expect: none
#include "uring.h"

int main(void)
{
    if (io_uring_queue_init(8, &ring, 0) == 0) /* not every system lets one */
        hand_over();
    return 0;
}
