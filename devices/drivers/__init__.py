"""One driver per kind of shelf module, all with the interface of `base.Driver`."""
