/* CPython's configuration for 32- and 64-bit Windows, for a compiler that has CPython's headers of another system.
 *
 * Given with -include; it takes the include guard of pyconfig.h, so that the other system's own falls away. The values
 * are those of PC/pyconfig.h in CPython 3.11, as far as the headers and cffi's code ask for them.
 */
#ifndef Py_PYCONFIG_H
#define Py_PYCONFIG_H

#include <io.h>

#define MS_WIN32
#define MS_WINDOWS
#define NT_THREADS
#define WITH_THREAD
#define MS_COREDLL
#define Py_ENABLE_SHARED 1
#define HAVE_DECLSPEC_DLL
#define HAVE_DYNAMIC_LOADING

#if defined(_WIN64)
#define MS_WIN64
#define SIZEOF_VOID_P 8
#define SIZEOF_SIZE_T 8
#define ALIGNOF_SIZE_T 8
#define ALIGNOF_MAX_ALIGN_T 8
#else
#define SIZEOF_VOID_P 4
#define SIZEOF_SIZE_T 4
#define ALIGNOF_SIZE_T 4
#define ALIGNOF_MAX_ALIGN_T 8
#endif
#define SIZEOF_SHORT 2
#define SIZEOF_INT 4
#define SIZEOF_LONG 4
#define ALIGNOF_LONG 4
#define SIZEOF_LONG_LONG 8
#define SIZEOF_DOUBLE 8
#define SIZEOF_FLOAT 4
#define SIZEOF_WCHAR_T 2
#define SIZEOF_TIME_T 8
#define SIZEOF_OFF_T 4
#define SIZEOF_FPOS_T 8
#define SIZEOF__BOOL 1
#define SIZEOF_PID_T SIZEOF_INT

#define HAVE_STDDEF_H 1
#define HAVE_STDINT_H 1
#define HAVE_INTTYPES_H 1
#define HAVE_SYS_TYPES_H 1
#define HAVE_SYS_STAT_H 1
#define HAVE_STDARG_PROTOTYPES 1
#define HAVE_PROTOTYPES 1
#define HAVE_LONG_LONG 1
#define HAVE_COPYSIGN 1
#define HAVE_ROUND 1
#define HAVE_HYPOT 1
#define HAVE_WCSFTIME 1
#define WITH_PYMALLOC 1
#define WITH_DOC_STRINGS 1
#define STDC_HEADERS 1
#define PLATLIBDIR "lib"
#define PYTHONFRAMEWORK ""
#define Py_NO_LINK_LIB

#endif
