/* Bytes from thread to thread through every kind of descriptor. See handover.h. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

#include "handover.h"

static int pipe_ends[2], fifo_ends[2], copied[2], stream[2], packets[2], listener, client,
    tcp_listener, tcp_client, udp_from, udp_to, dgram_from, dgram_to, counter, ended[2],
    messages[2], spliced[2], master, slave;
static FILE *out, *in;
static char byte[4];
static struct sockaddr_un path, dgram_path;
static struct sockaddr_in port, udp_port;

static void send_message(int fd)
{
    struct iovec v = { "y", 1 };
    struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };

    MUST(sendmsg(fd, &m, 0) == 1);
}

static void receive_message(int fd)
{
    char b;
    struct iovec v = { &b, 1 };
    struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };

    MUST(recvmsg(fd, &m, 0) == 1);
}

static void vectors(int fd, int writes)
{
    char b = 'v';
    struct iovec v = { &b, 1 };

    MUST((writes ? writev(fd, &v, 1) : readv(fd, &v, 1)) == 1);
}

static void take_local(void)
{
    char b;
    int fd = accept(listener, NULL, NULL);

    MUST(fd >= 0 && recv(fd, &b, 1, 0) == 1);
    close(fd);
}

static void call_tcp(void)
{
    MUST(connect(tcp_client, (struct sockaddr *)&port, sizeof(port)) == 0);
    MUST(send(tcp_client, "t", 1, 0) == 1);
}

static void take_tcp(void)
{
    char b;
    int fd = accept4(tcp_listener, NULL, NULL, SOCK_CLOEXEC);

    MUST(fd >= 0 && read(fd, &b, 1) == 1);
    close(fd);
}

static void take_dup(void)
{
    char b;
    int fd = dup(copied[0]), other = fcntl(fd, F_DUPFD, 100);

    MUST(read(other, &b, 1) == 1);
    close(fd);
    close(other);
}

static void take_end(void)
{
    char b;

    MUST(read(ended[0], &b, 1) == 0);
}

static void take_spliced(void)
{
    char b;

    MUST(splice(spliced[0], NULL, fifo_ends[1], NULL, 1, 0) == 1 && read(fifo_ends[0], &b, 1) == 1);
}

static uint64_t count;

HANDOVER(pipe, MUST(write(pipe_ends[1], "x", 1) == 1), MUST(read(pipe_ends[0], byte, 1) == 1))
HANDOVER(fifo, MUST(write(fifo_ends[1], "x", 1) == 1), MUST(read(fifo_ends[0], byte, 1) == 1))
HANDOVER(dup, MUST(write(copied[1], "x", 1) == 1), take_dup())
HANDOVER(end, close(ended[1]), take_end())
HANDOVER(splice, MUST(write(spliced[1], "x", 1) == 1), take_spliced())
HANDOVER(stdio, MUST(fputs("x\n", out) >= 0 && fflush(out) == 0), MUST(fgets(byte, 4, in) == byte))
HANDOVER(pair, MUST(write(stream[0], "x", 1) == 1), MUST(read(stream[1], byte, 1) == 1))
HANDOVER(back, vectors(stream[1], 1), vectors(stream[0], 0))
HANDOVER(packet, MUST(send(packets[0], "x", 1, 0) == 1), MUST(recv(packets[1], byte, 1, 0) == 1))
HANDOVER(message, send_message(messages[0]), receive_message(messages[1]))
HANDOVER(local, MUST(write(client, "x", 1) == 1), take_local())
HANDOVER(dgram,
         MUST(sendto(dgram_from, "x", 1, 0, (struct sockaddr *)&dgram_path, sizeof(dgram_path)) ==
              1),
         MUST(recvfrom(dgram_to, byte, 1, 0, NULL, NULL) == 1))
HANDOVER(tcp, call_tcp(), take_tcp())
HANDOVER(udp,
         MUST(sendto(udp_from, "x", 1, 0, (struct sockaddr *)&udp_port, sizeof(udp_port)) == 1),
         MUST(recv(udp_to, byte, 1, 0) == 1))
HANDOVER(eventfd, MUST(eventfd_write(counter, 1) == 0), MUST(read(counter, &count, 8) == 8))
HANDOVER(terminal, MUST(write(master, "x", 1) == 1), MUST(read(slave, byte, 1) == 1))

static void open_fifo(const char *folder)
{
    char name[64];

    snprintf(name, sizeof(name), "%s/fifo", folder);
    MUST(mkfifo(name, 0600) == 0);
    fifo_ends[0] = open(name, O_RDONLY | O_NONBLOCK);
    fifo_ends[1] = open(name, O_WRONLY);
    MUST(fifo_ends[0] >= 0 && fifo_ends[1] >= 0 && fcntl(fifo_ends[0], F_SETFL, 0) == 0);
    unlink(name);
}

static void open_local(const char *folder)
{
    path.sun_family = dgram_path.sun_family = AF_UNIX;
    snprintf(path.sun_path, sizeof(path.sun_path), "%s/stream", folder);
    snprintf(dgram_path.sun_path, sizeof(dgram_path.sun_path), "%s/dgram", folder);
    listener = socket(AF_UNIX, SOCK_STREAM, 0);
    client = socket(AF_UNIX, SOCK_STREAM, 0);
    MUST(bind(listener, (struct sockaddr *)&path, sizeof(path)) == 0 && listen(listener, 1) == 0);
    MUST(connect(client, (struct sockaddr *)&path, sizeof(path)) == 0);
    dgram_from = socket(AF_UNIX, SOCK_DGRAM, 0);
    dgram_to = socket(AF_UNIX, SOCK_DGRAM, 0);
    MUST(bind(dgram_to, (struct sockaddr *)&dgram_path, sizeof(dgram_path)) == 0);
}

static void open_internet(void)
{
    socklen_t len = sizeof(port);

    port.sin_family = udp_port.sin_family = AF_INET;
    port.sin_addr.s_addr = udp_port.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    tcp_listener = socket(AF_INET, SOCK_STREAM, 0);
    tcp_client = socket(AF_INET, SOCK_STREAM, 0);
    MUST(bind(tcp_listener, (struct sockaddr *)&port, len) == 0 && listen(tcp_listener, 1) == 0);
    MUST(getsockname(tcp_listener, (struct sockaddr *)&port, &len) == 0);
    udp_from = socket(AF_INET, SOCK_DGRAM, 0);
    udp_to = socket(AF_INET, SOCK_DGRAM, 0);
    MUST(bind(udp_to, (struct sockaddr *)&udp_port, len) == 0);
    MUST(getsockname(udp_to, (struct sockaddr *)&udp_port, &len) == 0);
}

static void open_rest(void)
{
    struct termios raw;
    int ends[2];

    MUST(pipe(pipe_ends) == 0 && pipe(copied) == 0 && pipe(ended) == 0 && pipe(spliced) == 0 &&
         pipe(ends) == 0);
    MUST((in = fdopen(ends[0], "r")) && (out = fdopen(ends[1], "w")));
    MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, stream) == 0 &&
         socketpair(AF_UNIX, SOCK_SEQPACKET, 0, packets) == 0);
    MUST(socketpair(AF_UNIX, SOCK_DGRAM, 0, messages) == 0);
    counter = eventfd(0, 0);
    master = posix_openpt(O_RDWR | O_NOCTTY);
    MUST(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
    slave = open(ptsname(master), O_RDWR | O_NOCTTY);
    MUST(slave >= 0 && tcgetattr(slave, &raw) == 0);
    cfmakeraw(&raw);
    MUST(tcsetattr(slave, TCSANOW, &raw) == 0);
}

int main(void)
{
    char folder[] = "/tmp/race-streams-XXXXXX";

    unseen_open();
    MUST(mkdtemp(folder));
    open_fifo(folder);
    open_local(folder);
    open_internet();
    open_rest();
    RUN(pipe);
    RUN(fifo);
    RUN(dup);
    RUN(end);
    RUN(splice);
    RUN(stdio);
    RUN(pair);
    RUN(back);
    RUN(packet);
    RUN(message);
    RUN(local);
    RUN(dgram);
    RUN(tcp);
    RUN(udp);
    RUN(eventfd);
    RUN(terminal);
    unlink(path.sun_path);
    unlink(dgram_path.sun_path);
    rmdir(folder);
    return 0;
}
