# SPDX-License-Identifier: Apache-2.0
"""Values as JSON that every host takes: texts have limits, and neither NUL nor
halves of surrogate pairs, which are no Unicode text."""
import math
import re
from json.encoder import encode_basestring_ascii

TEXT_LIMIT = 8192  # characters; the host's limit is 64 KiB of UTF-8 for one text
TRACEBACK_LIMIT = 16384
NAME_LIMIT = 256  # bytes, of counters and metrics

BAD = re.compile("[\0\ud800-\udfff]")


def encode_text(text, limit=TEXT_LIMIT):
    if len(text) > limit:
        text = text[:limit] + "..."
    encoded = encode_basestring_ascii(text)
    # Whatever is bad is an escape by now, as are few good texts.
    return encoded if "\\u" not in encoded else encode_basestring_ascii(BAD.sub("\ufffd", text))


def check_measure(name, value):
    """Raises what a test should know about a counter or metric of its own."""
    if not isinstance(name, str) or name == "":
        raise TypeError(f"the name of a counter or metric must be a text, not {name!r}")
    if len(name.encode("utf-8", "replace")) > NAME_LIMIT:
        raise ValueError(f"the name {name[:20]}... is longer than {NAME_LIMIT} bytes")
    if not isinstance(value, (int, float)) or not math.isfinite(value):
        raise TypeError(f"{name}: {value!r} is not a finite number")
