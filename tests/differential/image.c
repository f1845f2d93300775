/*
 * tests/differential/image.c - reads and writes the host program; finds its sections by name.
 */
#include "image.h"

#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void fail(const char *what, const char *path)
{
    fprintf(stderr, "generate: %s: %s\n", path, what);
    exit(2);
}

static void read_file(struct image *im, const char *path)
{
    FILE *f = fopen(path, "rb");
    struct stat st;

    if (!f || fstat(fileno(f), &st) != 0)
        fail("cannot be opened", path);
    im->bytes = (size_t)st.st_size;
    im->file = malloc(im->bytes);
    if (!im->file || fread(im->file, 1, im->bytes, f) != im->bytes)
        fail("cannot be read", path);
    fclose(f);
}

static struct section find_section(const struct image *im, const char *name)
{
    const Elf64_Ehdr *eh = (const Elf64_Ehdr *)im->file;
    const Elf64_Shdr *sh = (const Elf64_Shdr *)(im->file + eh->e_shoff);
    const char *names = (const char *)im->file + sh[eh->e_shstrndx].sh_offset;

    for (unsigned i = 0; i < eh->e_shnum; i++)
        if (strcmp(names + sh[i].sh_name, name) == 0)
            return (struct section){ sh[i].sh_addr, im->file + sh[i].sh_offset, sh[i].sh_size };
    fail("no such section", name);
    return (struct section){ 0 };
}

uint16_t image_slot_bytes(const struct image *im, uint32_t slot)
{
    uint16_t size;

    memcpy(&size, im->sizes.bytes + 2ul * slot, 2);
    return size;
}

static void find_slots(struct image *im)
{
    uint64_t address = im->slots.address;

    while (im->nslots < IMAGE_SLOTS && image_slot_bytes(im, im->nslots)) {
        im->slot_address[im->nslots] = address;
        address += image_slot_bytes(im, im->nslots++);
    }
}

void image_read(struct image *im, const char *path)
{
    struct section tls;

    read_file(im, path);
    im->fixed = ((const Elf64_Ehdr *)im->file)->e_type == ET_EXEC;
    im->slots = find_section(im, "slots");
    im->sizes = find_section(im, "slot_sizes");
    im->masks = find_section(im, "slot_masks");
    im->tables = find_section(im, "slot_tables");
    im->arena = find_section(im, "arena");
    im->homes = find_section(im, "homes");
    tls = find_section(im, "tls_offset");
    memcpy(&im->tls_offset, tls.bytes, sizeof(im->tls_offset));
    find_slots(im);
}

void image_write(const struct image *im, const char *path)
{
    int fd;

    unlink(path); /* it may be running */
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0755);
    if (fd < 0 || write(fd, im->file, im->bytes) != (ssize_t)im->bytes || close(fd) != 0)
        fail("cannot be written", path);
}
