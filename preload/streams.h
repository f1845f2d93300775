/*
 * preload/streams.h - what wrap_stdio.def says of a FILE. Only for wrap.c.
 *
 * flockfile(3): each stream has a lock, which all functions take that are not called *_unlocked. They look at the
 * stream without changing it, as far as races go; __fsetlocking(3) with FSETLOCKING_BYCALLER makes them unlocked ones.
 */
#ifndef PRELOAD_STREAMS_H
#define PRELOAD_STREAMS_H

#include "preload/descriptors.h"
#include "preload/strings.h"

#define LOCKED(f) preload_stream_look(t, (f), &at)
#define UNLOCKED(f) W((f), PRELOAD_STREAM_HEAD)
/* Output may reach a pipe or socket, where it orders; input may come from one. */
#define OUT(f) preload_stream_out(t, (f), &at)
#define OUT_UNLOCKED(f) (UNLOCKED(f), preload_stream_release(t, (f)))
#define OUT_CHAR(f, c) (FULL((f), (c)) ? OUT(f) : LOCKED(f))
#define FILLED(f) preload_stream_acquire(t, (f))
#define EMPTY(f) ((f)->_IO_read_ptr >= (f)->_IO_read_end)
#define FULL(f, c) ((f)->_IO_write_ptr >= (f)->_IO_write_end || (c) == '\n')
#define OPENED(f) ((f) ? BLOCK((f), sizeof(*(f))) : NOTHING)
#define CLOSES(f) (OUT(f), W((f), sizeof(*(f))), FREES(f))
/* getline(3): *b was `kept` before. */
#define LINE(b, n) preload_line(t, (b), (n), kept, ret, &at)

/* The flags and the pointers into the buffer, which the inline forms of getc_unlocked() and its kin use. */
#define PRELOAD_STREAM_HEAD offsetof(FILE, _IO_buf_base)

static inline void preload_stream_look(struct shadow_thread *t, const FILE *f,
                                       const struct base_where *at)
{
    if (f->_flags & _IO_USER_LOCK)
        preload_range(t, A(f), PRELOAD_STREAM_HEAD, SHADOW_PLAIN | SHADOW_WRITE, at);
    else
        preload_range(t, A(&f->_lock), sizeof(f->_lock), 0, at);
}

static inline void preload_stream_release(struct shadow_thread *t, const FILE *f)
{
    if (f->_fileno >= 0)
        preload_give(t, f->_fileno);
}

static inline void preload_stream_acquire(struct shadow_thread *t, const FILE *f)
{
    if (f->_fileno >= 0)
        preload_take(t, f->_fileno);
}

static inline void preload_stream_out(struct shadow_thread *t, const FILE *f,
                                      const struct base_where *at)
{
    preload_stream_look(t, f, at);
    preload_stream_release(t, f);
}

void preload_line(struct shadow_thread *t, char **line, const size_t *room, uintptr_t before,
                  ssize_t got, struct base_where *at);

#endif
