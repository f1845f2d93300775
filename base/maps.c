/*
 * base/maps.c - reads /proc/self/maps, see base/maps.h and proc(5).
 *
 *   55d0c0de4000-55d0c0de5000 rw-p 00002000 08:01 131  /usr/bin/server
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

enum { WINDOW = 1024 };

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

/* Hands out the lines that the window holds; false once fn has had enough. */
static bool drain(struct reader *r, bool (*fn)(const struct base_map *map, void *arg), void *arg)
{
    struct base_map map;
    char *line = r->buf, *end;
    bool more = true;

    while (more && (end = find_newline(line, r->len - (size_t)(line - r->buf)))) {
        *end = '\0';
        if (!r->skip && parse_line(line, &map))
            more = fn(&map, arg);
        r->skip = false;
        line = end + 1;
    }
    drop(r, (size_t)(line - r->buf));
    if (more && r->len == WINDOW) { /* a line longer than the window */
        r->buf[WINDOW] = '\0';
        if (!r->skip && parse_line(r->buf, &map))
            more = fn(&map, arg);
        r->skip = true;
        r->len = 0;
    }
    return more;
}

int base_maps_each(bool (*fn)(const struct base_map *map, void *arg), void *arg)
{
    struct reader r = { .fd = base_sys_open("/proc/self/maps", O_RDONLY | O_CLOEXEC, 0) };
    int64_t got;

    if (r.fd < 0)
        return r.fd;
    do
        got = refill(&r);
    while (got > 0 && drain(&r, fn, arg));
    base_sys_close(r.fd);
    return got < 0 ? (int)got : 0;
}
