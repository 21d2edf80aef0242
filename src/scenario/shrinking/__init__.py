"""Finding the shortest sequence of user turns that still fails the same way. Pure: it asks for runs, and is told."""
