/* /proc/self/maps as we read it: own code, order, long paths, an early stop. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/maps.h"

struct seen {
    unsigned count, stop_after;
    uintptr_t last, wanted;
    bool ordered, found;
    struct base_map map;
};

static bool look(const struct base_map *map, void *arg)
{
    struct seen *seen = arg;

    seen->count++;
    seen->ordered = seen->ordered && map->lo >= seen->last && map->hi > map->lo;
    seen->last = map->hi;
    if (map->lo <= seen->wanted && seen->wanted < map->hi) {
        seen->found = true;
        seen->map = *map;
    }
    return seen->count != seen->stop_after;
}

static struct seen find(const void *address)
{
    struct seen seen = { .ordered = true, .wanted = (uintptr_t)address };

    cr_assert_eq(base_maps_each(look, &seen), 0);
    return seen;
}

Test(base_maps, own_code_is_found)
{
    char self[512] = "";
    struct seen seen = find((void *)(uintptr_t)look);

    cr_assert_gt(readlink("/proc/self/exe", self, sizeof self - 1), 0);
    cr_assert(seen.found);
    cr_assert(seen.ordered);
    cr_assert_eq(seen.map.prot, PROT_READ | PROT_EXEC);
    cr_assert_not(seen.map.shared);
    cr_assert_neq(seen.map.inode, 0);
    cr_assert_str_eq(seen.map.path, self);
}

static void add(const struct base_resident *r, void *arg)
{
    uint64_t *found = arg;

    if (r->lo == found[0]) {
        found[1] = r->bytes;
        found[3] = r->dontdump;
    }
    found[2] += r->bytes;
}

Test(base_maps, resident_bytes)
{
    char *at = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    uint64_t found[4] = { (uintptr_t)at };

    memset(at, 1, 40960);
    madvise(at, 1 << 20, MADV_DONTDUMP);
    cr_assert_eq(base_maps_resident(add, found), 0);
    cr_assert_eq(found[1], 40960);
    cr_assert_gt(found[2], 400000, "its own code and libc");
    cr_assert(found[3]);
}

Test(base_maps, resident_sum)
{
    size_t size = 64ul << 20;
    int64_t before = base_maps_resident_sum(), grown;
    char *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    memset(at, 1, size);
    grown = base_maps_resident_sum() - before;
    cr_assert_gt(before, 400000, "its own code and libc");
    cr_assert_geq(grown, (int64_t)size * 9 / 10);
    cr_assert_leq(grown, (int64_t)size * 11 / 10);
}

Test(base_maps, anonymous_shared_memory)
{
    char *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct seen seen = find(at);

    cr_assert(seen.map.shared);
    cr_assert_eq(seen.map.prot, PROT_READ | PROT_WRITE);
}

Test(base_maps, the_stack_has_no_file)
{
    int local = 0;
    struct seen seen = find(&local);

    cr_assert(seen.found);
    cr_assert_eq(seen.map.inode, 0);
}

Test(base_maps, an_early_stop)
{
    struct seen seen = { .stop_after = 2 };

    cr_assert_eq(base_maps_each(look, &seen), 0);
    cr_assert_eq(seen.count, 2);
}

/* A chain of directories makes a path longer than the window of the reader. */
static int deep_file(void)
{
    char name[201];
    int fd;

    memset(name, 'd', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    for (int i = 0; i < 8; i++) {
        cr_assert_eq(mkdir(name, 0700), 0);
        cr_assert_eq(chdir(name), 0);
    }
    fd = open("file", O_RDWR | O_CREAT, 0600);
    for (int i = 0; i < 8; i++)
        unlink("file"), chdir(".."), rmdir(name);
    return fd;
}

Test(base_maps, a_long_path_is_cut_and_the_next_line_is_whole)
{
    char dir[] = "/tmp/seance-maps-XXXXXX";
    struct seen seen;
    char *at;
    int fd;

    cr_assert_not_null(mkdtemp(dir));
    cr_assert_eq(chdir(dir), 0);
    fd = deep_file();
    rmdir(dir);
    cr_assert_geq(fd, 0);
    cr_assert_eq(ftruncate(fd, 4096), 0);
    at = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
    cr_assert_neq(at, MAP_FAILED);
    seen = find(at);
    cr_assert(seen.found);
    cr_assert(seen.ordered);
    cr_assert_eq(strlen(seen.map.path), sizeof seen.map.path - 1);
    cr_assert(find(dir).found);
}
