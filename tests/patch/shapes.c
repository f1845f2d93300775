/*
 * tests/patch/shapes.c - calls every shape with random memory and prints a digest a shape.
 *
 * usage: shapes SEED ROUNDS. The same arguments give the same output, natively and under Seance.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct shape {
    uint64_t (*run)(uint64_t *memory, uint64_t seed);
    const char *name;
};

extern const struct shape __start_shapes[], __stop_shapes[];

static uint64_t next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static uint64_t mix(uint64_t digest, uint64_t word)
{
    return (digest ^ word) * 0x100000001b3ull + (digest >> 29);
}

static uint64_t round_of(const struct shape *s, uint64_t *state)
{
    uint64_t *memory = aligned_alloc(64, 64 * sizeof(*memory)), digest = 14695981039346656037ull;

    for (int i = 0; i < 64; i++)
        memory[i] = next(state) >> (next(state) & 63);
    digest = mix(digest, s->run(memory, next(state)));
    for (int i = 0; i < 64; i++)
        if (i != 6 && i != 25) /* they hold addresses */
            digest = mix(digest, memory[i]);
    free(memory);
    return digest;
}

int main(int argc, char **argv)
{
    uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 0) : 1;
    int rounds = argc > 2 ? atoi(argv[2]) : 100;

    for (const struct shape *s = __start_shapes; s < __stop_shapes; s++) {
        uint64_t state = seed * 0x9e3779b97f4a7c15ull + 1, digest = 0;

        for (int i = 0; i < rounds; i++)
            digest = mix(digest, round_of(s, &state));
        printf("%s %016llx\n", s->name, (unsigned long long)digest);
    }
    return 0;
}
