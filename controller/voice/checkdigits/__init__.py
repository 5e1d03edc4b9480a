"""Check digits as an asset: made so that neighbours are not confused, rotated, rated, printed.

In: the locations of a site, what a recogniser confuses. Out: digits per location, a schedule of sets, labels.
"""

from controller.voice.checkdigits.rotation import Schedule, accepted_at, digits_at

__all__ = ["Schedule", "accepted_at", "digits_at"]
