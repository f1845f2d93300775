/*
 * base/fd.h - descriptors of ours in a process that closes and reuses numbers which it does not know.
 *
 * A number is noted together with the file it stood for, and compared before each use. Raw calls; signal-safe.
 */
#ifndef BASE_FD_H
#define BASE_FD_H

#include <stdbool.h>
#include <stdint.h>

struct base_fd {
    int fd; /* -1: none */
    uint64_t dev, ino;
};

/* Notes what fd is; .fd is -1 where it is nothing. */
struct base_fd base_fd_note(int fd);
/* False where the host has closed the descriptor or put something else there. */
bool base_fd_still(const struct base_fd *f);
/* A copy of fd as high as the limit lets us, close-on-exec; fd stays open. -errno. */
int base_fd_copy_high(int fd);
/* The same, and fd is closed; fd itself where it cannot be copied. */
int base_fd_raise(int fd);

#endif
