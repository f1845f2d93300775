/*
 * preload/sockets.c - which socket talks to which. Called where a descriptor is looked at for the first time.
 *
 * Only what stays inside the process orders. A stream over TCP does where its listener is one of ours: whoever connects to a
 * port that this process listens on marks the port, before the connection can be seen at the other side, so a server whose
 * clients are other processes pays nothing. Local sockets know the process of their peer. Datagrams are known by the
 * receiver's address alone.
 */
#include "preload/descriptors.h"

#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include "base/sys.h"
#include "preload/objects.h"
#include "preload/state.h"

#define PORTS 65536u

union address {
    struct sockaddr any;
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
    struct sockaddr_un un;
    struct sockaddr_storage storage;
};

/* Each only ever becomes 1. Written before the system call that others can see; atomic. */
static uint8_t listens[PORTS]; /* TCP: this process listens there */
static uint8_t called[PORTS];  /* TCP: somebody in this process connects there */
static uint8_t bound[PORTS];   /* UDP: a socket of this process receives there */

static bool get(const uint8_t *of, unsigned port)
{
    return __atomic_load_n(&of[port], __ATOMIC_SEQ_CST);
}

static void set(uint8_t *of, unsigned port)
{
    if (!get(of, port))
        __atomic_store_n(&of[port], 1, __ATOMIC_SEQ_CST);
}

static int option(int fd, int which, int otherwise)
{
    int value = otherwise;
    socklen_t size = sizeof(value);

    return base_syscall(SYS_getsockopt, fd, SOL_SOCKET, which, (long)&value, (long)&size, 0) == 0
               ? value
               : otherwise;
}

/* Length of the address, 0 where there is none. */
static socklen_t name_of(int fd, long call, union address *name)
{
    socklen_t len = sizeof(*name);

    if (base_syscall(call, fd, (long)name, (long)&len, 0, 0, 0) != 0)
        return 0;
    return len < sizeof(*name) ? len : (socklen_t)sizeof(*name);
}

static bool internet(int domain)
{
    return domain == AF_INET || domain == AF_INET6;
}

/* 0: no port. */
static unsigned port_of(const union address *name)
{
    return __builtin_bswap16(name->any.sa_family == AF_INET ? name->in.sin_port
                                                            : name->in6.sin6_port);
}

/* The IPv4 address in host order where there is one, mapped or not. */
static bool version4(const union address *name, uint32_t *ip)
{
    const uint32_t *word = name->in6.sin6_addr.s6_addr32;

    if (name->any.sa_family == AF_INET)
        *ip = __builtin_bswap32(name->in.sin_addr.s_addr);
    else if (!word[0] && !word[1] && word[2] == __builtin_bswap32(0xffff))
        *ip = __builtin_bswap32(word[3]);
    else
        return false;
    return true;
}

/* An address at which a host reaches itself, the one that stands for any of its own included. */
static bool loopback(const union address *name)
{
    const uint32_t *word = name->in6.sin6_addr.s6_addr32;
    uint32_t ip;

    if (version4(name, &ip))
        return ip >> 24 == 127 || ip == 0;
    return !word[0] && !word[1] && !word[2] && __builtin_bswap32(word[3]) <= 1;
}

static bool same_host(const union address *a, const union address *b)
{
    const uint32_t *wa = a->in6.sin6_addr.s6_addr32, *wb = b->in6.sin6_addr.s6_addr32;
    uint32_t ia, ib;

    if (loopback(a) && loopback(b))
        return true;
    if (version4(a, &ia))
        return version4(b, &ib) && ia == ib;
    return !version4(b, &ib) && wa[0] == wb[0] && wa[1] == wb[1] && wa[2] == wb[2] &&
           wa[3] == wb[3];
}

static uintptr_t tcp(unsigned from, unsigned to)
{
    return preload_object(PRELOAD_OBJECT_TCP, (uint64_t)from << 16 | to);
}

static uintptr_t udp(unsigned to)
{
    return preload_object(PRELOAD_OBJECT_UDP, to);
}

