"""The embedded model: weights in the user's cache folder, served by a child process on loopback, without a key."""
