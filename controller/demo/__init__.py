"""`pickbeam demo`: a whole warehouse on one machine, and the proof that nothing was lost or booked twice.

In: a site's settings, faults to inject, a seed. Out: a run of real processes (broker, shelf, controller, WMS), and the
comparison of the ledgers that several parties keep: the WMS, the controller's journal, the simulated modules, and the
simulated pickers who speak.
"""
