/* The contract between the two DLLs (and the launcher): one exported function, one table.
 *
 * Both sides are built from one tree and shipped in one folder; `version` catches a folder mixed from two releases.
 */
#ifndef VCCHK_CORE_API_H
#define VCCHK_CORE_API_H

#include <stddef.h>

/* Each release has a folder of its own: what a running program of an older one reads is never replaced under it, and a
 * shim that a HIS has loaded finds its own runtime whenever its first call comes, also after an upgrade. */
#define VCCHK_RUNTIME "vcchk_runtime-" VCCHK_RELEASE
#define VCCHK_CORE_VERSION 2
#define VCCHK_RET_SIZE 16 /* bytes of a return code's text with the NUL */

/* Numbers the core answers by itself; anything else of `int` functions is Python's answer. VCCHK_NO_MEMORY is 8009 with
 * a sentence of its own. */
enum { VCCHK_DONE = 0, VCCHK_BUSY = 3003, VCCHK_INTERNAL = 8009, VCCHK_NO_MEMORY = -8009 };

/* Results of vcchk_core_start besides 0: failed for good; another release; a later try may succeed; so may this. */
enum { VCCHK_CORE_FAILED = -1, VCCHK_CORE_MIXED = -2, VCCHK_CORE_AGAIN = -3, VCCHK_CORE_MEMORY = -4 };

struct vcchk_host {
    int version;
    const char *release; /* pyproject.toml's version: two copies of the folder in one process share the first's core */
    const char *home;    /* UTF-8: folder of the DLL or the program, no separator at its end */
    char **environment;  /* Linux: the process's environ, which RTLD_DEEPBIND hides from the core */
    int streams;         /* 1: sys.stdin/stdout/stderr are the process's (the launcher); 0: None (the DLL) */
};

struct vcchk_core {
    /* VCCHK_DONE and a text in ret, or the number of a static reply that the caller has to give. */
    int (*virtual_card_trans)(const char *url, const char *indata, char *outdata, char *ret);
    int (*nation_ec_trans)(const char *url, const char *indata, char *outdata, char *ret);
    int (*set_qrflow_mode)(int mode);
    int (*ehealth_id_print)(const char *ehealthid, const char *card_no, const char *name);
    int (*set_ec_qrcode)(char *errmsg);
    int (*main)(int argc, char **argv_utf8);
    const char *home; /* of the host that started it */
    /* Linux: around a fork of the process without calls in flight, in the forking thread. */
    void (*fork_before)(void);
    void (*fork_parent)(void);
    void (*fork_child)(void);
};

/* Start Python, or give the one that runs; one call at a time. 0 and *core, or VCCHK_CORE_... and the cause in UTF-8.
 * After VCCHK_CORE_AGAIN and VCCHK_CORE_MEMORY it goes on where it failed. */
typedef int vcchk_core_start_fn(const struct vcchk_host *host, const struct vcchk_core **core, char *cause,
                                size_t cause_size);

#endif
