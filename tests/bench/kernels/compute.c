// Kernels with more work between the accesses, or with accesses that depend on each other: sort, hash table,
// recursion, matrices.
#include "kernels.h"

enum { SORT_CELLS = SHARE_CELLS / 8, HASH_SLOTS = SHARE_CELLS / 2, QUEENS = 8, SIDE = 128 };

static void sift_down(uint64_t *a, size_t root, size_t n)
{
    for (size_t child; (child = 2 * root + 1) < n; root = child) {
        uint64_t swap = a[root];

        child += child + 1 < n && a[child] < a[child + 1];
        if (a[root] >= a[child])
            return;
        a[root] = a[child];
        a[child] = swap;
    }
}

static void heap_sort(uint64_t *a, size_t n)
{
    for (size_t i = n / 2; i-- > 0;)
        sift_down(a, i, n);
    for (size_t end = n; end-- > 1;) {
        uint64_t swap = a[0];

        a[0] = a[end];
        a[end] = swap;
        sift_down(a, 0, end);
    }
}

static void sort(struct worker *w)
{
    uint64_t chance = w->index + 7;

    for (long round = 0; round < w->rounds; round++) {
        for (size_t i = 0; i < SORT_CELLS; i++)
            w->cells[i] = chance_next(&chance);
        heap_sort(w->cells, SORT_CELLS);
    }
}

/* An open table of keys and counts in the thread's share, never more than half full. */
static void hash_table(struct worker *w)
{
    uint64_t chance = w->index + 1;

    for (long round = 0; round < w->rounds * 1000; round++) {
        uint64_t key = chance_next(&chance) % (HASH_SLOTS / 2) + 1;
        size_t place = key * 0x9e3779b97f4a7c15 % HASH_SLOTS;

        while (w->cells[2 * place] && w->cells[2 * place] != key)
            place = (place + 1) % HASH_SLOTS;
        w->cells[2 * place] = key;
        w->cells[2 * place + 1]++;
    }
}

/* The board is on the heap and goes down the calls by its address. */
static uint64_t place_queens(uint64_t *board, unsigned row)
{
    uint64_t found = 0;

    if (row == QUEENS)
        return 1;
    for (uint64_t column = 0; column < QUEENS; column++) {
        unsigned other = 0;

        while (other < row && board[other] != column && board[other] + row - other != column &&
               column + row - other != board[other])
            other++;
        if (other < row)
            continue;
        board[row] = column;
        found += place_queens(board, row + 1);
    }
    return found;
}

static void recursion(struct worker *w)
{
    for (long round = 0; round < w->rounds; round++)
        w->sum += place_queens(w->cells, 0);
}

/* Two matrices that all threads read; each thread has a product of its own. */
static double left[SIDE][SIDE], right[SIDE][SIDE];

static void matrix_prepare(struct worker *workers, unsigned threads)
{
    (void)workers;
    (void)threads;
    for (size_t i = 0; i < SIDE; i++) {
        for (size_t j = 0; j < SIDE; j++) {
            left[i][j] = (double)(i * 31 + j * 17 % 101);
            right[i][j] = (double)(i * 13 + j * 29 % 97);
        }
    }
}

static void multiply(double *product)
{
    for (size_t i = 0; i < SIDE; i++) {
        for (size_t k = 0; k < SIDE; k++) {
            double factor = left[i][k];

            for (size_t j = 0; j < SIDE; j++)
                product[i * SIDE + j] += factor * right[k][j];
        }
    }
}

static void matrix(struct worker *w)
{
    double *product = (double *)w->cells;

    for (long round = 0; round < w->rounds; round++)
        multiply(product);
    for (size_t i = 0; i < SIDE * SIDE; i++)
        w->sum = w->sum * 31 + (uint64_t)product[i];
}

const struct kernel compute_kernels[] = {
    { "sort", NULL, sort, NULL },
    { "hash", NULL, hash_table, NULL },
    { "recursion", NULL, recursion, NULL },
    { "matrix", matrix_prepare, matrix, NULL },
    { NULL, NULL, NULL, NULL },
};
