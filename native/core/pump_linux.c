/* What Python asks of Windows' host: on Linux there is no message queue to look after, and no Winsock to be ended. */
#include <time.h>

#include "core.h"

int vcchk_pump(int ms)
{
    struct timespec left = {ms > 0 ? ms / 1000 : 0, ms > 0 ? (ms % 1000) * 1000000L : 0};
    while (nanosleep(&left, &left))
        ;
    return 0;
}

int vcchk_sockets_revive(void)
{
    return 0;
}
