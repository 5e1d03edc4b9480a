"""`pickbeam demo`: a whole warehouse on one machine, and the proof that nothing was lost or booked twice.

In: a site's settings, faults to inject, a seed. Out: a run of real processes (broker, shelf, controller, WMS), and the
comparison of three ledgers kept by three parties: the WMS, the controller's journal, the simulated modules.
"""
