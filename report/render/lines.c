/*
 * report/render/lines.c - lines of source that have an atomic operation in them, and the code made of them.
 *
 * __atomic_load_n(&flag, ...) leaves no frame and no type behind, only its line. A macro that is defined as an operation, and
 * nowhere as anything else, is one, so all files of a unit are read for such macros before any line is judged.
 */
#include <ctype.h>
#include <dwarf.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "report/render/atomics.h"
#include "report/render/source.h"

enum { MACROS = 256, FILES = 512, NAME = 64, LINE = 1024, LANG_C17 = 0x2c /* DWARF 6 */ };
#define LARGEST (4l << 20)

/* Of one unit. */
struct sources {
    struct source {
        const char *path; /* as the unit names it */
        char *text;       /* NULL: not to be had */
        size_t size;
        unsigned lines;
        unsigned char *operation; /* by line number, from 1 on */
    } files[FILES];
    unsigned count;
    struct macro {
        char name[NAME];
        bool otherwise; /* it is defined as something else too */
    } macros[MACROS];
    unsigned nmacros;
    Dwarf_Die *cu;
    char *missing; /* a file that could not be read */
};

/* Files of ordinary size only, never a device. False: there is none. */
static bool load(struct source *s, const char *path)
{
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    struct stat st;

    if (fd < 0)
        return false;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0 && st.st_size <= LARGEST &&
        (s->text = malloc((size_t)st.st_size))) {
        ssize_t got = read(fd, s->text, (size_t)st.st_size);

        s->size = got > 0 ? (size_t)got : 0;
    }
    close(fd);
    return true;
}

/* The line that starts at `at`, cut; where the next one does. */
static size_t line_at(const struct source *s, size_t at, char *line)
{
    size_t n = 0;

    for (; at < s->size && s->text[at] != '\n'; at++)
        if (n < LINE - 1)
            line[n++] = s->text[at];
    line[n] = '\0';
    return at + 1;
}

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

static bool has_macro(const struct sources *all, const char *line)
{
    for (unsigned i = 0; i < all->nmacros; i++) {
        const char *name = all->macros[i].name, *at = line;
        size_t len = strlen(name);

        while (!all->macros[i].otherwise && (at = strstr(at, name))) {
            if ((at == line || !is_word(at[-1])) && at[len] == '(')
                return true;
            at += len;
        }
    }
    return false;
}

static bool is_operation(const struct sources *all, const char *line)
{
    return render_source_word(line) == RENDER_SOURCE_OPERATION || has_macro(all, line);
}

/* The name that `#define NAME(` gives, or NULL. */
static const char *defined(char *line)
{
    char *at = line + strspn(line, " \t"), *end;

    if (*at++ != '#')
        return NULL;
    at += strspn(at, " \t");
    if (strncmp(at, "define", 6) != 0 || !isspace((unsigned char)at[6]))
        return NULL;
    at += 6 + strspn(at + 6, " \t");
    for (end = at; is_word(*end); end++)
        ;
    if (*end != '(' || end == at || end - at >= NAME)
        return NULL;
    return at;
}

static void note_macro(struct sources *all, const char *name, bool operation)
{
    struct macro *m = all->macros;
    size_t len = 0;

    while (is_word(name[len]))
        len++;
    for (; m < all->macros + all->nmacros; m++) {
        if (strncmp(m->name, name, len) == 0 && !m->name[len]) {
            m->otherwise |= !operation;
            return;
        }
    }
    if (!operation || all->nmacros == MACROS)
        return;
    memcpy(m->name, name, len);
    all->nmacros++;
}

static void find_macros(struct sources *all, const struct source *s)
{
    char line[LINE], first[LINE];
    const char *name;

    for (size_t at = 0; at < s->size;) {
        bool operation;
        size_t len;

        at = line_at(s, at, line);
        strcpy(first, line);
        name = defined(first);
        if (!name)
            continue;
        operation = is_operation(all, name + strcspn(name, "(")); /* it does not use itself */
        while ((len = strlen(line)) > 0 && line[len - 1] == '\\' && at < s->size) {
            at = line_at(s, at, line);
            operation |= is_operation(all, line);
        }
        note_macro(all, name, operation);
    }
}

