// Load for the servers that bench.py measures, from one thread over several connections; every reply is held against the
// value that its key must have.
//
//   load files FOLDER KEYS SIZE                                    writes what a web server is to serve
//   load fill PROTOCOL PORT KEYS SIZE                              sets every key once
//   load run PROTOCOL PORT KEYS SIZE CONNECTIONS DEPTH SECONDS     prints: requests, seconds
//
// PROTOCOL is memcached, redis or http. DEPTH requests go out on each connection before the replies are read. One in ten
// sets a value, but for http, which only gets. Ends with 1 where a reply is wrong.
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    SIZE_MAX_VALUE = 1 << 16,
    CONNECTIONS_MAX = 256,
    DEPTH_MAX = 64,
    BUFFER = DEPTH_MAX * (SIZE_MAX_VALUE / 8)
};

struct connection {
    int fd;
    size_t at, end; /* what of `in` has not been used yet */
    char in[1 << 17];
    unsigned keys[DEPTH_MAX];
    int sets[DEPTH_MAX];
};

static struct connection connections[CONNECTIONS_MAX];
static char pattern[SIZE_MAX_VALUE + 4096];
static unsigned keys;
static size_t size;

static void fail(const char *what)
{
    fprintf(stderr, "load: %s%s%s\n", what, errno ? ": " : "", errno ? strerror(errno) : "");
    exit(1);
}

static const char *value_of(unsigned key)
{
    return pattern + key * 37 % 4096;
}

static void fill_pattern(void)
{
    uint64_t chance = 9;

    for (size_t i = 0; i < sizeof(pattern); i++) {
        chance = chance * 6364136223846793005 + 1442695040888963407;
        pattern[i] = (char)('a' + (chance >> 33) % 26);
    }
}

static int connect_to(int port)
{
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    struct timeval patience = { .tv_sec = 60 };

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)))
        fail("connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    return fd;
}

static void send_all(int fd, const char *bytes, size_t count)
{
    while (count) {
        ssize_t sent = send(fd, bytes, count, MSG_NOSIGNAL);

        if (sent < 0)
            fail("send");
        bytes += sent;
        count -= (size_t)sent;
    }
}

/* At least one byte more; what is left goes to the start of the buffer first. */
static void receive(struct connection *c)
{
    memmove(c->in, c->in + c->at, c->end - c->at);
    c->end -= c->at;
    c->at = 0;
    if (c->end == sizeof(c->in))
        fail("a reply that is too long");
    ssize_t got = recv(c->fd, c->in + c->end, sizeof(c->in) - c->end, 0);
    if (got <= 0)
        fail("recv");
    c->end += (size_t)got;
}

static void need(struct connection *c, size_t count)
{
    while (c->end - c->at < count)
        receive(c);
}

static void expect(struct connection *c, const char *bytes, size_t count)
{
    need(c, count);
    if (memcmp(c->in + c->at, bytes, count)) {
        errno = 0;
        fprintf(stderr, "load: got %.*s\n", (int)(count < 80 ? count : 80), c->in + c->at);
        fail("a reply that is wrong");
    }
    c->at += count;
}

static void expect_text(struct connection *c, const char *text)
{
    expect(c, text, strlen(text));
}

static size_t memcached_request(char *out, unsigned key, int set)
{
    if (!set)
        return (size_t)sprintf(out, "get key:%u\r\n", key);
    return (size_t)sprintf(out, "set key:%u 0 0 %zu\r\n%.*s\r\n", key, size, (int)size,
                           value_of(key));
}

static void memcached_reply(struct connection *c, unsigned key, int set)
{
    char head[64];

    if (set) {
        expect_text(c, "STORED\r\n");
        return;
    }
    sprintf(head, "VALUE key:%u 0 %zu\r\n", key, size);
    expect_text(c, head);
    expect(c, value_of(key), size);
    expect_text(c, "\r\nEND\r\n");
}

static size_t redis_request(char *out, unsigned key, int set)
{
    char name[32];
    int length = sprintf(name, "key:%u", key);

    if (!set)
        return (size_t)sprintf(out, "*2\r\n$3\r\nGET\r\n$%d\r\n%s\r\n", length, name);
    return (size_t)sprintf(out, "*3\r\n$3\r\nSET\r\n$%d\r\n%s\r\n$%zu\r\n%.*s\r\n", length, name,
                           size, (int)size, value_of(key));
}

static void redis_reply(struct connection *c, unsigned key, int set)
{
    char head[32];

    if (set) {
        expect_text(c, "+OK\r\n");
        return;
    }
    sprintf(head, "$%zu\r\n", size);
    expect_text(c, head);
    expect(c, value_of(key), size);
    expect_text(c, "\r\n");
}