/* A number for the name of a local socket; all without one have the same. */
static uint64_t path_of(const union address *name, socklen_t len)
{
    const char *path = name->un.sun_path;
    size_t n = len > offsetof(struct sockaddr_un, sun_path)
                   ? len - offsetof(struct sockaddr_un, sun_path)
                   : 0;
    uint64_t hash = 1;

    /* A name in the file system ends at its first zero byte, an abstract one begins with it (unix(7)). */
    for (size_t i = 0; i < n && (path[i] || !path[0]); i++)
        hash = preload_object_mix(hash, (unsigned char)path[i]);
    return hash;
}

static uintptr_t local(const union address *from, socklen_t nfrom, const union address *to,
                       socklen_t nto)
{
    return preload_object(PRELOAD_OBJECT_UNIX,
                          preload_object_mix(path_of(from, nfrom), path_of(to, nto)));
}

static enum preload_descriptor_kind look_tcp(int fd, struct preload_ends *ends)
{
    union address own, peer;
    unsigned from, to;

    if (!name_of(fd, SYS_getsockname, &own) || !name_of(fd, SYS_getpeername, &peer))
        return option(fd, SO_ACCEPTCONN, 0) ? PRELOAD_DESCRIPTOR_NOTHING
                                            : PRELOAD_DESCRIPTOR_UNKNOWN;
    from = port_of(&own);
    to = port_of(&peer);
    if (!same_host(&own, &peer) || !(get(listens, to) || get(called, from)))
        return PRELOAD_DESCRIPTOR_NOTHING;
    *ends = (struct preload_ends){ .in = tcp(to, from),
                                   .out = tcp(from, to),
                                   .in_user = (uint32_t)fd + 1 };
    return PRELOAD_DESCRIPTOR_ORDERS;
}

/* One that has no port yet gets it with its first datagram. */
static enum preload_descriptor_kind look_udp(int fd, struct preload_ends *ends)
{
    union address own, peer;
    socklen_t len = name_of(fd, SYS_getpeername, &peer);

    if (!name_of(fd, SYS_getsockname, &own) || !port_of(&own))
        return PRELOAD_DESCRIPTOR_UNKNOWN;
    set(bound, port_of(&own));
    *ends = (struct preload_ends){ .in = udp(port_of(&own)) };
    if (len && (loopback(&peer) || get(bound, port_of(&peer))))
        ends->out = udp(port_of(&peer));
    return PRELOAD_DESCRIPTOR_ORDERS;
}

/* socket(7): who it was that connected or listened. What a parent made before it forked is its child's as well. */
static bool peer_inside(int fd)
{
    struct ucred peer = { 0 };
    socklen_t size = sizeof(peer);

    if (base_syscall(SYS_getsockopt, fd, SOL_SOCKET, SO_PEERCRED, (long)&peer, (long)&size, 0) != 0)
        return true;
    return !peer.pid || peer.pid == base_sys_getpid() ||
           peer.pid == (pid_t)base_syscall(SYS_getppid, 0, 0, 0, 0, 0, 0);
}

static enum preload_descriptor_kind look_local(int fd, int type, struct preload_ends *ends)
{
    union address own = { 0 }, peer = { 0 };
    socklen_t nown = name_of(fd, SYS_getsockname, &own), npeer;
    bool connected;

    npeer = name_of(fd, SYS_getpeername, &peer);
    connected = npeer != 0;
    if (type == SOCK_DGRAM) {
        ends->in = preload_object(PRELOAD_OBJECT_UNIX_TO, path_of(&own, nown));
        ends->out = connected ? preload_object(PRELOAD_OBJECT_UNIX_TO, path_of(&peer, npeer)) : 0;
        return PRELOAD_DESCRIPTOR_ORDERS;
    }
    if (!connected)
        return option(fd, SO_ACCEPTCONN, 0) ? PRELOAD_DESCRIPTOR_NOTHING
                                            : PRELOAD_DESCRIPTOR_UNKNOWN;
    if (!peer_inside(fd))
        return PRELOAD_DESCRIPTOR_NOTHING;
    ends->in = local(&peer, npeer, &own, nown);
    ends->out = local(&own, nown, &peer, npeer);
    return PRELOAD_DESCRIPTOR_ORDERS;
}

