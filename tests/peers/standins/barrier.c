/* ThreadSanitizer's tests order their threads by a barrier that its run-time library provides and does not look at. In a build
 * without that library this one takes its place: its only state is the offset of a kernel file (tests/race/unseen.h), so that
 * no happens-before detector sees an order that is not the test's own.
 *
 *   *barrier    31                8 7        0
 *               │ file descriptor  │ threads │
 */
#include "../../race/unseen.h"

enum { FCNTL = 72, CLOSE = 3, DUPFD_CLOEXEC = 1030, OUT_OF_THE_WAY = 700, SEEK_FROM_HERE = 1 };

void __tsan_testonly_barrier_init(unsigned *barrier, unsigned count);
void __tsan_testonly_barrier_wait(unsigned *barrier);
unsigned long __tsan_testonly_shadow_stack_current_size(void);

void __tsan_testonly_barrier_init(unsigned *barrier, unsigned count)
{
    long file = unseen_call(UNSEEN_MEMFD, (long)"unseen", 0, 0);
    long high = unseen_call(FCNTL, file, DUPFD_CLOEXEC, OUT_OF_THE_WAY);

    unseen_call(CLOSE, file, 0, 0);
    *barrier = (unsigned)high << 8 | (count & 255);
}

void __tsan_testonly_barrier_wait(unsigned *barrier)
{
    long file = *barrier >> 8;
    long count = *barrier & 255;

    if (count == 0)
        return;
    long ticket = unseen_call(UNSEEN_LSEEK, file, 1, SEEK_FROM_HERE) - 1;
    while (unseen_call(UNSEEN_LSEEK, file, 0, SEEK_FROM_HERE) < (ticket / count + 1) * count)
        unseen_nap(500);
}

unsigned long __tsan_testonly_shadow_stack_current_size(void)
{
    return 0;
}
