/*
 * cli/program.c - cli_check_program(): what can be told from a file before it is started.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"

enum { HEAD = 256, SCRIPTS = 5, HEADERS = 256 };

static int check_headers(int fd, const char *path, const Elf64_Ehdr *ehdr)
{
    Elf64_Phdr phdr;

    for (unsigned i = 0; i < ehdr->e_phnum && i < HEADERS; i++) {
        if (pread(fd, &phdr, sizeof phdr, (off_t)(ehdr->e_phoff + i * sizeof phdr)) != sizeof phdr)
            break;
        if (phdr.p_type == PT_INTERP)
            return 0;
    }
    return cli_error(
        CLI_USAGE, "%s is statically linked: no library can be loaded into it; link it dynamically",
        path);
}

static int check_elf(int fd, const char *path, const unsigned char *head, size_t size)
{
    Elf64_Ehdr ehdr;

    if (size >= EI_NIDENT && head[EI_CLASS] == ELFCLASS32)
        return cli_error(
            CLI_USAGE,
            "%s is a 32-bit program; Seance runs 64-bit AMD64 programs, so build it with -m64",
            path);
    if (size < sizeof ehdr)
        return cli_error(CLI_CANNOT_RUN, "%s is no complete program", path);
    memcpy(&ehdr, head, sizeof ehdr);
    if (ehdr.e_machine != EM_X86_64)
        return cli_error(CLI_USAGE,
                         "%s is for another architecture (ELF machine %u); build it for AMD64",
                         path, (unsigned)ehdr.e_machine);
    if (ehdr.e_phentsize != sizeof(Elf64_Phdr))
        return cli_error(CLI_CANNOT_RUN, "%s is no valid program", path);
    return check_headers(fd, path, &ehdr);
}

/* The interpreter named in "#! ..." or NULL. */
static char *interpreter(char *head)
{
    char *from = head + 2 + strspn(head + 2, " \t"), *end;

    end = from + strcspn(from, " \t\r\n");
    *end = '\0';
    return *from ? from : NULL;
}

static int check_mode(int fd, const char *path)
{
    struct stat st;

    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        return cli_error(CLI_CANNOT_RUN, "%s is not a program", path);
    if ((st.st_mode & S_ISUID) || ((st.st_mode & S_ISGID) && (st.st_mode & S_IXGRP)))
        return cli_error(
            CLI_USAGE,
            "%s is setuid or setgid, so the loader ignores LD_PRELOAD; run a copy without that bit",
            path);
    return 0;
}

static int check(const char *path, unsigned depth)
{
    unsigned char head[HEAD + 1] = { 0 };
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), status;
    ssize_t size;
    char *next;

    if (fd < 0)
        return errno == EACCES ? 0 : cli_error(CLI_NOT_FOUND, "%s: %s", path, strerror(errno));
    status = check_mode(fd, path);
    size = pread(fd, head, HEAD, 0);
    if (status == 0 && size >= SELFMAG && memcmp(head, ELFMAG, SELFMAG) == 0) {
        status = check_elf(fd, path, head, (size_t)size);
    } else if (status == 0 && size > 2 && head[0] == '#' && head[1] == '!' && depth < SCRIPTS) {
        next = interpreter((char *)head);
        if (next)
            status = check(next, depth + 1);
    }
    close(fd);
    return status;
}

int cli_check_program(const char *path)
{
    return check(path, 0);
}
