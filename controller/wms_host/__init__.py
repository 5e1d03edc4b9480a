"""The WMS side of the contract, for integrators to read and to take: a sender of tasks and a reference consumer.

In: order files; events of controllers. Out: tasks on the wire, resent until answered; a ledger in which every event is
booked exactly once. Imports nothing of the controller: everything it knows is in docs/CONTRACT.md.
"""
