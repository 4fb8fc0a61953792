/* The core, started by the first call; and again by a later one while that failed for a reason that may pass.
 *
 * An antivirus program that holds a file, a copy that is under way, address space that is short for a moment: none of
 * them is a reason to refuse every call until the HIS is started again. The first tries are free, later ones wait for a
 * pause that doubles, so that a till whose runtime is gone for good does not spend its calls on looking for it. What
 * Python itself began and failed is final: CPython cannot be initialised twice.
 */
#include "shim.h"

#define FREE_TRIES 8
#define FIRST_PAUSE_MS 1000u
#define LONGEST_PAUSE_MS 64000u

static volatile int is_settled; /* the two below are final */
static const struct vcchk_core *the_core;
static const struct message *the_message;

static int tries;
static uint32_t next_try_ms; /* counts from FREE_TRIES on */
static uint32_t pause_ms = FIRST_PAUSE_MS;
static uint32_t last_cause; /* its hash: one log line for each cause that follows another */

static uint32_t hash(const char *text) /* FNV-1a */
{
    uint32_t value = 2166136261u;
    for (; *text; text++)
        value = (value ^ (unsigned char)*text) * 16777619u;
    return value;
}

static void try_to_start(void)
{
    struct attempt attempt = {0, 0, 0, 0, {0}};
    if (tries >= FREE_TRIES && (int32_t)(system_ms() - next_try_ms) < 0)
        return;
    system_start(&attempt);
    tries++;
    the_core = attempt.message ? 0 : attempt.core;
    the_message = attempt.message;
    if (attempt.cause[0] && hash(attempt.cause) != last_cause) {
        last_cause = hash(attempt.cause);
        system_log(the_core ? "WARN" : "ERROR", attempt.cause);
    }
    if (the_core || attempt.is_final) {
        __atomic_store_n(&is_settled, 1, __ATOMIC_RELEASE);
        return;
    }
    if (tries >= FREE_TRIES) {
        next_try_ms = system_ms() + pause_ms;
        pause_ms = pause_ms < LONGEST_PAUSE_MS ? pause_ms * 2 : pause_ms;
    }
}

const struct vcchk_core *runtime_core(const struct message **message)
{
    const struct vcchk_core *core;
    if (__atomic_load_n(&is_settled, __ATOMIC_ACQUIRE)) {
        *message = the_message;
        return the_core;
    }
    system_lock();
    if (!is_settled)
        try_to_start();
    core = the_core;
    *message = the_message;
    system_unlock();
    return core;
}

const struct vcchk_core *runtime_core_if_started(void)
{
    return __atomic_load_n(&is_settled, __ATOMIC_ACQUIRE) ? the_core : 0;
}

/* ---- what both systems do with a core that is loaded ---- */

static int same_text(const char *a, const char *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

static size_t append(char *to, size_t at, size_t size, const char *text)
{
    while (*text && at + 1 < size)
        to[at++] = *text++;
    to[at] = 0;
    return at;
}

void runtime_begin(struct attempt *attempt, vcchk_core_start_fn *core_start, const struct vcchk_host *host)
{
    int result = core_start(host, &attempt->core, attempt->cause, sizeof attempt->cause);
    size_t at = 0;
    attempt->is_final = result != VCCHK_CORE_AGAIN && result != VCCHK_CORE_MEMORY;
    switch (result) {
    case 0:
        if (same_text(attempt->core->home, host->home))
            break;
        /* Two copies of the folder in one process: Python cannot be there twice. */
        at = append(attempt->cause, at, sizeof attempt->cause, host->home);
        at = append(attempt->cause, at, sizeof attempt->cause, ": uses the runtime that runs already, of ");
        at = append(attempt->cause, at, sizeof attempt->cause, attempt->core->home);
        append(attempt->cause, at, sizeof attempt->cause, ", and its INI; keep one copy of the folder");
        break;
    case VCCHK_CORE_MIXED:
        attempt->message = attempt->is_foreign ? &message_other : &message_mixed;
        break;
    case VCCHK_CORE_MEMORY:
        attempt->message = &message_memory;
        break;
    default:
        attempt->message = system_lacks_address_space() ? &message_memory : &message_start;
    }
}
