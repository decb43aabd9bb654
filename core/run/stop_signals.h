/* SPDX-License-Identifier: Apache-2.0 */
/* SIGINT, SIGTERM and SIGHUP of the program that does a run: while it starts they
 * end it, then its loop reads them, and at the end the outputs may finish. */
#ifndef RUN_STOP_SIGNALS_H
#define RUN_STOP_SIGNALS_H

#include "base/err.h"

/* Takes the signals: they wait to be read. */
int stop_signals_open(struct err *err);

/* Readable when stop_signals_next has one. */
int stop_signals_fd(void);
/* The next signal's number, 0 when there is none. */
int stop_signals_next(void);

/* So many of them do nothing, those that wait included; the one after that ends
 * the program at once: _exit(130) for SIGINT, _exit(143) for the others. */
void stop_signals_end_after(int ignored);
/* They wait to be read again. */
void stop_signals_wait(void);

/* From now on the first one ends the program. */
void stop_signals_close(void);

#endif
