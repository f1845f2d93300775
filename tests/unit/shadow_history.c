/* Rings of ended threads. */
#include <criterion/criterion.h>

#include "shadow/history.h"
#include "shadow/thread.h"

static bool finds(struct shadow_identity *who, uintptr_t addr, uint32_t stack)
{
    struct shadow_query q = { .slot = 1, .clock = 1, .addr = addr, .len = 4 };
    struct shadow_past past;

    return shadow_history_find(who->history, who, &q, &past) && past.stack == stack;
}

static void live(struct shadow_identity *who, unsigned events, uint32_t stack)
{
    who->history = shadow_history_new(who);
    for (unsigned i = 0; i < events; i++)
        shadow_history_log(who->history, 0x1000 + 8 * i, 4, REPORT_WRITE, false,
                           shadow_cell_epoch(1, 1), stack);
    shadow_history_retire(who->history, NULL);
}

Test(history, thousands_of_ended_threads)
{
    static struct shadow_identity who[20000];
    unsigned found = 0;

    for (unsigned i = 0; i < 20000; i++)
        live(&who[i], 10, i + 1);
    for (unsigned i = 0; i < 20000; i++)
        found += finds(&who[i], 0x1008, i + 1);
    cr_expect_eq(found, 20000);
}

Test(history, the_oldest_give_way)
{
    static struct shadow_identity who[200];
    unsigned found = 0;

    for (unsigned i = 0; i < 200; i++)
        live(&who[i], 70000, i + 1); /* more than a ring holds */
    for (unsigned i = 0; i < 200; i++)
        found += finds(&who[i], 0x1000 + 8 * 69999, i + 1);
    cr_expect(found >= 14 && found < 20, "%u of the full rings are kept", found);
    cr_expect(finds(&who[199], 0x1000 + 8 * 69999, 200));
    cr_expect(!finds(&who[0], 0x1000 + 8 * 69999, 1));
}
