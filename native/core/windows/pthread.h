/* The five functions of pthread.h that cffi's embedding code asks for outside MSVC, over a CRITICAL_SECTION.
 *
 * A CRITICAL_SECTION is recursive, which is what cffi wants of its mutex. This keeps winpthreads out of the core.
 */
#ifndef VCCHK_PTHREAD_H
#define VCCHK_PTHREAD_H

#include <windows.h>

typedef CRITICAL_SECTION pthread_mutex_t;
typedef int pthread_mutexattr_t;
#define PTHREAD_MUTEX_RECURSIVE 1

static inline int pthread_mutexattr_init(pthread_mutexattr_t *attr)
{
    *attr = 0;
    return 0;
}

static inline int pthread_mutexattr_settype(pthread_mutexattr_t *attr, int type)
{
    *attr = type;
    return 0;
}

static inline int pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attr)
{
    (void)attr;
    InitializeCriticalSection(mutex);
    return 0;
}

static inline int pthread_mutex_lock(pthread_mutex_t *mutex)
{
    EnterCriticalSection(mutex);
    return 0;
}

static inline int pthread_mutex_unlock(pthread_mutex_t *mutex)
{
    LeaveCriticalSection(mutex);
    return 0;
}

#endif
