// A lock of the program's own that does end with its destructor, which comes while it is held; told by tsan_interface.h.
// expect: mutex-misuse in=end
#include "race.h"

#define WEAK __attribute__((weak))
void __tsan_mutex_create(void *m, unsigned flags) WEAK;
void __tsan_mutex_destroy(void *m, unsigned flags) WEAK;
void __tsan_mutex_pre_lock(void *m, unsigned flags) WEAK;
void __tsan_mutex_post_lock(void *m, unsigned flags, int recursion) WEAK;
#define TELL(call) (__tsan_mutex_create ? (void)(call) : (void)0)
#define NOT_STATIC (1u << 8)

static char lock[8];

NOINLINE static void end(void)
{
    TELL(__tsan_mutex_destroy(lock, NOT_STATIC));
}

int main(void)
{
    TELL(__tsan_mutex_create(lock, NOT_STATIC));
    TELL(__tsan_mutex_pre_lock(lock, 0));
    TELL(__tsan_mutex_post_lock(lock, 0, 1));
    end();
    return 0;
}
