// Locks of the program's own that their constructor does not make and their destructor does not end, told by tsan_interface.h.
// expect: none
#include "race.h"

#define WEAK __attribute__((weak))
void __tsan_mutex_create(void *m, unsigned flags) WEAK;
void __tsan_mutex_destroy(void *m, unsigned flags) WEAK;
void __tsan_mutex_pre_lock(void *m, unsigned flags) WEAK;
void __tsan_mutex_post_lock(void *m, unsigned flags, int recursion) WEAK;
int __tsan_mutex_pre_unlock(void *m, unsigned flags) WEAK;
void __tsan_mutex_post_unlock(void *m, unsigned flags) WEAK;
#define TELL(call) (__tsan_mutex_create ? (void)(call) : (void)0)
#define LINKER_INIT 1u
#define NOT_STATIC (1u << 8)

static char lock[2][8];

static void take(char *l)
{
    TELL(__tsan_mutex_pre_lock(l, 0));
    TELL(__tsan_mutex_post_lock(l, 0, 1));
}

static void give(char *l)
{
    TELL(__tsan_mutex_pre_unlock(l, 0));
    TELL(__tsan_mutex_post_unlock(l, 0));
}

int main(void)
{
    take(lock[0]);
    TELL(__tsan_mutex_create(lock[0], LINKER_INIT));
    TELL(__tsan_mutex_destroy(lock[0], 0));
    give(lock[0]);
    TELL(__tsan_mutex_create(lock[1], 0));
    take(lock[1]);
    TELL(__tsan_mutex_destroy(lock[1], NOT_STATIC));
    give(lock[1]);
    return 0;
}
