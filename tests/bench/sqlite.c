// sqlite ROUNDS [THREADS]: threads that use SQLite, each with a database of its own in memory, and all of them one more
// through a connection that they share, so that the library's own locks are used as well. Prints a sum.
#include <pthread.h>
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { THREADS_MAX = 64, ROWS = 2000 };

struct worker {
    pthread_t thread;
    unsigned index;
    long rounds;
    uint64_t sum;
};

static sqlite3 *shared;

static void run(sqlite3 *db, const char *sql)
{
    char *why = NULL;

    if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK) {
        fprintf(stderr, "sqlite: %s: %s\n", sql, why);
        exit(1);
    }
}

static sqlite3_stmt *prepare(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *statement;

    if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK) {
        fprintf(stderr, "sqlite: %s: %s\n", sql, sqlite3_errmsg(db));
        exit(1);
    }
    return statement;
}

static sqlite3 *open_database(void)
{
    sqlite3 *db;

    if (sqlite3_open_v2(":memory:", &db,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX,
                        NULL) != SQLITE_OK)
        exit(1);
    run(db, "create table item(id integer primary key, name text, size integer)");
    run(db, "create index by_name on item(name)");
    return db;
}

static void insert_rows(sqlite3 *db, unsigned seed)
{
    sqlite3_stmt *insert =
        prepare(db, "insert or replace into item values(?, 'item ' || (? * 7919 % 10007), ?)");

    run(db, "begin");
    for (int i = 0; i < ROWS; i++) {
        sqlite3_bind_int(insert, 1, i);
        sqlite3_bind_int(insert, 2, i + (int)seed);
        sqlite3_bind_int(insert, 3, (int)(i * 31 + (int)seed) % 1009);
        sqlite3_step(insert);
        sqlite3_reset(insert);
    }
    run(db, "commit");
    sqlite3_finalize(insert);
}

/* Everything that the query gives goes into the sum, in its order. */
static uint64_t sum_query(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *query = prepare(db, sql);
    uint64_t sum = 0;

    while (sqlite3_step(query) == SQLITE_ROW)
        sum = sum * 31 + (uint64_t)sqlite3_column_int64(query, 0);
    sqlite3_finalize(query);
    return sum;
}

static uint64_t count_in_shared(int id)
{
    char sql[120];

    snprintf(sql, sizeof(sql),
             "insert into item values(%d, 'one', %d) on conflict(id) do update set size = size + 1",
             id, id);
    run(shared, sql);
    snprintf(sql, sizeof(sql), "select id from item where id = %d", id);
    return sum_query(shared, sql);
}

static void *work(void *arg)
{
    struct worker *w = arg;
    sqlite3 *own = open_database();

    for (long round = 0; round < w->rounds; round++) {
        insert_rows(own, w->index + (unsigned)round);
        w->sum =
            w->sum * 31 +
            sum_query(own, "select sum(size) from item group by name order by 1, name limit 100");
        w->sum =
            w->sum * 31 + sum_query(own, "select count(*) from item a, item b where a.id = b.size");
        for (int i = 0; i < 50; i++)
            w->sum = w->sum * 31 + count_in_shared(i);
    }
    sqlite3_close(own);
    return NULL;
}

int main(int argc, char **argv)
{
    static struct worker workers[THREADS_MAX];
    unsigned threads = argc > 2 ? (unsigned)atoi(argv[2]) : 2;
    uint64_t sum = 0;

    if (argc < 2 || threads < 1 || threads > THREADS_MAX)
        return 2;
    shared = open_database();
    for (unsigned t = 0; t < threads; t++) {
        workers[t].index = t;
        workers[t].rounds = atol(argv[1]);
        if (pthread_create(&workers[t].thread, NULL, work, &workers[t]))
            return 1;
    }
    for (unsigned t = 0; t < threads; t++) {
        pthread_join(workers[t].thread, NULL);
        sum = sum * 31 + workers[t].sum;
    }
    sum = sum * 31 + sum_query(shared, "select size from item order by id");
    sqlite3_close(shared);
    printf("%llu\n", (unsigned long long)sum);
    return 0;
}
