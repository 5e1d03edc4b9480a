"""Check digits as an asset: made so that neighbours are not confused, rotated, rated, printed.

In: the locations of a site, what a recogniser confuses. Out: digits per location, a schedule of sets, labels.
"""
