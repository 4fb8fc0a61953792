/* A TCP proxy that holds every piece of data back: the network between a hospital and its platform.
 *
 *     delay <port to forward to> <round trip in microseconds>
 *
 * Listens on a free port of 127.0.0.1 and prints it. Half of the round trip is added each way, to whatever arrives,
 * without slowing down what follows it (data on the way are queued, not waited for). What a proxy cannot delay is the
 * TCP handshake, which the kernel answers: a new connection costs less here than on a real line.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PIECE 16384

static int to_port;
static long half_ns;

struct piece {
    struct piece *next;
    struct timespec due;
    ssize_t size;
    char data[PIECE];
};

struct way {
    int from, to;
    struct piece *head, *tail;
    pthread_mutex_t lock;
    pthread_cond_t filled;
};

struct pair {
    struct way there, back;
};

/* Reads as fast as data come; every piece (the end of the stream is one of size 0) gets its time of delivery. */
static void *reader(void *argument)
{
    struct way *way = argument;
    ssize_t size;
    do {
        struct piece *piece = malloc(sizeof *piece);
        size = read(way->from, piece->data, PIECE);
        piece->size = size;
        piece->next = NULL;
        clock_gettime(CLOCK_MONOTONIC, &piece->due);
        piece->due.tv_nsec += half_ns;
        piece->due.tv_sec += piece->due.tv_nsec / 1000000000;
        piece->due.tv_nsec %= 1000000000;
        pthread_mutex_lock(&way->lock);
        *(way->head ? &way->tail->next : &way->head) = piece;
        way->tail = piece;
        pthread_cond_signal(&way->filled);
        pthread_mutex_unlock(&way->lock);
    } while (size > 0);
    return NULL;
}

static void *writer(void *argument)
{
    struct way *way = argument;
    ssize_t size;
    do {
        struct piece *piece;
        ssize_t done = 0;
        pthread_mutex_lock(&way->lock);
        while (!way->head)
            pthread_cond_wait(&way->filled, &way->lock);
        piece = way->head;
        way->head = piece->next;
        pthread_mutex_unlock(&way->lock);
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &piece->due, NULL);
        size = piece->size;
        while (done < size) {
            ssize_t sent = send(way->to, piece->data + done, (size_t)(size - done), MSG_NOSIGNAL);
            if (sent <= 0)
                break;
            done += sent;
        }
        free(piece);
    } while (size > 0);
    shutdown(way->to, SHUT_WR);
    return NULL;
}

static struct sockaddr_in address(int port)
{
    struct sockaddr_in local;
    memset(&local, 0, sizeof local);
    local.sin_family = AF_INET;
    local.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    local.sin_port = htons((unsigned short)port);
    return local;
}

static void *serve(void *argument)
{
    struct pair *pair = argument;
    struct sockaddr_in where = address(to_port);
    pthread_t threads[4];
    int one = 1, i, upstream = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(upstream, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (connect(upstream, (struct sockaddr *)&where, sizeof where)) {
        close(pair->there.from);
        close(upstream);
        free(pair);
        return NULL;
    }
    pair->there.to = pair->back.from = upstream;
    pair->back.to = pair->there.from;
    for (i = 0; i < 2; i++) {
        struct way *way = i ? &pair->back : &pair->there;
        pthread_mutex_init(&way->lock, NULL);
        pthread_cond_init(&way->filled, NULL);
        pthread_create(&threads[2 * i], NULL, reader, way);
        pthread_create(&threads[2 * i + 1], NULL, writer, way);
    }
    for (i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    close(upstream);
    close(pair->there.from);
    free(pair);
    return NULL;
}

int main(int argc, char **argv)
{
    struct sockaddr_in where = address(0);
    socklen_t size = sizeof where;
    int one = 1, listener = socket(AF_INET, SOCK_STREAM, 0);
    if (argc != 3)
        return 2;
    to_port = atoi(argv[1]);
    half_ns = atol(argv[2]) * 1000 / 2;
    if (bind(listener, (struct sockaddr *)&where, sizeof where) || listen(listener, 64) ||
        getsockname(listener, (struct sockaddr *)&where, &size)) {
        perror("delay");
        return 1;
    }
    printf("%d\n", ntohs(where.sin_port));
    fflush(stdout);
    for (;;) {
        struct pair *pair = calloc(1, sizeof *pair);
        pthread_t thread;
        pair->there.from = accept(listener, NULL, NULL);
        if (pair->there.from < 0) {
            free(pair);
            continue;
        }
        setsockopt(pair->there.from, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        pthread_create(&thread, NULL, serve, pair);
        pthread_detach(thread);
    }
}
