"""What every headset says and listens for: a pure function of the state, as the light picture is.

In: the state and the site. Out: one `Talk` for every picker who has a headset.
"""