enum preload_descriptor_kind preload_socket_look(int fd, struct preload_ends *ends)
{
    int domain = option(fd, SO_DOMAIN, -1), type = option(fd, SO_TYPE, -1);

    if (domain == AF_UNIX)
        return look_local(fd, type, ends);
    if (!internet(domain))
        return PRELOAD_DESCRIPTOR_NOTHING;
    if (type == SOCK_STREAM)
        return look_tcp(fd, ends);
    return type == SOCK_DGRAM ? look_udp(fd, ends) : PRELOAD_DESCRIPTOR_NOTHING;
}

/* ---- addresses that calls name ------------------------------------------------------------------------- */

static bool read_address(const struct sockaddr *to, unsigned len, union address *name)
{
    const char *from = (const char *)to;

    if (!to || len < sizeof(sa_family_t) || len > sizeof(*name))
        return false;
    *name = (union address){ 0 };
    for (unsigned i = 0; i < len; i++)
        ((char *)name)[i] = from[i];
    return name->any.sa_family == AF_UNIX ||
           (internet(name->any.sa_family) && len >= sizeof(struct sockaddr_in));
}

void preload_give_to(struct shadow_thread *t, int fd, const struct sockaddr *to, unsigned len)
{
    union address name;

    if (!read_address(to, len, &name))
        preload_give(t, fd);
    else if (name.any.sa_family == AF_UNIX)
        shadow_release(t, preload_object(PRELOAD_OBJECT_UNIX_TO, path_of(&name, len)));
    else if (loopback(&name) || get(bound, port_of(&name)))
        shadow_release(t, udp(port_of(&name)));
}

void preload_received(struct shadow_thread *t, int fd, const struct msghdr *m)
{
    struct msghdr copy = *m;

    for (struct cmsghdr *c = CMSG_FIRSTHDR(&copy); c && c->cmsg_len >= sizeof(*c);
         c = CMSG_NXTHDR(&copy, c)) {
        const int *made = (const int *)CMSG_DATA(c);

        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        for (size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int); n; n--)
            preload_descriptor_forget(t, *made++);
    }
    preload_take(t, fd);
}

/* Where a connection to this address meets its listener. */
static uint64_t meeting(const union address *name, socklen_t len)
{
    return name->any.sa_family == AF_UNIX ? 1ul << 48 | path_of(name, len) : port_of(name);
}

void preload_listen(struct shadow_thread *t, int fd)
{
    union address own;
    socklen_t len = name_of(fd, SYS_getsockname, &own);

    if (!len || (own.any.sa_family != AF_UNIX && !internet(own.any.sa_family)))
        return;
    if (internet(own.any.sa_family))
        set(listens, port_of(&own));
    shadow_release(t, preload_object(PRELOAD_OBJECT_LISTENING, meeting(&own, len)));
}

void preload_accepted(struct shadow_thread *t, int fd, int made)
{
    union address own;
    socklen_t len;

    preload_descriptor_forget(t, made);
    len = name_of(fd, SYS_getsockname, &own);
    if (!len || (own.any.sa_family != AF_UNIX && !internet(own.any.sa_family)))
        return;
    if (internet(own.any.sa_family))
        set(listens, port_of(&own)); /* inherited */
    shadow_acquire(t, preload_object(PRELOAD_OBJECT_CALLING, meeting(&own, len)));
}

void preload_connect(struct shadow_thread *t, int fd, const struct sockaddr *to, unsigned len)
{
    union address name;

    preload_descriptor_forget(t, fd);
    if (!read_address(to, len, &name))
        return;
    if (internet(name.any.sa_family)) {
        if (!get(listens, port_of(&name)))
            return;
        set(called, port_of(&name));
    }
    shadow_release(t, preload_object(PRELOAD_OBJECT_CALLING, meeting(&name, len)));
}

void preload_connected(struct shadow_thread *t, const struct sockaddr *to, unsigned len)
{
    union address name;

    if (read_address(to, len, &name) &&
        (name.any.sa_family == AF_UNIX || get(listens, port_of(&name))))
        shadow_acquire(t, preload_object(PRELOAD_OBJECT_LISTENING, meeting(&name, len)));
}
