/* What the table knows of descriptors: what they lead to, and until when. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "preload/descriptors.h"
#include "preload/state.h"
#include "shadow/sync.h"

#define MEMORY (1ul << 20)

static struct shadow_inline in;
static struct shadow_thread *thread;

static void start(void)
{
    struct shadow_layout layout = { .form = SHADOW_FORM_XOR, .nwindows = 1 };
    void *memory = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    layout.windows[0].lo = (uintptr_t)memory;
    layout.windows[0].hi = (uintptr_t)memory + MEMORY;
    preload_pid = getpid();
    cr_assert_eq(shadow_init(&layout), 0);
    thread = shadow_thread_first(&in, 0, 0);
    cr_assert_not_null(thread);
}

TestSuite(descriptors, .init = start);

static struct preload_ends look(int fd, enum preload_descriptor_kind kind)
{
    struct preload_ends ends = { 0 };

    cr_expect_eq(preload_descriptor_look(fd, &ends), kind, "descriptor %d", fd);
    return ends;
}

#define ORDERS PRELOAD_DESCRIPTOR_ORDERS
#define NOTHING PRELOAD_DESCRIPTOR_NOTHING

Test(descriptors, files_order_nothing)
{
    int fd = open("/proc/self/status", O_RDONLY), null = open("/dev/null", O_RDWR);

    look(fd, NOTHING);
    look(null, NOTHING);
    look(-1, NOTHING);
    look(5000000, PRELOAD_DESCRIPTOR_UNKNOWN); /* is not open, and has no place in the table */
}

Test(descriptors, both_ends_of_a_pipe_are_one)
{
    int ends[2], other[2], again;

    cr_assert(pipe(ends) == 0 && pipe(other) == 0);
    cr_expect_eq(look(ends[0], ORDERS).in, look(ends[1], ORDERS).out);
    cr_expect_neq(look(ends[0], ORDERS).in, look(other[0], ORDERS).in);
    again = dup(ends[0]);
    preload_descriptor_dup(NULL, ends[0], again);
    cr_expect_eq(look(again, ORDERS).in, look(ends[0], ORDERS).in);
}

Test(descriptors, a_number_gets_another_meaning)
{
    int ends[2], file = open("/proc/self/status", O_RDONLY), fd;
    uintptr_t first;

    cr_assert_eq(pipe(ends), 0);
    preload_descriptor_pipe(NULL, ends[0], ends[1]);
    first = look(ends[0], ORDERS).in;
    preload_descriptor_close_range(thread, 1000, 2000); /* others stay */
    cr_expect_eq(look(ends[1], ORDERS).out, first);
    preload_descriptor_forget(NULL, ends[0]);
    close(ends[0]);
    fd = dup2(file, ends[0]);
    cr_expect_eq(fd, ends[0]);
    look(fd, NOTHING);
}

Test(descriptors, a_child_that_shares_memory_changes_nothing)
{
    int ends[2];
    uintptr_t first;

    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    preload_descriptor_pair(NULL, ends[0], ends[1]);
    first = look(ends[0], ORDERS).in;
    preload_pid++; /* as after vfork(2) */
    preload_descriptor_forget(NULL, ends[0]);
    preload_pid--;
    cr_expect_eq(look(ends[0], ORDERS).in, first);
}

Test(descriptors, pairs_cross)
{
    int s[2];
    struct preload_ends a, b;

    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, s), 0);
    preload_descriptor_pair(NULL, s[0], s[1]);
    a = look(s[0], ORDERS);
    b = look(s[1], ORDERS);
    cr_expect(a.in == b.out && a.out == b.in && a.in != a.out);
}

Test(descriptors, an_object_lives_as_long_as_its_users)
{
    int fd = eventfd(0, 0), copy = dup(fd);
    uintptr_t object = look(fd, ORDERS).in;

    preload_descriptor_dup(NULL, fd, copy);
    shadow_sync_put(shadow_sync_get(object, true));
    preload_descriptor_forget(NULL, fd);
    cr_expect_not_null(shadow_sync_find(object));
    preload_descriptor_forget(NULL, copy);
    cr_expect_null(shadow_sync_find(object));
}

static int bound(int type, struct sockaddr_in *a)
{
    socklen_t len = sizeof(*a);
    int fd = socket(AF_INET, type, 0);

    *a = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
    cr_assert_eq(bind(fd, (struct sockaddr *)a, len), 0);
    cr_assert_eq(getsockname(fd, (struct sockaddr *)a, &len), 0);
    return fd;
}

/* What connects and listens elsewhere is played by a socket that nobody has told of. */
Test(descriptors, connections_inside_order_and_others_do_not)
{
    struct sockaddr_in port, elsewhere;
    int listener = bound(SOCK_STREAM, &port), other = bound(SOCK_STREAM, &elsewhere);
    int client = socket(AF_INET, SOCK_STREAM, 0), outside = socket(AF_INET, SOCK_STREAM, 0), server;
    struct preload_ends a, b;

    cr_assert(listen(listener, 1) == 0 && listen(other, 1) == 0);
    cr_assert_eq(connect(outside, (struct sockaddr *)&elsewhere, sizeof(elsewhere)), 0);
    look(outside, NOTHING);
    look(accept(other, NULL, NULL), NOTHING);
    cr_expect_eq(preload_descriptor_look(client, &a), PRELOAD_DESCRIPTOR_UNKNOWN);
    preload_listen(thread, listener);
    preload_connect(thread, client, (struct sockaddr *)&port, sizeof(port));
    cr_assert_eq(connect(client, (struct sockaddr *)&port, sizeof(port)), 0);
    server = accept(listener, NULL, NULL);
    a = look(client, ORDERS);
    b = look(server, ORDERS);
    cr_expect(a.in == b.out && a.out == b.in && a.in != a.out);
}

Test(descriptors, datagrams_go_by_the_receiver)
{
    struct sockaddr_in port;
    int to = bound(SOCK_DGRAM, &port), from = socket(AF_INET, SOCK_DGRAM, 0);

    cr_assert_eq(connect(from, (struct sockaddr *)&port, sizeof(port)), 0);
    cr_expect_eq(look(from, ORDERS).out, look(to, ORDERS).in);
    cr_expect_eq(look(to, ORDERS).out, 0);
}
