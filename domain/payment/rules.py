"""What the shop allows of payments, and how patient it is with its gateway; from the settings."""

from datetime import timedelta

import msgspec


class Rules(msgspec.Struct, frozen=True):
    timeout: timedelta = timedelta(minutes=30)
    """A payment whose money is not asked for so long after it was requested expires, and its hold is let go."""
    answer_within: timedelta = timedelta(seconds=5)
    """Time limit of one call of the gateway."""
    shortest_pause: timedelta = timedelta(seconds=1)
    longest_pause: timedelta = timedelta(minutes=10)
    """Before a call that was not answered is asked about; doubled from the one to the other."""
    longest_settlement_pause: timedelta = timedelta(days=1)
    """Before it is asked again whether money was paid out; doubled from `longest_pause` to this."""
    most_refunds: int = 100
    """Of one payment."""
    most_evidence: int = 50
    """Pieces of one dispute."""
    most_methods: int = 10
    """Stored for one buyer."""

    def call_ends(self) -> timedelta:
        """So long after a call began, whoever made it has given up, or died: then somebody else asks about it."""
        return 3 * self.answer_within

    def pause(self, attempt: int) -> timedelta:
        """After the attempt of this number, counted from 1, was not answered."""
        return _doubled(self.shortest_pause, attempt, self.longest_pause)

    def pause_for_settlement(self, attempt: int) -> timedelta:
        """After it was asked so often, counted from 1, whether money was paid out."""
        return _doubled(self.longest_pause, attempt, self.longest_settlement_pause)


def _doubled(first: timedelta, attempt: int, most: timedelta) -> timedelta:
    return min(most, first * (1 << min(attempt - 1, 20)))
