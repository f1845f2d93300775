/*
 * tests/differential/host.c - runs every generated sequence with random registers, flags and memory.
 *
 * usage: PROGRAM SEED ROUNDS [-s SLOT] [-r ROUND] [-t] [-d]. Writes one 64-bit digest a slot to stdout; with -d the state
 * itself, as text. -t: a timer interrupts at 2 kHz. All memory that sequences see lies at fixed addresses and the
 * program is run without address space randomisation, so the same arguments give the same output, natively and under
 * Seance. Compiled without unwind tables: only the sequences (and handler.c) are rewritten.
 */
#include "host.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <unistd.h>

#define STACK_ROOM 65536ul /* what lies below the compared part, for frames of signals */

int wide;
extern struct context context;
extern __thread uint8_t arena_tls[TLS_BYTES];
extern uint8_t __start_arena[], __start_low[], __start_slots[];
extern uint64_t __start_homes[];
extern const uint16_t __start_slot_sizes[];
extern const struct compared __start_slot_masks[];
void enter(void);
extern const char leave_open[];

static uint8_t *region[REGIONS];
static uint8_t pristine[REGION_BYTES];
static uint64_t rng;

static uint64_t next(void)
{
    rng ^= rng << 13;
    rng ^= rng >> 7;
    rng ^= rng << 17;
    return rng * 0x2545F4914F6CDD1Dull;
}

static uint64_t mix(uint64_t digest, uint64_t word)
{
    digest = (digest ^ word) * 0x9E3779B97F4A7C15ull;
    return digest ^ digest >> 29;
}

static void reseed(uint64_t seed)
{
    rng = mix(mix(0x1234, seed), seed) | 1;
}

/* Small and large numbers, so that comparisons go either way. */
static uint64_t word(void)
{
    uint64_t x = next();

    return x >> (x & 8 ? next() & 63 : 0);
}

