/* uthash as base/table.h sets it up: memory from the arena, no exit when there is none. */
#include <criterion/criterion.h>

#include "base/table.h"

struct entry {
    uint64_t key;
    int value;
    UT_hash_handle hh;
};

Test(base_table, a_thousand_entries)
{
    struct entry *table = NULL, *e;
    static struct entry entries[1000];

    for (uint64_t i = 0; i < 1000; i++) {
        e = &entries[i];
        e->key = i * 4096;
        e->value = (int)i;
        HASH_ADD(hh, table, key, sizeof e->key, e);
    }
    for (uint64_t key, i = 0; i < 1000; i++) {
        key = i * 4096;
        HASH_FIND(hh, table, &key, sizeof key, e);
        cr_assert_not_null(e);
        cr_assert_eq(e->value, (int)i);
    }
}

Test(base_table, without_memory_the_element_stays_out)
{
    struct entry *table = NULL, *e = &(struct entry){ .key = 1 }, *found;

    base_arena_fail_after(1);
    HASH_ADD(hh, table, key, sizeof e->key, e);
    HASH_FIND(hh, table, &e->key, sizeof e->key, found);
    cr_assert_null(found);
}
