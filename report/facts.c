/*
 * report/facts.c - what a module's file says of how it was made, see report_file_facts(). Raw system calls only.
 *
 * Debug information may lie in a file of its own, where elfutils and gdb look for it: by build-id below /usr/lib/debug, or by the name
 * in .gnu_debuglink.
 */
#include <elf.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/syscall.h>

#include "base/mem.h"
#include "base/sys.h"
#include "base/text.h"
#include "report/report.h"

enum { SECTIONS = 512, COMMENT = 1024, PATH = 4096 };

#define DEBUG_ROOT "/usr/lib/debug"

static bool read_at(int fd, void *to, size_t size, uint64_t at)
{
    return base_syscall(SYS_pread64, fd, (long)to, (long)size, (long)at, 0, 0) == (long)size;
}

/* Compilers sign there: "GCC: (...)", "clang version ...", "rustc version ...". */
static bool is_signed_by_llvm(int fd, const Elf64_Shdr *comment)
{
    char text[COMMENT];
    size_t size = comment->sh_size < COMMENT ? comment->sh_size : COMMENT - 1;

    if (!read_at(fd, text, size, comment->sh_offset))
        return false;
    text[size] = '\0';
    for (const char *at = text; at < text + size; at++)
        if (base_str_starts(at, "clang version") || base_str_starts(at, "rustc version") ||
            base_str_starts(at, "LLVM"))
            return true;
    return false;
}

static void read_link(int fd, const Elf64_Shdr *s, char link[NAME_MAX + 1])
{
    size_t size = s->sh_size < NAME_MAX ? s->sh_size : NAME_MAX;

    if (read_at(fd, link, size, s->sh_offset))
        link[size] = '\0';
    else
        link[0] = '\0';
}

static void look_at_sections(int fd, const Elf64_Ehdr *e, struct report_file_facts *facts,
                             char link[NAME_MAX + 1])
{
    Elf64_Shdr names, s;
    char name[16];

    if (!read_at(fd, &names, sizeof names, e->e_shoff + e->e_shstrndx * sizeof names))
        return;
    for (unsigned i = 0; i < e->e_shnum && i < SECTIONS; i++) {
        if (!read_at(fd, &s, sizeof s, e->e_shoff + i * sizeof s) || !s.sh_size ||
            s.sh_type != SHT_PROGBITS || s.sh_flags & SHF_ALLOC || /* none of them */
            !read_at(fd, name, sizeof ".gnu_debuglink", names.sh_offset + s.sh_name))
            continue;
        name[sizeof ".gnu_debuglink"] = '\0';
        facts->debug |= base_str_equal(name, ".debug_info");
        if (base_str_equal(name, ".comment"))
            facts->llvm = is_signed_by_llvm(fd, &s);
        if (base_str_equal(name, ".gnu_debuglink"))
            read_link(fd, &s, link);
    }
}

/* ---- debug information apart --------------------------------------------------------------------------- */

static bool is_there(const char *path)
{
    return base_syscall(SYS_access, (long)path, 4 /* R_OK */, 0, 0, 0, 0) == 0;
}

static bool is_below_root(const uint8_t *id, unsigned length)
{
    char path[sizeof DEBUG_ROOT "/.build-id/xx/.debug" +
              2 * sizeof((struct report_module *)0)->build_id];
    struct base_text t;

    if (length < 2)
        return false;
    base_text_init(&t, path, sizeof path);
    base_text_str(&t, DEBUG_ROOT "/.build-id/");
    for (unsigned i = 0; i < length; i++) {
        base_text_char(&t, "0123456789abcdef"[id[i] >> 4]);
        base_text_char(&t, "0123456789abcdef"[id[i] & 15]);
        if (i == 0)
            base_text_char(&t, '/');
    }
    base_text_str(&t, ".debug");
    return is_there(path);
}

/* path: of the module, absolute. */
static bool is_linked(const char *path, const char *link)
{
    static const char *const places[][2] = { { "", "/" }, { "", "/.debug/" }, { DEBUG_ROOT, "/" } };
    char folder[PATH], place[PATH];
    size_t length = base_str_length(path);
    struct base_text t;

    if (!link[0] || length >= PATH)
        return false;
    while (length && path[length - 1] != '/')
        length--;
    if (!length)
        return false;
    base_mem_copy(folder, path, length);
    folder[length - 1] = '\0';
    for (unsigned i = 0; i < sizeof places / sizeof *places; i++) {
        base_text_init(&t, place, sizeof place);
        base_text_str(&t, places[i][0]);
        base_text_str(&t, folder);
        base_text_str(&t, places[i][1]);
        base_text_str(&t, link);
        if (!base_str_equal(place, path) && is_there(place))
            return true;
    }
    return false;
}

void report_file_facts(const struct report_module *m, struct report_file_facts *facts)
{
    int fd = base_sys_open(m->path, O_RDONLY | O_CLOEXEC, 0);
    char link[NAME_MAX + 1] = "";
    Elf64_Ehdr e;

    *facts = (struct report_file_facts){ 0 };
    if (fd < 0)
        return;
    if (read_at(fd, &e, sizeof e, 0) && e.e_shentsize == sizeof(Elf64_Shdr))
        look_at_sections(fd, &e, facts, link);
    base_sys_close(fd);
    if (!facts->debug)
        facts->debug = is_below_root(m->build_id, m->build_id_len) || is_linked(m->path, link);
}
