/* What debugger.py looks at: a list, calls three deep, a second thread. */
#include <pthread.h>
#include <stdio.h>

#define NOINLINE __attribute__((noinline, noclone))

struct node {
    int key;
    struct node *next;
};

static struct node nodes[4];
int total;

NOINLINE int t_inner(struct node *n, int by)
{
    n->key += by;
    total += n->key;
    return total;
}

NOINLINE int t_middle(struct node *n, int by)
{
    int sum = 0;

    for (; n; n = n->next)
        sum += t_inner(n, by);
    return sum;
}

NOINLINE int t_outer(int by)
{
    nodes[0].next = &nodes[1];
    nodes[1].next = &nodes[2];
    return t_middle(nodes, by) + 1;
}

static void *work(void *arg)
{
    pthread_barrier_wait(arg);
    return arg;
}

int main(void)
{
    pthread_barrier_t end;
    pthread_t t;
    int r;

    pthread_barrier_init(&end, NULL, 2);
    pthread_create(&t, NULL, work, &end);
    r = t_outer(3);
    r += t_outer(5);
    pthread_barrier_wait(&end);
    pthread_join(t, NULL);
    printf("%d %d\n", r, total);
    return 0;
}
