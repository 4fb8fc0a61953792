/* Waiting for a scan on Linux: there is no message queue of the caller's to look after. */
#include <time.h>

#include "core.h"

int vcchk_pump(int ms)
{
    struct timespec left = {ms > 0 ? ms / 1000 : 0, ms > 0 ? (ms % 1000) * 1000000L : 0};
    while (nanosleep(&left, &left))
        ;
    return 0;
}
