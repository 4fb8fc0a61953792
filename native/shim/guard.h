/* The floating point state of the caller, put away during a call (docs/hosts.md, fact 5).
 *
 * Delphi and Free Pascal run with x87 and SSE exceptions unmasked; one raised inside Python would leave through its
 * frames. A program that used MMX without EMMS, or left values on the x87 stack, makes every load of a double a NaN:
 * Python computes `int()` of digits with them, once, for the life of the process. FNSAVE puts the whole x87 (or MMX)
 * state away and initialises it, without raising what is pending; FXSAVE would leave it as it is. FRSTOR brings
 * everything back: values, tags, flags, control word. Intel SDM volume 1, 8.1.10 and 10.2.3: 0x027f is Windows' default
 * control word (all masked, 53 bits), 0x1f80 MXCSR's. It costs 0.2 us a call.
 */
#ifndef VCCHK_GUARD_H
#define VCCHK_GUARD_H

#include <stdint.h>

struct guard {
    unsigned char x87[108]; /* FNSAVE's image outside 16-bit code */
    uint32_t mxcsr;
};

/* A fresh state for Python: the stack empty, no flags, everything masked. */
static inline void guard_reset(void)
{
#if defined(_WIN32)
    const uint16_t cw = 0x027f;
#else
    const uint16_t cw = 0x037f; /* the System V ABI's default: 64 bits, which long double needs */
#endif
    const uint32_t mxcsr = 0x1f80;
    __asm__ volatile("fninit\n\tfldcw %0\n\tldmxcsr %1" : : "m"(cw), "m"(mxcsr) : "memory");
}

static inline void guard_enter(struct guard *g)
{
    __asm__ volatile("fnsave %0\n\tstmxcsr %1" : "=m"(g->x87), "=m"(g->mxcsr) : : "memory");
    guard_reset();
}

/* FNCLEX first: FRSTOR would raise what a callee left pending here. */
static inline void guard_leave(const struct guard *g)
{
    __asm__ volatile("fnclex\n\tfrstor %0\n\tldmxcsr %1" : : "m"(g->x87), "m"(g->mxcsr) : "memory");
}

#endif