static uint8_t *map(uint64_t at, size_t below)
{
    char *p = mmap((void *)(at - below), below + REGION_BYTES, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

    if (p != (char *)at - below) {
        fprintf(stderr, "no memory at %#llx\n", (unsigned long long)at);
        exit(2);
    }
    return (uint8_t *)p + below;
}

static void map_regions(void)
{
    bool fixed = (uintptr_t)__start_slots < 1ul << 32;

    region[REGION_DATA] = __start_arena;
    region[REGION_LOW] = __start_low; /* where this program is linked at fixed addresses */
    if (!fixed)
        region[REGION_LOW] = map(LOW_ADDRESS, 0);
    region[REGION_HIGH] = map(0x7ff000000000, 0);
    region[REGION_HEAP] = map(fixed ? 0x200000000 : 0x556000000000, 0);
    region[REGION_STACK] = map(fixed ? 0x280000000 : 0x556800000000, STACK_ROOM);
}

static void fill_homes(void)
{
    const uint16_t *size = __start_slot_sizes;
    uint8_t *slot = __start_slots;
    int32_t *narrow = (int32_t *)&__start_homes[HOME_INDEXES + 16];

    reseed(42);
    for (int i = 0; i < REGIONS; i++)
        __start_homes[HOME_REGION + i] = (uint64_t)region[i] + REGION_BYTES / 2;
    __start_homes[HOME_EXIT] = (uint64_t)leave_open;
    for (int i = 0; i < 16; i++) {
        __start_homes[HOME_INDEXES + i] = (next() & 63) - 32;
        narrow[i] = (int32_t)(next() & 63) - 32;
    }
    for (int i = 0; i < HOME_SLOT_COUNT; i++) {
        __start_homes[HOME_SLOTS + i] = (uint64_t)slot;
        slot += size[i];
    }
}

static uint64_t pointer_into(int which)
{
    return (uint64_t)region[which] + POINTER_LO + next() % (POINTER_HI - POINTER_LO);
}

static void fill_registers(void)
{
    for (int i = 0; i < 16; i++)
        context.gpr[i] = word();
    context.gpr[3] = pointer_into(REGION_DATA);
    context.gpr[6] = pointer_into(REGION_HIGH);
    context.gpr[7] = pointer_into(REGION_HEAP) & ~7ull;
    context.gpr[12] = pointer_into(REGION_LOW) & ~3ull;
    context.gpr[1] = (uint64_t)((int64_t)(next() % (INDEX_HI - INDEX_LO + 1)) + INDEX_LO);
    context.gpr[8] = next() % (INDEX_HI + 1);
    context.gpr[4] = (uint64_t)region[REGION_STACK] + STACK_START;
    context.flags = (next() & 0x8D5) | 0x202;
}

/* The x87 unit as FNINIT leaves it, every exception masked in both units. */
static void fill_vectors(void)
{
    uint64_t *fx = (uint64_t *)context.fx;

    memset(context.fx, 0, sizeof(context.fx));
    *(uint16_t *)context.fx = 0x37F;
    *(uint32_t *)&context.fx[24] = 0x1F80;
    for (int i = 20; i < 52; i++)
        fx[i] = next();
    for (int i = 0; wide && i < 32; i++)
        for (int j = 0; j < 8; j++)
            context.zmm[i][j] = i < 16 && j < 2 ? fx[20 + 2 * i + j] : next();
    for (int i = 0; i < 8; i++)
        context.masks[i] = next();
}

static void fill_memory(void)
{
    for (int i = 0; i < REGIONS; i++)
        memcpy(region[i], pristine, REGION_BYTES);
    memcpy(arena_tls, pristine, TLS_BYTES);
}

static uint64_t digest_words(uint64_t digest, const void *at, size_t bytes)
{
    const uint64_t *p = at;
    uint64_t a = digest, b = 1, c = 2, d = 3;

    for (size_t i = 0; i + 3 < bytes / 8; i += 4) {
        a = (a ^ p[i]) * 0x9E3779B97F4A7C15ull;
        b = (b ^ p[i + 1]) * 0xC2B2AE3D27D4EB4Full;
        c = (c ^ p[i + 2]) * 0x165667B19E3779F9ull;
        d = (d ^ p[i + 3]) * 0xD6E8FEB86659FD93ull;
    }
    return mix(mix(mix(a, b), c), d);
}

static uint64_t digest_state(uint64_t digest, const struct compared *mask)
{
    for (int i = 0; i < 16; i++)
        if (mask->registers >> i & 1)
            digest = mix(digest, context.gpr[i]);
    digest = mix(digest, context.flags & mask->flags);
    digest = digest_words(digest, context.fx, 8);        /* control, status, tags */
    digest = digest_words(digest, context.fx + 24, 8);   /* MXCSR */
    digest = digest_words(digest, context.fx + 32, 384); /* x87, SSE */
    if (wide)
        digest = digest_words(digest, context.zmm, sizeof(context.zmm) + sizeof(context.masks));
    for (int i = 0; i < REGION_STACK; i++)
        digest = digest_words(digest, region[i], REGION_BYTES);
    digest = digest_words(digest, region[REGION_STACK] + STACK_START - STACK_BELOW,
                          REGION_BYTES - STACK_START + STACK_BELOW);
    return digest_words(digest, arena_tls, TLS_BYTES);
}

static void dump_words(const char *what, const void *at, size_t bytes)
{
    const uint64_t *p = at;

    for (size_t i = 0; i < bytes / 8; i++)
        printf("%s+%#zx %016llx\n", what, 8 * i, (unsigned long long)p[i]);
}

static void dump_state(const struct compared *mask)
{
    static const char *const names[] = { "data", "low", "high", "heap", "stack" };

    for (int i = 0; i < 16; i++)
        if (mask->registers >> i & 1)
            printf("r%d %016llx\n", i, (unsigned long long)context.gpr[i]);
    printf("flags %llx\n", (unsigned long long)context.flags & mask->flags);
    dump_words("fx", context.fx, 8);
    dump_words("mxcsr", context.fx + 24, 8);
    dump_words("fx", context.fx + 32, 384);
    if (wide)
        dump_words("zmm", context.zmm, sizeof(context.zmm) + sizeof(context.masks));
    for (int i = 0; i < REGION_STACK; i++)
        dump_words(names[i], region[i], REGION_BYTES);
    dump_words(names[REGION_STACK], region[REGION_STACK] + STACK_START - STACK_BELOW,
               REGION_BYTES - STACK_START + STACK_BELOW);
    dump_words("tls", arena_tls, TLS_BYTES);
}

static void prepare(uint64_t seed, uint64_t slot, uint64_t round, uintptr_t code)
{
    reseed(mix(mix(seed, slot), round));
    fill_registers();
    fill_vectors();
    fill_memory();
    context.target = code;
}

static void *wait_for_end(void *arg)
{
    pthread_barrier_wait(arg);
    pthread_barrier_wait(arg);
    return arg;
}

struct arguments {
    uint64_t seed, rounds;
    int64_t slot, round;
    bool timer, dump;
};

static struct arguments parse(int argc, char **argv)
{
    struct arguments a = { .slot = -1, .round = -1 };
    int c;

    while ((c = getopt(argc, argv, "s:r:td")) != -1) {
        a.slot = c == 's' ? atoll(optarg) : a.slot;
        a.round = c == 'r' ? atoll(optarg) : a.round;
        a.timer |= c == 't';
        a.dump |= c == 'd';
    }
    if (argc - optind != 2) {
        fprintf(stderr, "usage: %s SEED ROUNDS [-s SLOT] [-r ROUND] [-t] [-d]\n", argv[0]);
        exit(2);
    }
    a.seed = strtoull(argv[optind], NULL, 0);
    a.rounds = strtoull(argv[optind + 1], NULL, 0);
    return a;
}

static uint64_t run_slot(const struct arguments *a, uint64_t slot, uintptr_t code)
{
    uint64_t digest = slot;

    for (uint64_t round = 0; round < a->rounds; round++) {
        if (a->round >= 0 && round != (uint64_t)a->round)
            continue;
        prepare(a->seed, slot, round, code);
        handler_place(slot, round);
        enter();
        digest = digest_state(digest, &__start_slot_masks[slot]);
        if (a->dump)
            dump_state(&__start_slot_masks[slot]);
    }
    return digest;
}

static void run_slots(const struct arguments *a)
{
    uintptr_t code = (uintptr_t)__start_slots;

    for (uint64_t slot = 0; __start_slot_sizes[slot]; slot++) {
        uint64_t digest = 0;

        if (a->slot < 0 || slot == (uint64_t)a->slot)
            digest = run_slot(a, slot, code);
        if (!a->dump)
            fwrite(&digest, sizeof(digest), 1, stdout);
        code += __start_slot_sizes[slot];
    }
}

int main(int argc, char **argv)
{
    struct arguments a = parse(argc, argv);
    pthread_barrier_t barrier;
    pthread_t second;

    wide = __builtin_cpu_supports("avx512bw") ? 1 : 0;
    map_regions();
    fill_homes();
    reseed(a.seed);
    for (int i = 0; i < REGION_BYTES; i += 8)
        *(uint64_t *)&pristine[i] = word();
    pthread_barrier_init(&barrier, NULL,
                         2); /* checks do all their work only where there are two threads */
    pthread_create(&second, NULL, wait_for_end, &barrier);
    pthread_barrier_wait(&barrier);
    handler_install(a.timer);
    run_slots(&a);
    handler_stop();
    pthread_barrier_wait(&barrier);
    pthread_join(second, NULL);
    return fflush(stdout) == 0 ? handler_status() : 2;
}
