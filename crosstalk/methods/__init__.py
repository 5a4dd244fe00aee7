"""Methods are compositions of a training and a filter over a partition of units; each factor is one module."""
