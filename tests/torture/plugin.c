/* Not a program of its own: plugins.c loads it again and again. */
#include <signal.h>
#include <stdint.h>

uint64_t plugin_memory[64];
static volatile int handled;

uint64_t plugin_work(uint64_t seed, uint64_t (*back)(uint64_t))
{
    for (int i = 0; i < 64; i++)
        plugin_memory[i] = plugin_memory[i] * 31 + back(seed + (uint64_t)i);
    return plugin_memory[63] + (uint64_t)handled;
}

void plugin_handler(int sig)
{
    handled++;
}
