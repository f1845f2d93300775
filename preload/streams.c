/*
 * preload/streams.c - a line in a buffer that libc makes or grows. See streams.h.
 */
#include "preload/streams.h"

void preload_line(struct shadow_thread *t, char **line, const size_t *room, uintptr_t before,
                  ssize_t got, struct base_where *at)
{
    uint32_t write = SHADOW_PLAIN | SHADOW_WRITE;

    if (A(*line) != before) {
        preload_range(t, A(line), sizeof(*line), write, at);
        preload_range(t, A(room), sizeof(*room), write, at);
        preload_heap_alloc(t, *line, *room, at);
    } else {
        preload_range(t, A(line), sizeof(*line), SHADOW_PLAIN, at);
        preload_range(t, A(room), sizeof(*room), SHADOW_PLAIN, at);
    }
    if (got > 0)
        preload_range(t, A(*line), (size_t)got + 1, write, at);
}