static void mark_lines(const struct sources *all, struct source *s)
{
    unsigned n = 1;
    char line[LINE];

    for (size_t i = 0; i < s->size; i++)
        s->lines += s->text[i] == '\n';
    s->operation = calloc(s->lines + 2, 1);
    for (size_t at = 0; s->operation && at < s->size && n < s->lines + 2; n++) {
        at = line_at(s, at, line);
        s->operation[n] = is_operation(all, line);
    }
}

static struct source *source_of(struct sources *all, const char *path)
{
    char *place;

    for (unsigned i = all->count; i-- > 0;)
        if (all->files[i].path == path || strcmp(all->files[i].path, path) == 0)
            return &all->files[i];
    if (all->count == FILES)
        return NULL;
    place = render_source_path(all->cu, path);
    all->files[all->count].path = path;
    if (!load(&all->files[all->count], place) && !all->missing)
        all->missing = place;
    else
        free(place);
    return &all->files[all->count++];
}

static bool is_c(Dwarf_Die *cu)
{
    switch (dwarf_srclang(cu)) {
    case DW_LANG_C:
    case DW_LANG_C89:
    case DW_LANG_C99:
    case DW_LANG_C11:
    case LANG_C17: return true;
    default: return false;
    }
}

static void read_all(struct sources *all, Dwarf_Die *cu)
{
    const char *path;
    Dwarf_Files *files;
    size_t count;

    if (dwarf_getsrcfiles(cu, &files, &count) != 0)
        return;
    for (size_t i = 0; i < count; i++)
        if ((path = dwarf_filesrc(files, i, NULL, NULL)))
            source_of(all, path);
    for (unsigned twice = 0; twice < 2;
         twice++) /* what was not one when it was first seen may stand first */
        for (unsigned i = 0; i < all->count; i++)
            find_macros(all, &all->files[i]);
    for (unsigned i = 0; i < all->count; i++)
        mark_lines(all, &all->files[i]);
}

/* all NULL: the unit is not C, whose libraries' files tell by their names. */
static bool is_marked(struct sources *all, Dwarf_Line *row)
{
    const char *path = dwarf_linesrc(row, NULL, NULL);
    const struct source *s = path && all ? source_of(all, path) : NULL;
    int number = 0;

    if (!all)
        return render_source_is_atomic(path);
    dwarf_lineno(row, &number);
    return s && s->operation && number > 0 && (unsigned)number < s->lines + 2 &&
           s->operation[number];
}

static void add_rows(struct sources *all, Dwarf_Lines *rows, size_t count, Dwarf_Addr bias,
                     struct render_atomics *out)
{
    for (size_t i = 0; i + 1 < count; i++) {
        Dwarf_Line *row = dwarf_onesrcline(rows, i), *next = dwarf_onesrcline(rows, i + 1);
        Dwarf_Addr lo, hi;
        bool end;

        if (dwarf_lineendsequence(row, &end) != 0 || end || dwarf_lineaddr(row, &lo) != 0 ||
            dwarf_lineaddr(next, &hi) != 0 || hi <= lo || !is_marked(all, row))
            continue;
        render_atomics_add(out, lo + bias, hi + bias, false);
    }
}

void render_lines_find(Dwarf_Die *cu, Dwarf_Addr bias, struct render_atomics *out)
{
    struct sources *all;
    Dwarf_Lines *rows;
    size_t count;

    if (dwarf_getsrclines(cu, &rows, &count) != 0)
        return;
    if (!is_c(cu)) {
        add_rows(NULL, rows, count, bias, out);
        return;
    }
    all = calloc(1, sizeof *all);
    if (!all)
        return;
    all->cu = cu;
    read_all(all, cu);
    add_rows(all, rows, count, bias, out);
    if (out->missing)
        free(all->missing);
    else
        out->missing = all->missing;
    for (unsigned i = 0; i < all->count; i++) {
        free(all->files[i].text);
        free(all->files[i].operation);
    }
    free(all);
}
