// The same, but main looks at what they did without having waited.
// expect: data-race in=main,on_timer
// expect: data-race in=main,on_message
#include "notify_thread.h"

int main(void)
{
    notify_all();
    unseen_until(2);
    printf("%d %d\n", timed.seen, queued.seen);
    return 0;
}
