/* What the kernel and stdio put into buffers and take out of them; and that a blocked read can be cancelled. */
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "wrap.h"

ssize_t pread64(int fd, void *b, size_t n, off64_t o);
ssize_t pwrite64(int fd, const void *b, size_t n, off64_t o);
ssize_t __read_chk(int fd, void *b, size_t n, size_t room);
ssize_t __pread_chk(int fd, void *b, size_t n, off_t o, size_t room);
ssize_t __pread64_chk(int fd, void *b, size_t n, off64_t o, size_t room);
ssize_t __recv_chk(int fd, void *b, size_t n, size_t room, int flags);
size_t __fread_chk(void *b, size_t room, size_t size, size_t n, FILE *f);
char *__fgets_chk(char *b, size_t room, int n, FILE *f);

/* A macro of stdio would not come to the wrapper. */
#undef fread_unlocked
#undef fwrite_unlocked

static char text[64], back[64];

static void descriptors(FILE *file)
{
    struct iovec v[2] = { { back, 3 }, { back + 8, 8 } };
    int fd = fileno(file);

    strcpy(text, "a line\nand more\n");
    MUST(write(fd, text, 16) == 16 && pwrite(fd, text, 4, 16) == 4 &&
         pwrite64(fd, text, 4, 20) == 4);
    MUST(writev(fd, v, 2) == 11);
    MUST(lseek(fd, 0, SEEK_SET) == 0);
    MUST(read(fd, back, 6) == 6 && memcmp(back, "a line", 6) == 0);
    MUST(readv(fd, v, 2) == 11 && memcmp(back, "\nan", 3) == 0 &&
         memcmp(back + 8, "d more\n", 7) == 0);
    MUST(pread(fd, back, 6, 0) == 6 && pread64(fd, back, 6, 0) == 6);
    MUST(__pread_chk(fd, back, 6, 0, 64) == 6 && __pread64_chk(fd, back, 6, 0, 64) == 6);
    MUST(__read_chk(fd, back, 2, 64) == 2);
}

static void sockets(void)
{
    int s[2];

    MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, s) == 0);
    MUST(send(s[0], text, 8, 0) == 8 && sendto(s[0], text, 8, 0, NULL, 0) == 8);
    MUST(recv(s[1], back, 5, 0) == 5 && recvfrom(s[1], back, 5, 0, NULL, NULL) == 5);
    MUST(__recv_chk(s[1], back, 6, 64, 0) == 6);
    MUST(recv(s[1], back, 1, MSG_DONTWAIT) == -1);
    MUST(close(s[0]) == 0 && close(s[1]) == 0);
}

static void streams(FILE *file)
{
    rewind(file);
    MUST(fwrite("one\ntwo\n", 4, 2, file) == 2 && fwrite_unlocked("three\n", 6, 1, file) == 1);
    rewind(file);
    MUST(fgets(back, 64, file) == back && strcmp(back, "one\n") == 0);
    MUST(__fgets_chk(back, 64, 64, file) == back && strcmp(back, "two\n") == 0);
    MUST(fread(back, 1, 2, file) == 2 && fread_unlocked(back, 1, 2, file) == 2);
    MUST(__fread_chk(back, 64, 1, 2, file) == 2 && memcmp(back, "e\n", 2) == 0);
}

static int cleaned;

static void clean(void *arg)
{
    cleaned++;
}

static void *reader(void *fd)
{
    pthread_cleanup_push(clean, NULL);
    MUST(read(*(int *)fd, back, 1) != 1);
    pthread_cleanup_pop(0);
    return NULL;
}

static void cancelled_in_read(void)
{
    pthread_t t;
    void *value;
    int fds[2];

    MUST(pipe(fds) == 0);
    MUST(pthread_create(&t, NULL, reader, &fds[0]) == 0);
    usleep(10000);
    MUST(pthread_cancel(t) == 0);
    MUST(pthread_join(t, &value) == 0 && value == PTHREAD_CANCELED && cleaned == 1);
    MUST(close(fds[0]) == 0 && close(fds[1]) == 0);
}

void wrap_buffers(void)
{
    FILE *file = tmpfile();

    MUST(file);
    descriptors(file);
    streams(file);
    sockets();
    cancelled_in_read();
    fclose(file);
}
