/*
 * Puts load on server.c: CLIENTS threads, each with its own connections, one request a connection.
 *
 *   ./load PORT REQUESTS     REQUESTS a thread, at most 100000; then one GET /quit
 *
 * Ends with 0 if every answer was a whole "200 OK".
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { CLIENTS = 4, REQUESTS_MAX = 100000, PATIENCE_SECONDS = 30 };

struct client {
    pthread_t thread;
    int number;
    int port;
    int requests;
    int good;
};

static int connect_to(int port)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    struct timeval patience = { .tv_sec = PATIENCE_SECONDS };
    int end = socket(AF_INET, SOCK_STREAM, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(end, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (end >= 0 && connect(end, (struct sockaddr *)&address, sizeof address)) {
        close(end);
        return -1;
    }
    return end;
}

/* True if the answer came whole and was a 200. */
static int get(int port, const char *path)
{
    char text[1024];
    size_t used = 0;
    ssize_t got;
    int end = connect_to(port);

    if (end < 0)
        return 0;
    int length = snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", path);
    if (send(end, text, (size_t)length, MSG_NOSIGNAL) != length) {
        close(end);
        return 0;
    }
    while (used + 1 < sizeof text && (got = recv(end, text + used, sizeof text - 1 - used, 0)) > 0)
        used += (size_t)got;
    close(end);
    text[used] = 0;
    return !strncmp(text, "HTTP/1.1 200 OK\r\n", 17) && strstr(text, "\r\n\r\n");
}

static void *run(void *arg)
{
    struct client *client = arg;
    char path[64];

    for (int i = 0; i < client->requests; i++) {
        int key = client->number * 16 + i / 2 % 16;

        if (i % 2)
            snprintf(path, sizeof path, "/get/key%d", key);
        else
            snprintf(path, sizeof path, "/set/key%d/value%d", key, i);
        client->good += get(client->port, i % 16 == 15 ? "/" : path);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    struct client clients[CLIENTS];
    int port = argc > 1 ? atoi(argv[1]) : 0, requests = argc > 2 ? atoi(argv[2]) : 100, good = 0;

    if (port <= 0 || requests <= 0 || requests > REQUESTS_MAX) {
        fprintf(stderr, "usage: load PORT REQUESTS\n");
        return 2;
    }
    for (int i = 0; i < CLIENTS; i++) {
        clients[i] = (struct client){ .number = i, .port = port, .requests = requests };
        if (pthread_create(&clients[i].thread, NULL, run, &clients[i]))
            return 1;
    }
    for (int i = 0; i < CLIENTS; i++) {
        pthread_join(clients[i].thread, NULL);
        good += clients[i].good;
    }
    int bye = get(port, "/quit");
    printf("%d of %d requests answered\n", good, CLIENTS * requests);
    return good == CLIENTS * requests && bye ? 0 : 1;
}
