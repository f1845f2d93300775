/*
 * tests/unit/report_render_cache.c - what is kept of debug information from run to run.
 */
#include "report/render/cache.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char home[] = "/tmp/seance-cache-XXXXXX";
static const char id[] = "0123abcd";

static void set_up(void)
{
    strcpy(home + sizeof home - 7, "XXXXXX");
    cr_assert(mkdtemp(home));
    setenv("XDG_CACHE_HOME", home, 1);
}

static void tear_down(void)
{
    char command[64];

    snprintf(command, sizeof command, "rm -rf %s", home);
    cr_assert(system(command) == 0);
}

TestSuite(render_cache, .init = set_up, .fini = tear_down);

static char *kept(void)
{
    static char path[128];

    snprintf(path, sizeof path, "%s/seance/%s", home, id);
    return path;
}

static void save(char *missing)
{
    struct render_atomic all[] = { { 16, 20, false }, { 64, 72, true } };
    struct render_atomics list = { all, 2, 2, missing };

    render_cache_save(id, &list);
}

static bool load(void)
{
    struct render_atomics list = { 0 };
    bool loaded = render_cache_load(id, &list);

    if (loaded) {
        cr_assert_eq(list.count, 2);
        cr_expect(list.all[0].lo == 16 && list.all[0].hi == 20 && !list.all[0].data);
        cr_expect(list.all[1].lo == 64 && list.all[1].hi == 72 && list.all[1].data);
    } else {
        cr_expect_eq(list.count, 0);
    }
    free(list.all);
    return loaded;
}

Test(render_cache, gives_back_what_was_kept)
{
    struct stat st;

    cr_expect(!load());
    save(NULL);
    cr_expect(load());
    cr_assert(stat(kept(), &st) == 0);
    cr_expect_eq(st.st_mode & 0777, 0600);
}

Test(render_cache, asks_again_once_a_missing_source_is_there)
{
    char source[128];

    snprintf(source, sizeof source, "%s/main.c", home);
    save(source);
    cr_expect(load());
    close(open(source, O_CREAT | O_WRONLY, 0600));
    cr_expect(!load());
}

/* Every byte counts. */
Test(render_cache, does_not_believe_a_damaged_file)
{
    struct stat st;

    save(NULL);
    cr_assert(stat(kept(), &st) == 0);
    for (off_t at = 0; at < st.st_size; at += 5) {
        int fd = open(kept(), O_RDWR);
        char c;

        cr_assert(pread(fd, &c, 1, at) == 1);
        c ^= 1;
        cr_assert(pwrite(fd, &c, 1, at) == 1);
        cr_expect(!load(), "%ld", (long)at);
        c ^= 1;
        cr_assert(pwrite(fd, &c, 1, at) == 1);
        close(fd);
    }
    cr_expect(load());
    for (off_t size = st.st_size - 1; size >= 0; size -= 7) {
        cr_assert(truncate(kept(), size) == 0);
        cr_expect(!load());
    }
}

Test(render_cache, follows_no_link_and_uses_no_folder_of_others)
{
    char other[128];

    save(NULL);
    snprintf(other, sizeof other, "%s/elsewhere", home);
    cr_assert(rename(kept(), other) == 0);
    cr_assert(symlink(other, kept()) == 0);
    cr_expect(!load());
    save(NULL);
    cr_expect(load());
    cr_assert(chmod(home, 0777) == 0);
    cr_expect(!load());
}

Test(render_cache, keeps_so_many_files_and_no_more)
{
    struct render_atomics none = { 0 };
    char name[32], command[96];

    for (int i = 0; i < 300; i++) {
        snprintf(name, sizeof name, "%08x", i);
        render_cache_save(name, &none);
    }
    snprintf(command, sizeof command, "test $(ls %s/seance | wc -l) -eq 256", home);
    cr_expect(system(command) == 0);
}
