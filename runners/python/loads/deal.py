# SPDX-License-Identifier: Apache-2.0
"""Which row a user gets when. Nothing is remembered and nobody is asked: every process
of a run finds the same answer.

Rows are dealt like cards: in turn k user u gets the card number (k - 1) * users + u - 1.
Sequential and once take the card as the row, and when they are used up sequential begins
again and once ends. Shuffled does as sequential with a new shuffle for each time through.
Random draws. When unique, user u owns the rows u - 1, u - 1 + users, ... and the same is
done with these alone."""
from hashlib import blake2b

FEISTEL_ROUNDS = 6


class Deal:
    def __init__(self, order, is_unique, rows, users, seed):
        self.order = order
        self.is_unique = is_unique
        self.rows = rows
        self.users = users
        self.seed = blake2b(seed.encode("utf-8", "surrogateescape"), digest_size=32).digest()

    def row(self, user, turn):
        """From 0, or None when none is left; user and turn count from 1."""
        first = user - 1
        own = (self.rows - first - 1) // self.users + 1 if self.is_unique else self.rows
        if self.order == "random":
            card = self._number(user, turn) % own
        elif self.is_unique:
            card = self._pick(user, own, turn - 1)
        else:
            card = self._pick(0, own, (turn - 1) * self.users + first)
        return first + card * self.users if self.is_unique and card is not None else card

    def _pick(self, owner, count, dealt):
        """The card of a stack of `count` of which `dealt` are gone; `owner` is 0 for the
        stack of all."""
        if self.order == "once" and dealt >= count:
            return None
        if self.order == "shuffled":
            return self._shuffled((owner, dealt // count), count, dealt % count)
        return dealt % count

    def _shuffled(self, way, count, card):
        """Where a card lies after a shuffle, computed for one card at a time: a Feistel
        network permutes the next power of four; what falls outside is shuffled on."""
        half = 0
        while 1 << (2 * half) < count:
            half += 1
        mask = (1 << half) - 1
        while True:
            left, right = card >> half, card & mask
            for turn in range(FEISTEL_ROUNDS):
                left, right = right, left ^ (self._number(*way, turn, right) & mask)
            card = left << half | right
            if card < count:
                return card

    def _number(self, *words):
        data = b"".join(word.to_bytes(8, "little") for word in words)
        return int.from_bytes(blake2b(data, key=self.seed, digest_size=8).digest(), "little")
