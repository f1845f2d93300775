/*
 * rewrite/passes.c - which passes are on: the option's text. Start-up only.
 */
#include "base/mem.h"
#include "rewrite/rewrite.h"

#define ALL ((1u << REWRITE_PASSES) - 1)

/* The set that an item of n bytes names; 0: none does. */
static uint32_t passes_named(const char *item, size_t n)
{
    static const char *const names[] = {
#define PASS(constant, name) name,
#include "rewrite/passes.def"
#undef PASS
    };

    if (n == 3 && base_mem_compare(item, "all", 3) == 0)
        return ALL;
    for (unsigned i = 0; i < REWRITE_PASSES; i++)
        if (base_str_length(names[i]) == n && base_mem_compare(item, names[i], n) == 0)
            return 1u << i;
    return 0;
}

bool rewrite_passes(const char *text, uint32_t *passes)
{
    uint32_t set = text[0] == '!' ? ALL : 0;
    bool good = true;

    if (base_str_equal(text, "none"))
        text = "";
    while (*text) {
        bool without = *text == '!';
        size_t n = 0;
        uint32_t some;

        text += without;
        while (text[n] && text[n] != ',')
            n++;
        some = passes_named(text, n);
        good &= some != 0;
        set = without ? set & ~some : set | some;
        text += n + (text[n] == ',');
    }
    *passes = set;
    return good;
}
