// A shared memory segment is detached by one thread, and another one attaches one at the same place; the break moves too.
// expect: none
#include "race.h"

#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <unistd.h>

enum { SIZE = 1 << 16 };

static int segment;
static void *place;
static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;

NOINLINE static void fill(char *bytes)
{
    for (int i = 0; i < SIZE; i += 16)
        bytes[i] = (char)i;
}

NOINLINE static void use(void)
{
    char *end;

    MUST(shmat(segment, place, 0) == place);
    fill(place);
    MUST(shmdt(place) == 0);
    pthread_mutex_lock(&guard);
    end = sbrk(SIZE);
    MUST(end != (void *)-1);
    fill(end);
    MUST(sbrk(-SIZE) != (void *)-1);
    pthread_mutex_unlock(&guard);
}

static void *early(void *arg)
{
    use();
    unseen_step();
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    use();
    return arg;
}

int main(void)
{
    char *room = mmap(NULL, 3 * SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    MUST(room != MAP_FAILED && munmap(room + SIZE, SIZE) == 0); /* no stack fits there */
    place = room + SIZE;
    segment = shmget(IPC_PRIVATE, SIZE, IPC_CREAT | 0600);
    MUST(segment >= 0);
    race_two(early, late, NULL);
    MUST(shmctl(segment, IPC_RMID, NULL) == 0);
    return 0;
}
