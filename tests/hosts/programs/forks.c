/* A program that forks: before the first call, between calls, and while other threads call. Each child makes one call.
 *
 * Arguments: example.h, then before, between or during, and how many children. A child that has not ended after 20 s
 * hangs. Answers: ok, refused (8009), other, hung: numbers of children; sentence: what a refused one was told.
 */
#include "example.h"

#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

typedef char *(*transact_fn)(char *, char *, char *);
typedef int (*print_fn)(char *, char *, char *);

static transact_fn trans;
static print_fn print;
static char *url, *request;
static volatile int ends;

static void *call_on(void *nothing)
{
    static _Thread_local char out[2048];
    (void)nothing;
    while (!ends) {
        trans(url, request, out);
        print("123456", "D0000001", "\xd1\xdd\xca\xbe");
    }
    return NULL;
}

static int child(char *shared)
{
    static char out[2048];
    const char *code = trans(url, request, out);
    if (!strcmp(code, "00"))
        return trans(url, request, out)[0] == '0' ? 10 : 12; /* and once more */
    if (strcmp(code, "8009"))
        return 12;
    strcpy(shared, out);
    return print("1", "2", "3") == 8009 ? 11 : 12;
}

int main(int count, char **arguments)
{
    static char out[2048];
    char *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int results[4] = {0, 0, 0, 0}, i, children, during;
    pthread_t threads[4];
    pid_t pids[64];
    void *library;

    if (count != 7)
        return 2;
    example_open(arguments);
    url = arguments[2];
    request = example_read(arguments[3]);
    children = atoi(arguments[6]);
    during = !strcmp(arguments[5], "during");
    library = dlopen(arguments[1], RTLD_NOW);
    trans = library ? (transact_fn)dlsym(library, "VirtualCardTrans") : NULL;
    print = library ? (print_fn)dlsym(library, "EhealthID_Print") : NULL;
    if (!trans || !print)
        return 4;
    if (strcmp(arguments[5], "before")) {
        example_text("first", trans(url, request, out));
        print("123456", "D0000001", "\xd1\xdd\xca\xbe");
    }
    for (i = 0; during && i < 4; i++)
        pthread_create(&threads[i], NULL, call_on, NULL);
    for (i = 0; i < children; i++) {
        struct timespec pause = {0, (i * 7 % 10) * 3000000L};
        nanosleep(&pause, NULL);
        pids[i] = fork();
        if (!pids[i])
            _exit(child(shared));
    }
    for (i = 0; i < children; i++) {
        int status = 0, tenths;
        for (tenths = 0; tenths < 200 && waitpid(pids[i], &status, WNOHANG) == 0; tenths++)
            usleep(100000);
        if (tenths == 200) {
            kill(pids[i], SIGKILL);
            waitpid(pids[i], &status, 0);
            results[3]++;
        } else if (WIFEXITED(status) && WEXITSTATUS(status) >= 10 && WEXITSTATUS(status) <= 11) {
            results[WEXITSTATUS(status) - 10]++;
        } else {
            example_number("status", status);
            results[2]++;
        }
    }
    ends = 1;
    for (i = 0; during && i < 4; i++)
        pthread_join(threads[i], NULL);
    example_number("ok", results[0]);
    example_number("refused", results[1]);
    example_number("other", results[2]);
    example_number("hung", results[3]);
    example_text("sentence", shared);
    example_text("last", trans(url, request, out));
    example_text("end", "reached");
    return 0;
}
