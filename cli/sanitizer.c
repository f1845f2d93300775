/*
 * cli/sanitizer.c - programs that gcc linked with ThreadSanitizer's own runtime, libtsan.so: ours answers in its place.
 *
 * The loader takes an object that is there already for a library that a program needs, by its DT_SONAME. So an empty
 * one of that name is preloaded behind libseance.so, and libtsan.so with its wrappers never comes in.
 */
#include <fcntl.h>
#include <gelf.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"

/* The library of that name in the table of what is needed; the name is Elf's. */
static const char *needed(Elf *elf, const char *prefix)
{
    Elf_Scn *section = NULL;
    GElf_Shdr header;
    GElf_Dyn entry;

    while ((section = elf_nextscn(elf, section))) {
        Elf_Data *data;

        if (!gelf_getshdr(section, &header) || header.sh_type != SHT_DYNAMIC)
            continue;
        data = elf_getdata(section, NULL);
        for (int i = 0; data && gelf_getdyn(data, i, &entry) && entry.d_tag != DT_NULL; i++) {
            const char *name =
                entry.d_tag == DT_NEEDED ? elf_strptr(elf, header.sh_link, entry.d_un.d_val) : NULL;

            if (name && strncmp(name, prefix, strlen(prefix)) == 0)
                return name;
        }
    }
    return NULL;
}

bool cli_sanitizer(const char *program, const char *library, char *out)
{
    static const char prefix[] = "libtsan.so";
    const char *slash = strrchr(library, '/'), *name = NULL;
    int fd = open(program, O_RDONLY | O_CLOEXEC);
    Elf *elf;

    if (fd < 0 || elf_version(EV_CURRENT) == EV_NONE) {
        if (fd >= 0)
            close(fd);
        return false;
    }
    elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
    if (elf && elf_kind(elf) == ELF_K_ELF)
        name = needed(elf, prefix);
    if (name)
        snprintf(out, PATH_MAX, "%.*s/libseance-tsan.so%s", (int)(slash - library), library,
                 name + strlen(prefix));
    if (elf)
        elf_end(elf);
    close(fd);
    return name != NULL && access(out, R_OK) == 0;
}
