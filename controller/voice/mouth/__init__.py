"""The mouth: sentences in, sound in a picker's ear out. Runs in the voice worker only."""
