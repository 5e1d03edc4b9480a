"""The WMS door: MQTT in, core inputs out; facts in, one gapless event stream out.

In: messages of the WMS and the facts of the core. Out: `codec` inputs, `events` payloads, and what `door` does with
them on the wire. The contract that all of it keeps is docs/CONTRACT.md.
"""
