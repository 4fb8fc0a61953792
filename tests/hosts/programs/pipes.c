/* A program with the default SIGPIPE, which ends it, or with a handler, a blocked or a waiting signal of its own, while
 * the library writes to peers that go away. Arguments: example.h, then default, handler, blocked or waiting, and how
 * many labels to print.
 */
#include "example.h"

#include <dlfcn.h>
#include <signal.h>
#include <unistd.h>

typedef char *(*transact_fn)(char *, char *, char *);
typedef int (*print_fn)(char *, char *, char *);

static volatile sig_atomic_t handled;

static void on_signal(int number)
{
    (void)number;
    handled++;
}

static int waits(void)
{
    sigset_t pending;
    sigpending(&pending);
    return sigismember(&pending, SIGPIPE);
}

int main(int count, char **arguments)
{
    static char out[2048];
    sigset_t sigpipe, mask;
    struct sigaction action;
    void *library;
    transact_fn trans;
    print_fn print;
    char *request;
    int i;

    if (count != 7)
        return 2;
    example_open(arguments);
    request = example_read(arguments[3]);
    sigemptyset(&sigpipe);
    sigaddset(&sigpipe, SIGPIPE);
    if (!strcmp(arguments[5], "handler")) {
        memset(&action, 0, sizeof action);
        action.sa_handler = on_signal;
        sigaction(SIGPIPE, &action, NULL);
    } else if (strcmp(arguments[5], "default")) {
        sigprocmask(SIG_BLOCK, &sigpipe, NULL);
        if (!strcmp(arguments[5], "waiting"))
            raise(SIGPIPE);
    }
    library = dlopen(arguments[1], RTLD_NOW);
    trans = library ? (transact_fn)dlsym(library, "VirtualCardTrans") : NULL;
    print = library ? (print_fn)dlsym(library, "EhealthID_Print") : NULL;
    if (!trans || !print)
        return 4;
    for (i = 0; i < 10; i++)
        example_text("code", trans(arguments[2], request, out));
    for (i = 0; i < atoi(arguments[6]); i++)
        example_number("print", print("123456", "D0000001", "\xd1\xdd\xca\xbe"));
    sleep(1); /* what threads of the library's still write */
    example_number("handled", handled);
    example_number("waits", waits());
    sigprocmask(SIG_SETMASK, NULL, &mask);
    example_number("blocked", sigismember(&mask, SIGPIPE));
    if (!strcmp(arguments[5], "handler")) {
        raise(SIGPIPE);
        example_number("own", handled);
    }
    example_text("end", "reached");
    return 0;
}
