/* The floating point words of the caller, put away during a call (docs/hosts.md, fact 5).
 *
 * Delphi and Free Pascal run with x87 and SSE exceptions unmasked; one raised inside Python would leave through its
 * frames. x87 reports a pending fault at the *next* x87 instruction, so flags are cleared on both ways. Intel SDM
 * volume 1, 8.1 and 10.2.3: 0x027f is Windows' default control word (all masked, 53 bits), 0x1f80 MXCSR's.
 */
#ifndef VCCHK_GUARD_H
#define VCCHK_GUARD_H

#include <stdint.h>

struct guard {
    uint16_t cw;
    uint32_t mxcsr;
};

static inline void guard_mask(void)
{
#if defined(_WIN32)
    const uint16_t cw = 0x027f;
#else
    const uint16_t cw = 0x037f; /* the System V ABI's default: 64 bits, which long double needs */
#endif
    const uint32_t mxcsr = 0x1f80;
    __asm__ volatile("fnclex\n\tfldcw %0\n\tldmxcsr %1" : : "m"(cw), "m"(mxcsr) : "memory");
}

static inline void guard_enter(struct guard *g)
{
    __asm__ volatile("fnstcw %0\n\tstmxcsr %1" : "=m"(g->cw), "=m"(g->mxcsr) : : "memory");
    guard_mask();
}

static inline void guard_leave(const struct guard *g)
{
    __asm__ volatile("fnclex\n\tfldcw %0\n\tldmxcsr %1" : : "m"(g->cw), "m"(g->mxcsr) : "memory");
}

#endif
