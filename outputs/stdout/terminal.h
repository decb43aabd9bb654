/* SPDX-License-Identifier: Apache-2.0 */
/* What the terminal behind a descriptor can do, if it is one. */
#ifndef OUTPUTS_STDOUT_TERMINAL_H
#define OUTPUTS_STDOUT_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

/* Its width now, from 20 on; 80 for what is no terminal or does not tell. */
size_t terminal_columns(int fd);

bool terminal_can_move(int fd);   /* the cursor, by escape sequences */
bool terminal_has_colour(int fd); /* and NO_COLOR does not forbid it */
bool terminal_is_utf8(void);      /* by the user's locale */

#endif
