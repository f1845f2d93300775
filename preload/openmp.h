/*
 * preload/openmp.h - what libgomp's calls order: the fork and the join of a team, its barriers, tasks, critical sections.
 *
 * libgomp is a system library with locks and barriers of its own making, so what it does is told from its entry points (its
 * manual, "The libgomp ABI"). A team and a task are known by records on the stacks of those who run them; the addresses of
 * the records' fields name the sync objects.
 */
#ifndef PRELOAD_OPENMP_H
#define PRELOAD_OPENMP_H

#include <stdbool.h>
#include <stdint.h>

#include "shadow/shadow.h"

/* On the stack of who forks; all threads of the team, and all its tasks, end before that returns. Each name is an object. */
struct preload_team {
    uint64_t
        start;    /* fork: released into before the team starts, acquired by each of its threads */
    uint64_t end; /* join */
    uint64_t barrier; /* shadow_barrier_*() */
    uint64_t tasks;   /* each task's end; acquired behind a barrier and the join */
    uint64_t ordered;
    uint64_t single;  /* copyprivate */
    uint32_t threads; /* 0: not known; atomic */
};

/* A taskgroup; `done` is an object: each of its tasks' end. */
struct preload_group {
    struct preload_group *outer;
    uint64_t done;
};

/* What a thread does for a team: its share of the region, or an explicit task. `children` is an object: their ends. */
struct preload_task {
    struct preload_team *team;
    struct preload_group *group;
    uint64_t children;
};

/* The innermost one that the thread is in; NULL outside of every region. */
extern __thread struct preload_task *preload_task_now
    __attribute__((tls_model("initial-exec"), visibility("hidden")));

/* All of these inside Seance; nothing happens outside of a region. */
void preload_team_enter(struct shadow_thread *t); /* before a barrier of the team */
void preload_team_leave(struct shadow_thread *t); /* behind it */
void preload_team_ordered(struct shadow_thread *t, bool start);
void preload_team_single(struct shadow_thread *t, bool start);
void preload_task_waited(struct shadow_thread *t); /* taskwait */
void preload_task_depended(struct shadow_thread *t, void **depend);
void preload_group_start(void);
void preload_group_end(struct shadow_thread *t);
void preload_task_fulfil(struct shadow_thread *t); /* an event that a detached task waits for */
void preload_task_fork_child(void);
void preload_ompt_fork_child(void);
/* The memory that names a team's objects will be used again. */
void preload_team_forget(const struct preload_team *team);

/* Unnamed critical sections and atomic updates that need a lock; each stands for one. */
extern const uint64_t preload_critical, preload_atomic;

#endif
