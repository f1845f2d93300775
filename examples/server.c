/*
 * A small multi-threaded web server over loopback, as an example of a program with one data race.
 *
 *   cc -O2 -g -pthread -o server server.c && ./server 8080
 *   GET /            a page           GET /get/KEY        a stored value
 *   GET /stats       the counters     GET /set/KEY/VALUE  stores one
 *   GET /quit        ends the server, as SIGTERM does
 *
 * main accepts connections into a queue (mutex and condition variable), WORKERS threads answer them.
 * The store has its own lock. `request_count` has none: handle() bumps it bare, and that is the race.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { WORKERS = 4, QUEUE_ROOM = 64, STORE_ROOM = 256, REQUEST_MAX = 2048 };

struct queue {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int sockets[QUEUE_ROOM];
    int first, count;
    int closed;
};

struct entry {
    char key[32];
    char value[64];
};

struct store {
    pthread_mutex_t lock;
    struct entry entries[STORE_ROOM];
    int count;
};

static struct queue queue = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, { 0 }, 0, 0, 0 };
static struct store store = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* Requests answered since the start. Every worker bumps it, and nothing guards it. */
static long request_count;

/* The listening socket; the signal handler and /quit shut it down, which ends the accept loop. */
static int listener = -1;

static void queue_put(int socket)
{
    pthread_mutex_lock(&queue.lock);
    while (queue.count == QUEUE_ROOM)
        pthread_cond_wait(&queue.changed, &queue.lock);
    queue.sockets[(queue.first + queue.count++) % QUEUE_ROOM] = socket;
    pthread_cond_broadcast(&queue.changed);
    pthread_mutex_unlock(&queue.lock);
}

/* The next connection; -1 once the queue is closed and empty. */
static int queue_take(void)
{
    int socket = -1;

    pthread_mutex_lock(&queue.lock);
    while (queue.count == 0 && !queue.closed)
        pthread_cond_wait(&queue.changed, &queue.lock);
    if (queue.count > 0) {
        socket = queue.sockets[queue.first];
        queue.first = (queue.first + 1) % QUEUE_ROOM;
        queue.count--;
        pthread_cond_broadcast(&queue.changed);
    }
    pthread_mutex_unlock(&queue.lock);
    return socket;
}

static void queue_close(void)
{
    pthread_mutex_lock(&queue.lock);
    queue.closed = 1;
    pthread_cond_broadcast(&queue.changed);
    pthread_mutex_unlock(&queue.lock);
}

static struct entry *store_find_locked(const char *key)
{
    for (int i = 0; i < store.count; i++) {
        if (!strcmp(store.entries[i].key, key))
            return &store.entries[i];
    }
    return NULL;
}

/* Copies the value out; false where there is none. */
static int store_get(const char *key, char *value, size_t size)
{
    pthread_mutex_lock(&store.lock);
    struct entry *entry = store_find_locked(key);
    if (entry)
        snprintf(value, size, "%s", entry->value);
    pthread_mutex_unlock(&store.lock);
    return entry != NULL;
}

/* False where the store is full. */
static int store_set(const char *key, const char *value)
{
    pthread_mutex_lock(&store.lock);
    struct entry *entry = store_find_locked(key);
    if (!entry && store.count < STORE_ROOM) {
        entry = &store.entries[store.count++];
        snprintf(entry->key, sizeof entry->key, "%s", key);
    }
    if (entry)
        snprintf(entry->value, sizeof entry->value, "%s", value);
    pthread_mutex_unlock(&store.lock);
    return entry != NULL;
}

static void answer(int socket, const char *status, const char *format, ...)
{
    char body[512], head[256];
    va_list args;

    va_start(args, format);
    vsnprintf(body, sizeof body, format, args);
    va_end(args);
    int length = snprintf(head, sizeof head,
                          "HTTP/1.1 %s\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\n"
                          "Connection: close\r\n\r\n",
                          status, strlen(body));
    if (send(socket, head, (size_t)length, MSG_NOSIGNAL) < 0 ||
        send(socket, body, strlen(body), MSG_NOSIGNAL) < 0)
        return;
}

/* Reads up to the empty line that ends a request's head; false where there is no whole one. */
static int read_request(int socket, char *request, size_t size)
{
    size_t used = 0;

    while (used + 1 < size) {
        ssize_t got = recv(socket, request + used, size - 1 - used, 0);

        if (got <= 0)
            return 0;
        used += (size_t)got;
        request[used] = 0;
        if (strstr(request, "\r\n\r\n"))
            return 1;
    }
    return 0;
}

static void respond(int socket, const char *path)
{
    char key[32], value[64];

    if (!strcmp(path, "/")) {
        answer(socket, "200 OK", "Seance example server\n");
    } else if (!strcmp(path, "/stats")) {
        answer(socket, "200 OK", "requests %ld\n", request_count);
    } else if (!strcmp(path, "/quit")) {
        answer(socket, "200 OK", "bye\n");
        shutdown(listener, SHUT_RDWR);
    } else if (sscanf(path, "/set/%31[^/]/%63[^/]", key, value) == 2) {
        int done = store_set(key, value);
        answer(socket, done ? "200 OK" : "507 Insufficient Storage", done ? "stored\n" : "full\n");
    } else if (sscanf(path, "/get/%31[^/]", key) == 1 && store_get(key, value, sizeof value)) {
        answer(socket, "200 OK", "%s\n", value);
    } else {
        answer(socket, "404 Not Found", "nothing here\n");
    }
}

static void handle(int socket)
{
    char request[REQUEST_MAX], path[128];

    if (!read_request(socket, request, sizeof request))
        return;
    request_count++;
    if (sscanf(request, "GET %127s HTTP/", path) == 1)
        respond(socket, path);
    else
        answer(socket, "400 Bad Request", "only GET\n");
}

static void *work(void *arg)
{
    int socket;

    while ((socket = queue_take()) >= 0) {
        handle(socket);
        close(socket);
    }
    return arg;
}

static void on_term(int number)
{
    (void)number;
    shutdown(listener, SHUT_RDWR);
}

/* Listens on the loopback address; port 0 takes a free one. Returns the port, or -1. */
static int listen_on(int port)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    socklen_t size = sizeof address;
    int yes = 1;

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener < 0)
        return -1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 128) ||
        getsockname(listener, (struct sockaddr *)&address, &size))
        return -1;
    return ntohs(address.sin_port);
}

/* Takes connections until the listener is shut down. */
static void accept_all(void)
{
    for (;;) {
        int socket = accept(listener, NULL, NULL);

        if (socket >= 0)
            queue_put(socket);
        else if (errno != EINTR && errno != ECONNABORTED)
            return;
    }
}

int main(int argc, char **argv)
{
    struct sigaction action = { .sa_handler = on_term };
    pthread_t workers[WORKERS];
    int port = listen_on(argc > 1 ? atoi(argv[1]) : 0);

    if (port < 0) {
        perror("server: listen");
        return 1;
    }
    sigaction(SIGTERM, &action, NULL);
    for (int i = 0; i < WORKERS; i++) {
        if (pthread_create(&workers[i], NULL, work, NULL)) {
            fprintf(stderr, "server: no thread\n");
            return 1;
        }
    }
    printf("port %d\n", port);
    fflush(stdout);
    accept_all();
    queue_close();
    for (int i = 0; i < WORKERS; i++)
        pthread_join(workers[i], NULL);
    printf("served %ld requests\n", request_count);
    return 0;
}
