/* Load for a platform: a few kept-alive connections that post as fast as they are answered.
 *
 *     load <port> <path> <file of bodies, one a line> <connections> <seconds>
 *
 * Each body is posted once and then from the start again. Prints {"calls_per_s":...,"p50_ms":...,"p99_ms":...,
 * "failed":0}: failed counts replies that are not HTTP 200 with "ret_code":"0000". Works with epoll on one thread, so
 * that on two cores the platform has one to itself.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"

#define MOST 64
#define ROOM 65536
#define TIMES 1000000

struct line {
    int socket;
    double began;
    size_t have;
    char data[ROOM];
};

static struct line lines[MOST];
static char *bodies[100000];
static int body_count, next_body;
static const char *path;
static double times[TIMES];
static int done, failed;

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static void post(struct line *line)
{
    static char request[ROOM];
    const char *body = bodies[next_body++ % body_count];
    int size = snprintf(request, sizeof request,
                        "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json; charset=UTF-8\r\n"
                        "Content-Length: %zu\r\n\r\n%s",
                        path, strlen(body), body);
    line->have = 0;
    line->began = clock_ms();
    if (send(line->socket, request, (size_t)size, MSG_NOSIGNAL) != size)
        fail("send");
}

/* 1 when the reply is whole. */
static int complete(struct line *line)
{
    char *end, *length;
    line->data[line->have] = 0;
    end = strstr(line->data, "\r\n\r\n");
    if (!end)
        return 0;
    length = strcasestr(line->data, "content-length:");
    if (!length || length > end)
        fail("a reply without Content-Length");
    return line->have >= (size_t)(end + 4 - line->data) + (size_t)atol(length + 15);
}

int main(int argc, char **argv)
{
    struct sockaddr_in where;
    struct epoll_event events[MOST];
    double began, until;
    size_t room = 0;
    char *text = NULL;
    FILE *file;
    int connections, i, epoll = epoll_create1(0), one = 1;
    if (argc != 6)
        return 2;
    path = argv[2];
    connections = atoi(argv[4]);
    file = fopen(argv[3], "r");
    if (!file || connections < 1 || connections > MOST)
        fail(argv[3]);
    while (body_count < 100000 && getline(&text, &room, file) > 0) {
        text[strcspn(text, "\n")] = 0;
        bodies[body_count++] = strdup(text);
    }
    memset(&where, 0, sizeof where);
    where.sin_family = AF_INET;
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    where.sin_port = htons((unsigned short)atoi(argv[1]));
    for (i = 0; i < connections; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)i};
        lines[i].socket = socket(AF_INET, SOCK_STREAM, 0);
        setsockopt(lines[i].socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        if (connect(lines[i].socket, (struct sockaddr *)&where, sizeof where))
            fail("connect");
        epoll_ctl(epoll, EPOLL_CTL_ADD, lines[i].socket, &event);
        post(&lines[i]);
    }
    began = clock_ms();
    until = began + 1000.0 * atof(argv[5]);
    while (clock_ms() < until) {
        int ready = epoll_wait(epoll, events, MOST, 1000);
        for (i = 0; i < ready; i++) {
            struct line *line = &lines[events[i].data.u32];
            ssize_t got = recv(line->socket, line->data + line->have, ROOM - 1 - line->have, 0);
            if (got <= 0)
                fail("recv");
            line->have += (size_t)got;
            if (!complete(line))
                continue;
            if (strncmp(line->data, "HTTP/1.1 200", 12) || !strstr(line->data, "\"ret_code\":\"0000\""))
                failed++;
            if (done < TIMES)
                times[done] = clock_ms() - line->began;
            done++;
            post(line);
        }
    }
    printf("{\"calls_per_s\":%.1f,", 1000.0 * done / (clock_ms() - began));
    print_times(times, done < TIMES ? done : TIMES);
    printf("\"failed\":%d}\n", failed);
    return 0;
}
