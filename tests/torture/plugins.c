/* Code loaded with dlopen, called back and forth, closed and loaded again; a handler whose module is gone. */
#include "torture.h"
#include <dlfcn.h>

static uint64_t cells[64];
static uint64_t back(uint64_t x)
{
    return cells[x % 64] += x;
}

int main(int argc, char **argv)
{
    uint64_t (*work)(uint64_t, uint64_t(*)(uint64_t));
    char path[600];
    uint64_t h = 0;

    snprintf(path, sizeof(path), "%.*s/plugins.plugin.so",
             (int)(strrchr(argv[0], (int)(char)47) - argv[0]), argv[0]);
    for (int i = 0; i < 30; i++) {
        void *so = dlopen(path, i % 2 ? RTLD_NOW : RTLD_LAZY);

        if (!so) {
            say("%s\n", dlerror());
            return 1;
        }
        work = (uint64_t(*)(uint64_t, uint64_t(*)(uint64_t)))dlsym(so, "plugin_work");
        signal(SIGUSR1, (void (*)(int))dlsym(so, "plugin_handler"));
        raise(SIGUSR1);
        h = mix(h, work((uint64_t)i, back));
        if (i % 3)
            dlclose(so);
    }
    say("%llx\n", (unsigned long long)h);
    IN_CHILD("signal ignored since", signal(SIGUSR1, SIG_IGN); raise(SIGUSR1));
    return 0;
}
