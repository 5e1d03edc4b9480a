"""Every sentence the dialogue can say, by key, with the values that its template takes.

In: nothing. Out: `PROMPTS` (key -> names of its values) and `KINDS` (name -> what kind of value it is). A language is
complete when it has a template for every key that uses these names and no others; the comment says what is meant.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

PROMPTS: Final[Mapping[str, tuple[str, ...]]] = {
    # --- not at work ---
    "sign_on": (),  # say sign on (or ready) to begin
    "no_work": (),  # nothing to do just now; you will hear when there is
    "paused": (),  # you rest; say resume
    "paused_by_host": (),  # work is stopped from the office; wait
    "stopped": (),  # nothing can be confirmed just now; wait
    "asleep": (),  # I listen only for the wake phrase now
    "message": ("text",),  # message from the office: …; say ready
    # --- the way ---
    "task": ("lines",),  # a task of so many lines; say ready
    "task_urgent": ("lines",),  # the same, of high priority
    "lines_left": ("lines",),  # so many lines still to pick, this one included (2 or more)
    "last_line": (),  # this is the last line
    "aisle": ("aisle",),  # go to this aisle; say ready there
    "bay": ("bay",),
    "bay_level": ("bay", "level"),
    "location": ("location",),  # the whole id, where there is no bay, or another bin shares bay and level
    "check_digits": (),  # check digits?
    "say_ready": (),  # no check digits here: say ready when you are there
    "scan_location": (),  # scan the label of the place
    "scan_item": (),  # scan the item
    "lamp_dead": (),  # the lamp here is out of order: go by the label
    "bin_busy": (),  # another picker is at this bin; wait, or say skip
    "wrong_digits": ("said",),  # these are not the digits of this place
    "digits_hint": ("location",),  # third time wrong: look for this label; scan it, press the button, or say override
    "too_early": (),  # that was too soon to be there: read the digits at the place
    "unproven": (),  # noted: this line without proof of the place
    # --- the pick ---
    "pick": ("quantity", "unit", "text"),
    "pick_plain": ("quantity", "unit"),  # where the line has no text
    "handling": ("handling",),  # fragile, heavy, …
    "count_back": (),  # critical goods: count, and say how many you took
    "remain": ("quantity", "unit"),  # so many are still to be taken
    "serial": ("length",),  # last so many digits of the serial number
    "serial_next": ("length", "left"),  # the next one; so many serial numbers are still to come, this one included
    "lot": ("length",),  # last so many digits of the lot
    "more_digits": ("length",),  # several end alike: say the last so many digits
    "item_unknown": ("said",),  # none that is expected ends so
    "item_hint": (),  # third time: scan it, or say short and the reason
    "put_back": ("quantity", "unit", "text"),  # cancelled: put so many back here, and confirm
    "put_back_plain": ("quantity", "unit"),
    "task_picked": (),  # everything picked; hand over, and say ready
    "task_picked_to": ("container",),  # the same, naming the tote
    # --- questions ---
    "short_quantity": (),  # how many did you take in all?
    "short_reason": (),  # why? (damaged, empty, …)
    "short_sure": ("quantity", "unit", "reason"),  # only so many, because …: yes or no?
    "undo_sure": ("quantity", "unit", "location"),  # take back the pick of so many at …: yes or no?
    "sign_out_sure": (),  # sign out: yes or no?
    # --- what the picker asks, and what he is told ---
    "how_many": ("quantity", "unit"),
    "what_is_it": ("text", "sku"),
    "what_is_it_plain": ("sku",),
    "help": ("words",),  # you may say …
    "hint": ("words",),  # I did not understand; you may say …, or press the button
    "locked": (),  # I cannot hear you well enough to confirm anything: press the button, or say `say again` or help
    "task_cancelled": (),  # your task was cancelled
    "task_taken": (),  # your task was given to somebody else
    "line_cancelled": (),  # the line you were at was cancelled
    "line_changed": (),  # the line you are at was changed: listen again
    "wrong_scan": (),  # this code does not belong to what is asked
    "at_limit": (),  # it cannot be louder, softer, faster or slower
}

KINDS: Final[Mapping[str, str]] = {
    "aisle": "text",
    "bay": "text",
    "container": "spelled",
    "handling": "handling",
    "left": "number",
    "length": "number",
    "level": "text",
    "lines": "number",
    "location": "spelled",
    "quantity": "quantity",
    "reason": "reason",
    "said": "spelled",
    "sku": "spelled",
    "text": "text",
    "unit": "unit",
    "words": "words",
}
"""What a value is. `text`: str, said as it is (of the WMS or the layout, in any language, perhaps a number in digits);
`number`: int; `quantity`: Decimal; `spelled`: Spelled; `unit`, `handling`: str codes of the WMS (EA, fragile), unknown
ones are said as they are; `reason`: a ShortReason's value; `words`: blank-separated values of `Word`, and `digits` or
`number`, to be listed as their first phrases."""
