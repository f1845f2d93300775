/*
 * rewrite/code.h - memory that machine code is put into while threads run in it.
 *
 * Where the kernel allows it the same pages (a memfd) are mapped twice, to run here and to be written there, so that no
 * page is writable and executable at one address. Otherwise the pages are opened for the moment of a write. After a
 * fork both processes would write into the same pages: a child leaves what it inherited as it is and maps its own.
 *
 * The caller holds the rewriter's lock.
 */
#ifndef REWRITE_CODE_H
#define REWRITE_CODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CODE_PAGE 4096ul

struct code_memory {
    uintptr_t at; /* where it runs */
    size_t size;
    intptr_t alias;  /* added to an address gives where it is written; 0: opened for writing */
    uint32_t family; /* code_family() of the process that may write it */
};

/* Changes when the process turns out to be a forked child. */
uint32_t code_family(void);
/* Makes size bytes at `at`, which the caller has reserved, code memory; 0 or -errno. */
int code_map(struct code_memory *c, uintptr_t at, size_t size);
/* The same pages once more at `at`, reserved by the caller; false where they cannot be shared. */
bool code_map_again(const struct code_memory *c, uintptr_t at);
void code_unmap(struct code_memory *c);
/* Around every write to [at, at + len). */
int code_open(const struct code_memory *c, uintptr_t at, size_t len);
void code_close(const struct code_memory *c, uintptr_t at, size_t len);

/* Makes the pages of [lo, hi) of any mapping writable, executable meanwhile: threads run in them; and back. */
int code_open_text(uintptr_t lo, uintptr_t hi);
int code_close_text(uintptr_t lo, uintptr_t hi);

#endif
