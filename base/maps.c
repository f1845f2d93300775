/*
 * base/maps.c - reads /proc/self/maps and smaps, see base/maps.h and proc(5).
 *
 *   55d0c0de4000-55d0c0de5000 rw-p 00002000 08:01 131  /usr/bin/server
 *   Rss:                   4 kB                                             in smaps, among others
 *
 * A window of the file slides through a buffer on the stack; a line longer than the buffer loses the end of its
 * path. No locks, no state; signal-safe.
 */
#include "base/maps.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

#include "base/mem.h"
#include "base/sys.h"

enum { WINDOW = 4096, PAGE = 4096 };

struct reader {
    int fd;
    size_t len; /* bytes in buf */
    bool skip;  /* the rest of a cut line is still to come */
    char buf[WINDOW + 1];
};

static uint64_t parse_hex(const char **s)
{
    uint64_t value = 0;

    for (;; (*s)++) {
        unsigned c = (unsigned char)**s;

        if (c - '0' < 10)
            value = value << 4 | (c - '0');
        else if (c - 'a' < 6)
            value = value << 4 | (c - 'a' + 10);
        else
            return value;
    }
}

static uint64_t parse_decimal(const char **s)
{
    uint64_t value = 0;

    for (; **s >= '0' && **s <= '9'; (*s)++)
        value = value * 10 + (uint64_t)(**s - '0');
    return value;
}

/* Steps over one expected byte; false where another stands there. */
static bool expect(const char **s, char c)
{
    if (**s != c)
        return false;
    (*s)++;
    return true;
}

static bool parse_prot(const char **s, struct base_map *map)
{
    const char *p = *s;

    if (base_str_length(p) < 4)
        return false;
    map->prot = (p[0] == 'r' ? PROT_READ : 0) | (p[1] == 'w' ? PROT_WRITE : 0) |
                (p[2] == 'x' ? PROT_EXEC : 0);
    map->shared = p[3] == 's';
    *s = p + 4;
    return true;
}

static bool parse_line(const char *s, struct base_map *map)
{
    map->lo = parse_hex(&s);
    if (!expect(&s, '-'))
        return false;
    map->hi = parse_hex(&s);
    if (!expect(&s, ' ') || !parse_prot(&s, map) || !expect(&s, ' '))
        return false;
    map->offset = parse_hex(&s);
    if (!expect(&s, ' '))
        return false;
    parse_hex(&s);
    if (!expect(&s, ':'))
        return false;
    parse_hex(&s);
    if (!expect(&s, ' '))
        return false;
    map->inode = parse_decimal(&s);
    while (*s == ' ')
        s++;
    base_str_copy(map->path, s, sizeof map->path);
    return true;
}

/* More bytes into the window; 0 at the end of the file, or -errno. */
static int64_t refill(struct reader *r)
{
    int64_t got;

    do
        got = base_sys_read(r->fd, r->buf + r->len, WINDOW - r->len);
    while (got == -EINTR);
    if (got > 0)
        r->len += (size_t)got;
    return got;
}

static char *find_newline(char *s, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (s[i] == '\n')
            return s + i;
    }
    return NULL;
}

static void drop(struct reader *r, size_t bytes)
{
    r->len -= bytes;
    base_mem_move(r->buf, r->buf + bytes, r->len);
}

/* What is done with each line. */
struct visitor {
    bool (*line)(const char *line, struct visitor *v); /* false: enough */
    bool (*fn)(const struct base_map *map, void *arg);
    void *arg;
    void (*resident)(const struct base_resident *r, void *arg);
    struct base_resident now; /* of the mapping that smaps speaks of */
};

/* Hands out the lines that the window holds; false once the visitor has had enough. */
static bool drain(struct reader *r, struct visitor *v)
{
    char *line = r->buf, *end;
    bool more = true;

    while (more && (end = find_newline(line, r->len - (size_t)(line - r->buf)))) {
        *end = '\0';
        if (!r->skip)
            more = v->line(line, v);
        r->skip = false;
        line = end + 1;
    }
    drop(r, (size_t)(line - r->buf));
    if (more && r->len == WINDOW) { /* a line longer than the window */
        r->buf[WINDOW] = '\0';
        if (!r->skip)
            more = v->line(r->buf, v);
        r->skip = true;
        r->len = 0;
    }
    return more;
}

static int read_lines(const char *path, struct visitor *v)
{
    struct reader r = { .fd = base_sys_open(path, O_RDONLY | O_CLOEXEC, 0) };
    int64_t got;

    if (r.fd < 0)
        return r.fd;
    do
        got = refill(&r);
    while (got > 0 && drain(&r, v));
    base_sys_close(r.fd);
    return got < 0 ? (int)got : 0;
}

static bool map_line(const char *line, struct visitor *v)
{
    struct base_map map;

    return !parse_line(line, &map) || v->fn(&map, v->arg);
}

int base_maps_each(bool (*fn)(const struct base_map *map, void *arg), void *arg)
{
    struct visitor v = { .line = map_line, .fn = fn, .arg = arg };

    return read_lines("/proc/self/maps", &v);
}

/* VmFlags is the last line of a mapping: words of two letters. */
static bool has_flag(const char *s, const char *flag)
{
    for (; *s; s++)
        if (s[0] == ' ' && s[1] == flag[0] && s[2] == flag[1])
            return true;
    return false;
}

static bool resident_line(const char *line, struct visitor *v)
{
    const char *s = line;
    uintptr_t lo = parse_hex(&s);

    if (expect(&s, '-')) {
        v->now = (struct base_resident){ .lo = lo };
    } else if (base_str_starts(line, "Rss:")) {
        for (s = line + 4; *s == ' '; s++)
            ;
        v->now.bytes = parse_decimal(&s) << 10;
    } else if (base_str_starts(line, "VmFlags:")) {
        v->now.dontdump = has_flag(line, "dd");
        v->resident(&v->now, v->arg);
    }
    return true;
}

int base_maps_resident(void (*fn)(const struct base_resident *r, void *arg), void *arg)
{
    struct visitor v = { .line = resident_line, .resident = fn, .arg = arg };

    return read_lines("/proc/self/smaps", &v);
}

int64_t base_maps_resident_sum(void)
{
    int fd = base_sys_open("/proc/self/statm", O_RDONLY | O_CLOEXEC, 0);
    char line[128];
    const char *s = line;
    int64_t got;

    if (fd < 0)
        return fd;
    got = base_sys_read(fd, line, sizeof(line) - 1);
    base_sys_close(fd);
    if (got < 0)
        return got;
    line[got] = '\0';
    parse_decimal(&s); /* size */
    return expect(&s, ' ') ? (int64_t)(parse_decimal(&s) * PAGE) : -EINVAL;
}
