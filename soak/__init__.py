"""`make soak`: good and hostile agents for as long as one likes, and whether anything grows or is left."""
