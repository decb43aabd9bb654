/* SPDX-License-Identifier: Apache-2.0 */
/* Text inside XML 1.0, whatever it holds: the markup characters are escaped, and
 * what XML does not allow (control characters, U+FFFE, U+FFFF, bytes that are not
 * UTF-8) becomes U+FFFD. */
#ifndef OUTPUTS_XML_H
#define OUTPUTS_XML_H

#include "base/buffer.h"
#include "base/slice.h"

/* Adds ` NAME="VALUE"`. Blanks, tabs and line breaks survive a parser. */
void xml_add_attribute(struct buffer *out, const char *name, struct slice value);
/* Adds what stands between two tags. */
void xml_add_text(struct buffer *out, struct slice text);

#endif
