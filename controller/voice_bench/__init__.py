"""The measurements of hearing: how well, how soon, at what cost, and by what it is fooled.

In: a model folder, synthetic speakers that the model never trained on. Out: entries as those of `pickbeam bench`.
Like `controller.bench` this stands beside the application and may import everyone.
"""
