/*
 * tests/differential/generate.c - fills the slots of a host program with random sequences.
 *
 * usage: generate PROGRAM OUT SEED [-s SLOT [-x STEP]... [-l]]. -x leaves a step of the slot out, -l lists the steps that
 * are in it: name, first byte, end. The same arguments give the same file on the same processor.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "generate.h"

#define MAX_LEFT_OUT 512

static uint64_t left_out[MAX_LEFT_OUT];
static unsigned nleft_out;
static int64_t special_slot = -1; /* the one that is listed and shrunk */
static bool listing;

bool is_left_out(uint64_t name)
{
    for (unsigned i = 0; i < nleft_out; i++)
        if (left_out[i] == name)
            return true;
    return false;
}

void list_step(const struct sequence *q, uint32_t start)
{
    if (listing && q->slot == special_slot)
        printf("%016llx %u %u %u\n", (unsigned long long)q->name, q->depth, start, q->length);
}

/* AMD64 Architecture Programmer's Manual, volume 3, NOP: the recommended forms. */
static void fill_with_nops(uint8_t *at, size_t n)
{
    static const uint8_t nop9[] = { 0x66, 0x0F, 0x1F, 0x84, 0, 0, 0, 0, 0 };

    for (; n >= 9; n -= 9, at += 9)
        memcpy(at, nop9, 9);
    memset(at, 0x90, n);
}

static uint32_t make_slot(struct image *im, uint32_t slot, uint64_t seed, uint32_t tables)
{
    struct sequence q = {
        .image = im, .slot = slot, .room = image_slot_bytes(im, slot), .tables = tables
    };
    uint8_t *at = im->slots.bytes + (im->slot_address[slot] - im->slots.address);
    uint32_t bytes = q.room;

    q.name = (seed + 1) * 0x9E3779B97F4A7C15ull ^ (slot + 1) * 0xC2B2AE3D27D4EB4Full;
    q.rng = q.name | 1;
    make_sequence(&q);
    memcpy(at, q.code, q.length);
    fill_with_nops(at + q.length, bytes - q.length);
    return q.tables;
}

static void usage(void)
{
    fprintf(stderr, "usage: generate PROGRAM OUT SEED [-s SLOT [-x STEP]... [-l]]\n");
    exit(2);
}

int main(int argc, char **argv)
{
    static struct image im;
    uint32_t tables = 0;
    uint64_t seed;
    int c;

    while ((c = getopt(argc, argv, "s:x:l")) != -1) {
        if (c == 's')
            special_slot = atoll(optarg);
        else if (c == 'x' && nleft_out < MAX_LEFT_OUT)
            left_out[nleft_out++] = strtoull(optarg, NULL, 16);
        else if (c == 'l')
            listing = true;
        else
            usage();
    }
    if (argc - optind != 3)
        usage();
    seed = strtoull(argv[optind + 2], NULL, 0);
    image_read(&im, argv[optind]);
    for (uint32_t slot = 0; slot < im.nslots; slot++)
        tables = make_slot(&im, slot, seed, tables);
    image_write(&im, argv[optind + 1]);
    return 0;
}
