"""The workshop of the embedded English speech model: synthesised speech in, a model folder that Vosk loads out.

In: command lines (README.md of this folder).
Out: nothing at run-time of the controller: none of this is installed on a Raspberry Pi.
"""