static size_t http_request(char *out, unsigned key, int set)
{
    (void)set;
    return (size_t)sprintf(out, "GET /%u HTTP/1.1\r\nHost: localhost\r\n\r\n", key);
}

static void http_reply(struct connection *c, unsigned key, int set)
{
    static const char good[] = "HTTP/1.1 200 OK\r\n";
    char *end;

    (void)set;
    need(c, sizeof(good) - 1);
    if (memcmp(c->in + c->at, good, sizeof(good) - 1))
        expect_text(c, good);
    while (!(end = memmem(c->in + c->at, c->end - c->at, "\r\n\r\n", 4)))
        receive(c);
    c->at = (size_t)(end - c->in) + 4;
    expect(c, value_of(key), size);
}

static const struct protocol {
    const char *name;
    size_t (*request)(char *out, unsigned key, int set);
    void (*reply)(struct connection *c, unsigned key, int set);
    int sets;
} protocols[] = {
    { "memcached", memcached_request, memcached_reply, 1 },
    { "redis", redis_request, redis_reply, 1 },
    { "http", http_request, http_reply, 0 },
};

static const struct protocol *find(const char *name)
{
    for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++) {
        if (!strcmp(protocols[i].name, name))
            return &protocols[i];
    }
    fail("no such protocol");
    return NULL;
}

static double seconds_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void write_files(const char *folder)
{
    char path[4096];

    for (unsigned key = 0; key < keys; key++) {
        snprintf(path, sizeof(path), "%s/%u", folder, key);
        FILE *out = fopen(path, "w");
        if (!out || fwrite(value_of(key), 1, size, out) != size || fclose(out))
            fail(path);
    }
}

/* Sets go out in groups, so that a slow server is not asked one by one. */
static void fill(const struct protocol *p, int port)
{
    static char out[BUFFER];
    struct connection *c = &connections[0];

    c->fd = connect_to(port);
    for (unsigned key = 0; key < keys;) {
        unsigned first = key;
        size_t length = 0;

        for (; key < keys && key < first + DEPTH_MAX / 8; key++)
            length += p->request(out + length, key, 1);
        send_all(c->fd, out, length);
        for (unsigned k = first; k < key; k++)
            p->reply(c, k, 1);
    }
}

static void send_requests(const struct protocol *p, struct connection *c, unsigned depth,
                          uint64_t *chance)
{
    static char out[BUFFER];
    size_t length = 0;

    for (unsigned i = 0; i < depth; i++) {
        *chance = *chance * 6364136223846793005 + 1442695040888963407;
        c->keys[i] = (unsigned)((*chance >> 33) % keys);
        c->sets[i] = p->sets && (*chance >> 20) % 10 == 0;
        length += p->request(out + length, c->keys[i], c->sets[i]);
    }
    send_all(c->fd, out, length);
}

static void run(const struct protocol *p, int port, unsigned count, unsigned depth, double wanted)
{
    double start = seconds_now(), now;
    uint64_t chance = 1;
    unsigned long done = 0;

    for (unsigned i = 0; i < count; i++)
        connections[i].fd = connect_to(port);
    do {
        for (unsigned i = 0; i < count; i++)
            send_requests(p, &connections[i], depth, &chance);
        for (unsigned i = 0; i < count; i++) {
            for (unsigned d = 0; d < depth; d++)
                p->reply(&connections[i], connections[i].keys[d], connections[i].sets[d]);
        }
        done += count * depth;
        now = seconds_now();
    } while (now < start + wanted);
    printf("%lu %.6f\n", done, now - start);
}

int main(int argc, char **argv)
{
    if (argc < 5)
        return 2;
    int files = !strcmp(argv[1], "files");
    keys = (unsigned)atoi(argv[files ? 3 : 4]);
    size = (size_t)atol(argv[files ? 4 : 5]);
    if (!keys || !size || size > SIZE_MAX_VALUE / 8 - 128)
        return 2;
    fill_pattern();
    if (files)
        write_files(argv[2]);
    else if (!strcmp(argv[1], "fill"))
        fill(find(argv[2]), atoi(argv[3]));
    else if (argc == 9 && atoi(argv[6]) <= CONNECTIONS_MAX && atoi(argv[7]) <= DEPTH_MAX)
        run(find(argv[2]), atoi(argv[3]), (unsigned)atoi(argv[6]), (unsigned)atoi(argv[7]),
            atof(argv[8]));
    else
        return 2;
    return 0;
}
