/* Standard output and error that Python can start with; see streams_win.c. */
#ifndef VCCHK_STREAMS_WIN_H
#define VCCHK_STREAMS_WIN_H

void streams_open(void);

/* Wait until what was written has arrived (5 s at most). */
void streams_close(void);

#endif
