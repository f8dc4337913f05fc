"""Is it the person who enrolled? When a co-host's face is compared, and what comes of it; how one enrols.

Compared are the first plain faces after a check-in, then faces at random moments, so that nobody can be
swapped in between. One picture alone never accuses: a face is unlike only when three in a row are. Pure: time
and randomness are arguments.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

import numpy as np
from numpy.typing import NDArray

from bot.console.alike import Description, distance

EVERY_S = (20.0, 100.0)  # own numbers: the next comparison comes after a time drawn from this span
TAKEN = 5  # descriptions that an enrolment takes
OWN_SPREAD = 1.0  # of the limit: those of one enrolment may not differ by more among themselves
UNLIKE = 3  # in a row


@dataclass(frozen=True, slots=True)
class Compared:
    """`alike`: the latest verdict; `distance`: of the nearest enrolled face; `limit`: what counts as one
    person.
    """

    alike: bool
    distance: float
    limit: float

    def words(self) -> str:
        """For the log: what was seen, never "proven"."""
        verdict = "like" if self.alike else "not like"
        figures = f"distance {self.distance:.2f}, limit {self.limit:.2f}"
        return f"the face is {verdict} the enrolled one ({figures})"


@dataclass(slots=True)
class Likeness:
    """One co-host's sitting. `rng`: draws the moments. `enrolled`: [n, d], None: they have not enrolled."""

    rng: Random
    limit: float
    enrolled: NDArray[np.float32] | None = None
    alike: bool | None = None  # the latest verdict; None: not compared yet
    _next: float = -1e9
    _unlike: int = 0
    _taking: list[Description] | None = field(default=None)

    def sits(self, enrolled: NDArray[np.float32] | None) -> None:
        """Somebody checked in, enrolled, or took it back: the next face is compared."""
        self.enrolled, self.alike, self._next, self._unlike, self._taking = enrolled, None, -1e9, 0, None

    def take(self) -> None:
        """The next faces are to be enrolled."""
        self._taking = []

    def stop_taking(self) -> None:
        """The enrolment that was begun is given up."""
        self._taking = None

    @property
    def taking(self) -> bool:
        return self._taking is not None

    def wants(self, now: float) -> bool:
        """Whether the next picture's face should be described."""
        return self.taking or (self.enrolled is not None and now >= self._next)

    def taken(self, found: Description) -> Sequence[Description] | None:
        """Another face for the enrolment; all of them once there are enough, [] when they are not of one
        person.
        """
        if self._taking is None:
            return None
        self._taking.append(found)
        if len(self._taking) < TAKEN:
            return None
        all_of_them, self._taking = self._taking, None
        apart = max(float(np.linalg.norm(a - b)) for a in all_of_them for b in all_of_them)
        return all_of_them if apart <= OWN_SPREAD * self.limit else []

    def compare(self, found: Description, now: float) -> Compared | None:
        """The verdict, once there is one: None while one unlike face waits for a second look."""
        if self.enrolled is None:
            return None
        apart = distance(found, self.enrolled)
        if apart > self.limit:
            self._unlike += 1
            if self._unlike < UNLIKE:
                self._next = now  # look again at once
                return None
        else:
            self._unlike = 0
        self.alike = self._unlike == 0
        # who is unlike is looked at again soon, so that the right person is not kept waiting
        self._next = now + (self.rng.uniform(*EVERY_S) if self.alike else 2.0)
        return Compared(self.alike, apart, self.limit)
