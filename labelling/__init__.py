"""Makes the labels of our own that the package ships, and computes each label's truth from its transcript."""
