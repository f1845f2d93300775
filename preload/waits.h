/*
 * preload/waits.h - poll, select and epoll: who is told that something can be read is ordered after the write of it.
 */
#ifndef PRELOAD_WAITS_H
#define PRELOAD_WAITS_H

#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>

#include "shadow/shadow.h"

/* After a wait that found something. */
void preload_polled(struct shadow_thread *t, const struct pollfd *p, nfds_t n);
void preload_selected(struct shadow_thread *t, int n, const fd_set *read, const fd_set *except);
void preload_epolled(struct shadow_thread *t, int epoll, const struct epoll_event *events, int n);
/* Before the real epoll_ctl(2). */
void preload_epoll_ctl(struct shadow_thread *t, int epoll, int op, int fd,
                       const struct epoll_event *event);
void preload_waits_fork_child(void);

#endif
